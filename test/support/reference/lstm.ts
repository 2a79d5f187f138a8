// The LSTM's step, with the peepholes, the clip and the projection of TensorFlow 1's LSTMCell (Sak, Senior and
// Beaufays 2014, https://arxiv.org/abs/1402.1128). Gates i, f, g, o.

import { sigmoid } from "./activations.ts";
import type { CellStep } from "./cell.ts";
import { addOuter, addProduct, addProductTransposed, addVector, masked } from "./products.ts";

export const lstmStep: CellStep = (layer, tensors, x, before, factors) => {
  const { units: H, forgetBias, cellClip } = layer;
  const { kernel, recurrentKernel, bias, projectionKernel } = tensors;
  // No peepholes: their weights are zero.
  const peephole = tensors.peephole ?? new Float64Array(3 * H);
  const [wI, wF, wO] = [0, 1, 2].map((gate) => peephole.subarray(gate * H, (gate + 1) * H));

  // z = x W + h~ U + b
  const hRead = masked(before.h, factors);
  const z = Float64Array.from(bias);
  addProduct(z, x, kernel);
  addProduct(z, hRead, recurrentKernel);

  const gates = new Float64Array(4 * H);
  const unclipped = new Float64Array(H);
  const c = new Float64Array(H);
  const m = new Float64Array(H);
  for (let j = 0; j < H; j++) {
    const i = sigmoid(z[j] + wI[j] * before.c[j]);
    const f = sigmoid(z[H + j] + forgetBias + wF[j] * before.c[j]);
    const g = Math.tanh(z[2 * H + j]);
    unclipped[j] = f * before.c[j] + i * g;
    c[j] = Math.max(-cellClip, Math.min(cellClip, unclipped[j]));
    const o = sigmoid(z[3 * H + j] + wO[j] * c[j]);
    m[j] = o * Math.tanh(c[j]);
    gates[j] = i;
    gates[H + j] = f;
    gates[2 * H + j] = g;
    gates[3 * H + j] = o;
  }

  // h = m, or m W_p
  const h = projectionKernel ? new Float64Array(before.h.length) : m;
  if (projectionKernel) addProduct(h, m, projectionKernel);

  return {
    ...{ h, c, gates, unclipped },
    backward(dh, dc, gradients) {
      const dm = projectionKernel ? new Float64Array(H) : dh;
      if (projectionKernel) {
        addOuter(gradients.projectionKernel!, m, dh);
        addProductTransposed(dm, dh, projectionKernel);
      }

      const dz = new Float64Array(4 * H);
      const dcBefore = new Float64Array(H);
      const dPeephole = new Float64Array(3 * H);
      for (let j = 0; j < H; j++) {
        const i = gates[j];
        const f = gates[H + j];
        const g = gates[2 * H + j];
        const o = gates[3 * H + j];
        const tanhC = Math.tanh(c[j]);
        const dzO = dm[j] * tanhC * o * (1 - o);
        // c reaches the loss through m, through o's peephole and through the next step.
        const dcAfter = dm[j] * o * (1 - tanhC * tanhC) + dzO * wO[j] + dc[j];
        const dcRaw = Math.abs(unclipped[j]) > cellClip ? 0 : dcAfter;
        const dzI = dcRaw * g * i * (1 - i);
        const dzF = dcRaw * before.c[j] * f * (1 - f);
        dz[j] = dzI;
        dz[H + j] = dzF;
        dz[2 * H + j] = dcRaw * i * (1 - g * g);
        dz[3 * H + j] = dzO;
        dcBefore[j] = dcRaw * f + dzI * wI[j] + dzF * wF[j];
        dPeephole[j] = dzI * before.c[j];
        dPeephole[H + j] = dzF * before.c[j];
        dPeephole[2 * H + j] = dzO * c[j];
      }

      addOuter(gradients.kernel, x, dz);
      addOuter(gradients.recurrentKernel, hRead, dz);
      addVector(gradients.bias, dz);
      if (gradients.peephole) addVector(gradients.peephole, dPeephole);
      const dx = new Float64Array(x.length);
      const dhRead = new Float64Array(hRead.length);
      addProductTransposed(dx, dz, kernel);
      addProductTransposed(dhRead, dz, recurrentKernel);
      return { dx, dh: masked(dhRead, factors), dc: dcBefore };
    },
  };
};
