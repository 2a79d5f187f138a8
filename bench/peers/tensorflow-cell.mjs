// The tutorial's graph: tf.basicLSTMCell step by step, gradients by tf.variableGrads, tf.train.adam.

import * as tf from "@tensorflow/tfjs-core";

export function startCell({ sizes, weights, learningRate, forgetBias }) {
  const { timeSteps: T, features: I, units: H, classes: C } = sizes;
  const variables = new Map(cellWeights(weights, H));
  const get = (name) => variables.get(name);
  const forget = tf.scalar(forgetBias);
  const optimizer = tf.train.adam(learningRate);

  function logits(x) {
    const rows = x.shape[0];
    let c = tf.zeros([rows, H]);
    let h = tf.zeros([rows, H]);
    for (const x_t of tf.unstack(x, 1)) {
      const p_t = get("projection.kernel")
        ? tf.add(tf.matMul(x_t, get("projection.kernel")), get("projection.bias"))
        : x_t;
      [c, h] = tf.basicLSTMCell(forget, get("kernel"), get("bias"), p_t, c, h);
    }
    return tf.add(tf.matMul(h, get("head.kernel")), get("head.bias"));
  }

  return {
    train({ x, labels }) {
      return tf.tidy(() => {
        const hot = tf.oneHot(tf.tensor1d(labels, "int32"), C);
        const input = tf.tensor3d(x, [labels.length, T, I]);
        const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(hot, logits(input)), true);
        return loss.dataSync()[0];
      });
    },
    predict: (x) => tf.tidy(() => tf.softmax(logits(tf.tensor3d(x, [x.length / (T * I), T, I]))).dataSync()),
  };
}

// One kernel for [p_t, h_{t-1}]; the cell's gates are i, g, f, o.
function cellWeights(weights, H) {
  const variable = (name, data, shape) => [name, tf.variable(tf.tensor(data, shape), true, name)];
  const kernel = weights.get("layers.0.kernel");
  const recurrent = weights.get("layers.0.recurrent_kernel");
  const both = Float32Array.from([...swapGates(kernel.data, H), ...swapGates(recurrent.data, H)]);
  const kept = ["projection.kernel", "projection.bias", "head.kernel", "head.bias"];
  return [
    variable("kernel", both, [kernel.shape[0] + H, 4 * H]),
    variable("bias", swapGates(weights.get("layers.0.bias").data, H), [4 * H]),
    ...kept
      .filter((name) => weights.has(name))
      .map((name) => variable(name, weights.get(name).data, weights.get(name).shape)),
  ];
}

// i, f, g, o <-> i, g, f, o in every 4H
function swapGates(data, H) {
  return data.map((_, k) => {
    const gate = Math.floor(k / H) % 4;
    return data[gate === 1 ? k + H : gate === 2 ? k - H : k];
  });
}
