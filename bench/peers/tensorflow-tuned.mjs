// The fastest form found for TensorFlow.js: back-propagation written by hand, without its gradient tape.
// - The input products of all steps are one product, and so are the weight gradients of all steps.
// - Products run untransposed, operands transposed once before: its wasm backend hands only untransposed
//   matrices to XNNPACK, and caches the packed right operand over the steps that share it.
// - Biases ride on the products (tf.fused.matMul).

import * as tf from "@tensorflow/tfjs-core";

export function startTuned({ sizes, weights, learningRate, forgetBias }) {
  const { timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = sizes;
  const variables = [...weights].map(([name, { data, shape }]) => {
    const values = data.slice();
    if (name === "layers.0.bias") for (let k = H; k < 2 * H; k++) values[k] += forgetBias;
    return [name, tf.variable(tf.tensor(values, shape), true, name)];
  });
  const w = Object.fromEntries(variables);
  const optimizer = tf.train.adam(learningRate);
  const product = (a, b, bias) => tf.fused.matMul({ a, b, bias });
  const transposed = (a) => tf.transpose(a, [1, 0]);

  // x [B, T, I] -> the operands that the way back needs; gates i, f, g, o.
  function forward(x, B) {
    const rows = tf.reshape(tf.transpose(x, [1, 0, 2]), [T * B, I]);
    const p = P > 0 ? product(rows, w["projection.kernel"], w["projection.bias"]) : rows;
    const inputs = tf.split(product(p, w["layers.0.kernel"], w["layers.0.bias"]), T, 0);
    const steps = [];
    let h = tf.zeros([B, H]);
    let c = tf.zeros([B, H]);
    for (let t = 0; t < T; t++) {
      const sum = t === 0 ? inputs[0] : tf.add(inputs[t], product(h, w["layers.0.recurrent_kernel"]));
      const [i_, f_, g_, o_] = tf.split(sum, 4, 1);
      const [i, f, g, o] = [tf.sigmoid(i_), tf.sigmoid(f_), tf.tanh(g_), tf.sigmoid(o_)];
      const before = { h, c };
      c = tf.add(tf.mul(f, c), tf.mul(i, g));
      const tanhC = tf.tanh(c);
      h = tf.mul(o, tanhC);
      steps.push({ i, f, g, o, tanhC, before });
    }
    return { rows, p, steps, h, logits: product(h, w["head.kernel"], w["head.bias"]) };
  }

  function gradients({ rows, p, steps, h, logits }, hot, B) {
    const shares = tf.softmax(logits);
    const dLogits = tf.div(tf.sub(shares, hot), B);
    const recurrentT = transposed(w["layers.0.recurrent_kernel"]);
    let dh = product(dLogits, transposed(w["head.kernel"]));
    let dc = tf.zeros([B, H]);
    const dSums = [];
    for (let t = T - 1; t >= 0; t--) {
      const { i, f, g, o, tanhC, before } = steps[t];
      // dc += dh o (1 - tanh(c)^2)
      const through = tf.mul(dh, o);
      dc = tf.add(dc, tf.sub(through, tf.mul(through, tf.square(tanhC))));
      const slope = (s) => tf.sub(s, tf.square(s));
      const dSum = tf.concat(
        [
          tf.mul(tf.mul(dc, g), slope(i)),
          tf.mul(tf.mul(dc, before.c), slope(f)),
          tf.mul(dc, tf.sub(i, tf.mul(i, tf.square(g)))),
          tf.mul(tf.mul(dh, tanhC), slope(o)),
        ],
        1,
      );
      dSums[t] = dSum;
      if (t === 0) break;
      dc = tf.mul(dc, f);
      dh = product(dSum, recurrentT);
    }
    const dGates = tf.concat(dSums, 0);
    const before = tf.concat(
      steps.map((step) => step.before.h),
      0,
    );
    const result = {
      "layers.0.kernel": product(transposed(p), dGates),
      "layers.0.recurrent_kernel": product(transposed(before), dGates),
      "layers.0.bias": tf.sum(dGates, 0),
      "head.kernel": product(transposed(h), dLogits),
      "head.bias": tf.sum(dLogits, 0),
    };
    if (P > 0) {
      const dp = product(dGates, transposed(w["layers.0.kernel"]));
      result["projection.kernel"] = product(transposed(rows), dp);
      result["projection.bias"] = tf.sum(dp, 0);
    }
    return result;
  }

  return {
    train({ x, labels }) {
      const B = labels.length;
      return tf.tidy(() => {
        const hot = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), C), "float32");
        const passed = forward(tf.tensor3d(x, [B, T, I]), B);
        optimizer.applyGradients(gradients(passed, hot, B));
        return tf.neg(tf.div(tf.sum(tf.mul(hot, tf.logSoftmax(passed.logits))), B)).dataSync()[0];
      });
    },
    predict(x) {
      const B = x.length / (T * I);
      return tf.tidy(() => tf.softmax(forward(tf.tensor3d(x, [B, T, I]), B).logits).dataSync());
    },
  };
}
