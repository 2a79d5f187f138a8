// Random models of the whole family, as files carry them: small dimensions, any finite float32 values.

import fc from "fast-check";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import type { LayerConfig, ModelDescription } from "../../src/layers.ts";
import { tensorShapes } from "../../src/tensor-shapes.ts";
import type { Tensors } from "../../src/types.ts";
import { randomNumbers } from "./reference/index.ts";

/** What a format cannot hold; left out, everything is there. */
export interface Without {
  peepholes?: boolean;
  cellClip?: boolean;
  recurrentProjection?: boolean;
  resetAfter?: boolean;
  resetBefore?: boolean;
  /** true: all layers have one direction, or all have two. */
  mixedDirections?: boolean;
}

const rate = fc.constantFrom(0, 0, 0.1, 0.5);
const width = fc.integer({ min: 1, max: 4 });

function layers(without: Without): fc.Arbitrary<LayerConfig> {
  const common = { units: width, bidirectional: fc.boolean(), dropout: rate, recurrentDropout: rate };
  const others = { forgetBias: 1, peepholes: false, cellClip: Number.POSITIVE_INFINITY };
  const none = { ...others, recurrentProjectionUnits: 0, resetAfter: true };
  const resets = [...(without.resetAfter ? [] : [true]), ...(without.resetBefore ? [] : [false])];
  return fc.oneof(
    fc.record({
      ...common,
      type: fc.constant("lstm" as const),
      forgetBias: fc.constantFrom(1, 0, -0.75, 2.5, 0.1),
      peepholes: without.peepholes ? fc.constant(false) : fc.boolean(),
      cellClip: without.cellClip
        ? fc.constant(Number.POSITIVE_INFINITY)
        : fc.constantFrom(Number.POSITIVE_INFINITY, 0.5),
      recurrentProjectionUnits: without.recurrentProjection ? fc.constant(0) : fc.constantFrom(0, 1, 3),
      resetAfter: fc.constant(true),
    }),
    fc
      .record({ ...common, type: fc.constant("gru" as const), resetAfter: fc.constantFrom(...resets) })
      .map((layer) => ({ ...none, ...layer })),
    fc.record({ ...common, type: fc.constant("rnn" as const) }).map((layer) => ({ ...none, ...layer })),
  );
}

export function descriptions(without: Without = {}): fc.Arbitrary<ModelDescription> {
  return fc
    .record(
      {
        timeSteps: fc.integer({ min: 1, max: 9 }),
        features: width,
        projectionUnits: fc.integer({ min: 0, max: 3 }),
        layers: fc.array(layers(without), { minLength: 1, maxLength: 3 }),
        head: fc.record({
          type: fc.constantFrom("softmax" as const, "sigmoid" as const, "linear" as const),
          units: width,
          everyStep: fc.boolean(),
          dropout: rate,
        }),
      },
      { requiredKeys: ["features", "projectionUnits", "layers", "head"] },
    )
    .map((model) => {
      if (!without.mixedDirections) return model;
      const { bidirectional } = model.layers[0];
      return { ...model, layers: model.layers.map((layer) => ({ ...layer, bidirectional })) };
    });
}

export function modelFiles(without: Without = {}): fc.Arbitrary<ModelFile> {
  return fc
    .record({
      description: descriptions(without),
      seed: fc.nat(),
      metadata: fc.dictionary(fc.string({ maxLength: 5 }), fc.string(), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    })
    .map(({ description, seed, metadata }) => ({
      description,
      metadata,
      tensors: anyTensors(description, seed),
    }));
}

/** Any finite bits: subnormals, both zeros, large and small. */
export function anyTensors(description: ModelDescription, seed: number): Tensors {
  const random = randomNumbers(seed);
  return fill(description, () => {
    const kind = random();
    if (kind < 0.1) return 0;
    if (kind < 0.2) return -0;
    const value = new Float32Array(Uint32Array.of(Math.floor(random() * 2 ** 32)).buffer)[0];
    return Number.isFinite(value) && kind < 0.6 ? value : random() * 4 - 2;
  });
}

/** Uniform in [-scale, scale). */
export function smallTensors(description: ModelDescription, seed: number, scale = 0.5): Tensors {
  const random = randomNumbers(seed);
  return fill(description, () => scale * (2 * random() - 1));
}

function fill(description: ModelDescription, next: () => number): Tensors {
  return new Map(
    [...tensorShapes(description)].map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, next) }];
    }),
  );
}

/** A layer, complete; what is not given has its default. */
export function layer(given: Partial<LayerConfig> = {}): LayerConfig {
  return {
    ...{ type: "lstm", units: 3, bidirectional: false, forgetBias: 1, peepholes: false },
    ...{ cellClip: Number.POSITIVE_INFINITY, recurrentProjectionUnits: 0, resetAfter: true },
    ...{ dropout: 0, recurrentDropout: 0, ...given },
  };
}

export function describedAs(
  given: Partial<Omit<ModelDescription, "head" | "layers">> & {
    layers?: Partial<LayerConfig>[];
    head?: Partial<ModelDescription["head"]>;
  } = {},
): ModelDescription {
  const { layers = [{}], head = {}, ...rest } = given;
  return {
    ...{ features: 2, projectionUnits: 0, ...rest, layers: layers.map(layer) },
    head: { type: "softmax", units: 2, everyStep: false, dropout: 0, ...head },
  };
}

/** A model with everything named in the description, values small; its bits are its own. */
export function modelFile(description: ModelDescription, seed = 1): ModelFile {
  return { description, tensors: smallTensors(description, seed), metadata: {} };
}

/** Comparable to the bit. */
export function bits({ description, tensors, metadata }: ModelFile): unknown {
  return {
    description,
    metadata,
    tensors: [...tensors].map(([name, { shape, data }]) => [
      name,
      [...shape],
      [...new Uint32Array(data.slice().buffer)],
    ]),
  };
}
