// TensorFlow.js' layers: dense, lstm, dense, compiled with its Adam and trained by trainOnBatch.

import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";

export function startLayers({ sizes, weights, learningRate, forgetBias }) {
  const { timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = sizes;
  const model = layers.sequential();
  if (P > 0) model.add(layers.layers.dense({ units: P, inputShape: [T, I] }));
  model.add(
    layers.layers.lstm({
      units: H,
      inputShape: [T, P || I],
      activation: "tanh",
      recurrentActivation: "sigmoid", // its default is the hard sigmoid
      unitForgetBias: false, // an initializer only; all weights are set below
      recurrentInitializer: "zeros",
    }),
  );
  model.add(layers.layers.dense({ units: C }));
  // Kernel, recurrent kernel and bias in the native order i, f, g, o; the forget bias goes into the bias.
  model.setWeights(
    [...weights].map(([name, { data, shape }]) => {
      const values = data.slice();
      if (name === "layers.0.bias") for (let k = H; k < 2 * H; k++) values[k] += forgetBias;
      return tf.tensor(values, shape);
    }),
  );
  // From logits: the named loss clips probabilities at 1e-7, which changes it and its gradients.
  const loss = (hot, logits) => tf.losses.softmaxCrossEntropy(hot, logits);
  model.compile({ optimizer: tf.train.adam(learningRate), loss });

  return {
    async train({ x, labels }) {
      const input = tf.tensor3d(x, [labels.length, T, I]);
      const hot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), C), "float32"));
      const loss = await model.trainOnBatch(input, hot);
      tf.dispose([input, hot]);
      return loss;
    },
    predict(x) {
      const count = x.length / (T * I);
      return tf.tidy(() => tf.softmax(model.predictOnBatch(tf.tensor3d(x, [count, T, I]))).dataSync());
    },
  };
}
