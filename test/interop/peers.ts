// TensorFlow.js as a trainee, on its cpu backend: once as a graph around basicLSTMCell, once from its layers.
// Both train by variableGrads and its own Adam; nothing here is computed by this project.

import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { type LstmShape, lstmModel, weightShapes } from "../support/reference/index.ts";
import type { AdamOptions, Start, Trainee, Values } from "./trainee.ts";

/** tf.basicLSTMCell, step by step. */
export const startCell: Start = async (shape, weights, adam) => {
  const { batch: B, timeSteps: T, units: H, forgetBias } = shape;
  await tf.setBackend("cpu");
  const variables = new Map<string, tf.Variable>();
  for (const [name, dimensions] of weightShapes(lstmModel(shape))) {
    variables.set(
      name,
      tf.variable(tf.tensor(Float32Array.from(weights.get(name)!), dimensions), true, name),
    );
  }
  const get = <Rank extends tf.Tensor>(name: string) => variables.get(name) as tf.Tensor as Rank;

  function logits(x: tf.Tensor3D): tf.Tensor2D {
    // The cell has one kernel for [p_t, h_{t-1}] and orders the gates i, g, f, o.
    const kernel = tf.concat(
      [get<tf.Tensor2D>("layers.0.kernel"), get<tf.Tensor2D>("layers.0.recurrent_kernel")],
      0,
    );
    const cellKernel = swapMiddleGates(kernel);
    const cellBias = swapMiddleGates(get<tf.Tensor1D>("layers.0.bias"));
    let c = tf.zeros([B, H]) as tf.Tensor2D;
    let h = tf.zeros([B, H]) as tf.Tensor2D;
    for (const x_t of tf.unstack(x, 1) as tf.Tensor2D[]) {
      const p_t =
        shape.projectionUnits > 0
          ? tf.add<tf.Tensor2D>(tf.matMul(x_t, get("projection.kernel")), get("projection.bias"))
          : x_t;
      [c, h] = tf.basicLSTMCell(tf.scalar(forgetBias), cellKernel, cellBias, p_t, c, h);
    }
    return tf.add(tf.matMul(h, get("head.kernel")), get("head.bias"));
  }

  return tensorFlowTrainee(shape, adam, variables, {
    logits: (x) => logits(tf.tensor3d(x, [B, T, shape.features])),
    toNative: (_name, values) => values,
    close: () => tf.dispose([...variables.values()]),
  });
};

/** tf.layers: dense, lstm, dense. */
export const startLayers: Start = async (shape, weights, adam) => {
  const { batch: B, timeSteps: T, features: I, units: H, forgetBias } = shape;
  await tf.setBackend("cpu");
  const model = layers.sequential();
  if (shape.projectionUnits > 0) {
    model.add(layers.layers.dense({ units: shape.projectionUnits, inputShape: [T, I] }));
  }
  model.add(
    layers.layers.lstm({
      units: H,
      inputShape: [T, shape.projectionUnits || I],
      activation: "tanh",
      recurrentActivation: "sigmoid", // its default is the hard sigmoid
      unitForgetBias: false, // only an initializer of the bias, as all weights are set below
      recurrentInitializer: "zeros", // its default needs the chained operations of the full package
    }),
  );
  model.add(layers.layers.dense({ units: shape.classes }));

  // The layer has no forget bias of its own: it goes into the bias vector, and comes out of it again.
  const shiftForget = (name: string, values: ArrayLike<number>, shift: number) =>
    Float32Array.from(values, (value, k) => {
      return name === "layers.0.bias" && k >= H && k < 2 * H ? value + shift : value;
    });
  const names = [...weightShapes(lstmModel(shape))];
  model.setWeights(
    names.map(([name, dimensions]) =>
      tf.tensor(shiftForget(name, weights.get(name)!, forgetBias), dimensions),
    ),
  );
  // The layers list their weights in the native order: kernel, recurrent kernel, bias; gates i, f, g, o.
  const variables = new Map(
    names.map(([name], k) => [name, model.trainableWeights[k].read() as tf.Variable] as const),
  );

  return tensorFlowTrainee(shape, adam, variables, {
    logits: (x) => model.apply(tf.tensor3d(x, [B, T, I]), { training: true }) as tf.Tensor2D,
    toNative: (name, values) => shiftForget(name, values, -forgetBias),
    close: () => model.dispose(),
  });
};

interface Graph {
  logits(x: Float32Array): tf.Tensor2D;
  toNative(name: string, values: Float32Array): Float32Array;
  close(): void;
}

function tensorFlowTrainee(
  shape: LstmShape,
  adam: AdamOptions,
  variables: Map<string, tf.Variable>,
  graph: Graph,
): Trainee {
  const optimizer = tf.train.adam(adam.learningRate, adam.beta1, adam.beta2);
  let t = 0;

  async function train(x: Float32Array, labels: Int32Array) {
    t++;
    const hot = tf.oneHot(tf.tensor1d(labels, "int32"), shape.classes);
    const accuracy = tf.tidy(() => {
      const hits = tf.equal(tf.argMax(graph.logits(x), 1), tf.tensor1d(labels, "int32"));
      return tf.mean(tf.cast(hits, "float32")).dataSync()[0];
    });
    const { value, grads } = tf.variableGrads(
      () => tf.losses.softmaxCrossEntropy(hot, graph.logits(x)) as tf.Scalar,
      [...variables.values()],
    );
    const gradients: Values = new Map(
      [...variables].map(([name, variable]) => [name, grads[variable.name].dataSync().slice()]),
    );
    setEpsilon(optimizer, paperEpsilon(adam.epsilon, adam.beta2, t));
    optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
    const loss = value.dataSync()[0];
    tf.dispose([hot, value, grads]);
    return { loss, accuracy, gradients };
  }

  return {
    train,
    probabilities: async (x) => tf.tidy(() => tf.softmax(graph.logits(x)).dataSync().slice()),
    weights: async () =>
      new Map(
        [...variables].map(([name, variable]) => [
          name,
          graph.toNative(name, variable.dataSync().slice() as Float32Array),
        ]),
      ),
    close() {
      optimizer.dispose();
      graph.close();
    },
  };
}

/**
 * The epsilon that makes the paper's Adam, as TensorFlow.js has it, take the t-th step of TensorFlow 1's:
 * lr m̂ / (sqrt(v̂) + e) with v̂ = v / (1 - beta2^t) is lr_t m / (sqrt(v) + e sqrt(1 - beta2^t)).
 */
export function paperEpsilon(epsilon: number, beta2: number, t: number): number {
  return epsilon / Math.sqrt(1 - beta2 ** t);
}

/** The optimizer reads its epsilon anew at each step, but its type keeps the field to itself. */
export function setEpsilon(optimizer: tf.AdamOptimizer, epsilon: number): void {
  (optimizer as unknown as { epsilon: number }).epsilon = epsilon;
}

// [.., 4H] in gates i, f, g, o -> i, g, f, o
function swapMiddleGates<Rank extends tf.Tensor>(values: Rank): Rank {
  const [i, f, g, o] = tf.split(values, 4, -1) as tf.Tensor[];
  return tf.concat([i, g, f, o], -1) as Rank;
}
