// What a reference model is: its layers and head with every option given, and the widths that follow.

export interface ReferenceLayer {
  type: "lstm" | "gru" | "rnn";
  /** H: width of the gates, and of c. */
  units: number;
  /** A second direction reads each sequence from its end; outputs are [forward | reverse]. */
  bidirectional: boolean;
  /** lstm: added to the forget gate before its sigmoid, besides the trained bias. */
  forgetBias: number;
  /** lstm: the gates i and f see c before the step, o sees c after it. */
  peepholes: boolean;
  /** lstm: c stays within ± this; Infinity for no bound. */
  cellClip: number;
  /** lstm: width of h, a linear projection of o tanh(c); 0 leaves the projection out. */
  recurrentProjectionUnits: number;
  /** gru: the reset gate is applied after the recurrent product, or before it. */
  resetAfter: boolean;
  /** Shares dropped of what the layer reads, and of h in the recurrent product: see Masks64. */
  dropout: number;
  recurrentDropout: number;
}

export interface ReferenceHead {
  /** One class of C, C labels at once, or C real numbers. */
  type: "softmax" | "sigmoid" | "linear";
  /** C. */
  units: number;
  /** One output a step, or one a sequence, from its last step. */
  everyStep: boolean;
  /** Share dropped of what the head reads. */
  dropout: number;
}

export interface ReferenceModel {
  /** B: sequences in a batch. */
  batch: number;
  /** T: steps in a sequence. */
  timeSteps: number;
  /** I: values at one step. */
  features: number;
  /** P: width of the projection of each step; 0 leaves it out, and layer 0 reads x itself. */
  projectionUnits: number;
  /** The first reads the input, each other one the outputs of the one before. */
  layers: readonly ReferenceLayer[];
  head: ReferenceHead;
  /** softmax: [C], factors of the loss of items with that label; default 1. */
  classWeights?: ArrayLike<number>;
}

/** A model of one LSTM layer, forward only, whose softmax head reads the last step. */
export interface LstmShape {
  batch: number;
  timeSteps: number;
  features: number;
  projectionUnits: number;
  units: number;
  classes: number;
  forgetBias: number;
}

type WithUnits<Options> = Partial<Options> & { units: number };

export interface ModelOptions64 {
  batch: number;
  timeSteps: number;
  features: number;
  projectionUnits?: number;
  layers: readonly WithUnits<ReferenceLayer>[];
  head: WithUnits<ReferenceHead>;
  classWeights?: ArrayLike<number>;
}

/** The model with every option that is not given at the library's default. */
export function completeModel({ layers, head, ...sizes }: ModelOptions64): ReferenceModel {
  return {
    projectionUnits: 0,
    ...sizes,
    layers: layers.map((layer) => ({
      type: "lstm",
      bidirectional: false,
      forgetBias: 1,
      peepholes: false,
      cellClip: Number.POSITIVE_INFINITY,
      recurrentProjectionUnits: 0,
      resetAfter: true,
      dropout: 0,
      recurrentDropout: 0,
      ...layer,
    })),
    head: { type: "softmax", everyStep: false, dropout: 0, ...head },
  };
}

export function lstmModel({ units, classes, forgetBias, ...sizes }: LstmShape): ReferenceModel {
  return completeModel({ ...sizes, layers: [{ units, forgetBias }], head: { units: classes } });
}

/** What stands before the tensor names of each of the layer's directions, the forward one first. */
export function directions({ bidirectional }: ReferenceLayer): readonly string[] {
  return bidirectional ? ["", "reverse."] : [""];
}

/** R: the width of h in one direction. */
export function hiddenUnits({ units, recurrentProjectionUnits }: ReferenceLayer): number {
  return recurrentProjectionUnits || units;
}

/** The width of c in one direction: H of an lstm, 0 of the others, which have none. */
export function cellUnits({ type, units }: ReferenceLayer): number {
  return type === "lstm" ? units : 0;
}

/** R, or 2R of a bidirectional layer. */
export function layerOutputs(layer: ReferenceLayer): number {
  return directions(layer).length * hiddenUnits(layer);
}

/** X: the width of what layer `l` multiplies by its kernel. */
export function layerInputs({ projectionUnits, features, layers }: ReferenceModel, l: number): number {
  return l > 0 ? layerOutputs(layers[l - 1]) : projectionUnits || features;
}

/** F: the width of what the head reads. */
export function headInputs({ layers }: ReferenceModel): number {
  return layerOutputs(layers[layers.length - 1]);
}

/** The shape of every weight, in the order of the forward pass. */
export function weightShapes(model: ReferenceModel): Map<string, number[]> {
  const { features: I, projectionUnits: P, layers, head } = model;
  const shapes = new Map<string, number[]>();
  if (P > 0) shapes.set("projection.kernel", [I, P]).set("projection.bias", [P]);
  for (const [l, layer] of layers.entries()) {
    const { type, units: H, peepholes, recurrentProjectionUnits, resetAfter } = layer;
    const gates = { lstm: 4, gru: 3, rnn: 1 }[type] * H;
    for (const direction of directions(layer)) {
      const prefix = `layers.${l}.${direction}`;
      shapes.set(`${prefix}kernel`, [layerInputs(model, l), gates]);
      shapes.set(`${prefix}recurrent_kernel`, [hiddenUnits(layer), gates]);
      shapes.set(`${prefix}bias`, type === "gru" && resetAfter ? [2, gates] : [gates]);
      if (peepholes) shapes.set(`${prefix}peephole`, [3, H]);
      if (recurrentProjectionUnits > 0)
        shapes.set(`${prefix}projection_kernel`, [H, recurrentProjectionUnits]);
    }
  }
  return shapes.set("head.kernel", [headInputs(model), head.units]).set("head.bias", [head.units]);
}
