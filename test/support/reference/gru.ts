// The GRU's step in both of its forms: the reset gate after the recurrent product (Keras' reset_after, cuDNN,
// PyTorch) or before it (Cho et al. 2014, https://arxiv.org/abs/1406.1078). Gates z, r, n.

import { sigmoid } from "./activations.ts";
import type { CellStep } from "./cell.ts";
import { addOuter, addProduct, addProductTransposed, addVector, masked, row } from "./products.ts";

export const gruStep: CellStep = (layer, ...rest) => {
  return layer.resetAfter ? resetAfterStep(layer, ...rest) : resetBeforeStep(layer, ...rest);
};

const resetAfterStep: CellStep = ({ units: H }, tensors, x, before, factors) => {
  const { kernel, recurrentKernel, bias } = tensors;

  // a = x W + b0 and u = h~ U + b1
  const hRead = masked(before.h, factors);
  const a = row(bias, 0, 3 * H).slice();
  const u = row(bias, 1, 3 * H).slice();
  addProduct(a, x, kernel);
  addProduct(u, hRead, recurrentKernel);

  const gates = new Float64Array(3 * H);
  const h = new Float64Array(H);
  for (let j = 0; j < H; j++) {
    const z = sigmoid(a[j] + u[j]);
    const r = sigmoid(a[H + j] + u[H + j]);
    const n = Math.tanh(a[2 * H + j] + r * u[2 * H + j]);
    h[j] = z * before.h[j] + (1 - z) * n;
    gates[j] = z;
    gates[H + j] = r;
    gates[2 * H + j] = n;
  }

  return {
    ...{ h, c: before.c, gates },
    backward(dh, dc, gradients) {
      const da = new Float64Array(3 * H);
      const du = new Float64Array(3 * H);
      for (let j = 0; j < H; j++) {
        const z = gates[j];
        const r = gates[H + j];
        const n = gates[2 * H + j];
        const dn = dh[j] * (1 - z) * (1 - n * n);
        da[j] = dh[j] * (before.h[j] - n) * z * (1 - z);
        da[H + j] = dn * u[2 * H + j] * r * (1 - r);
        da[2 * H + j] = dn;
        du[j] = da[j];
        du[H + j] = da[H + j];
        du[2 * H + j] = dn * r;
      }

      addOuter(gradients.kernel, x, da);
      addOuter(gradients.recurrentKernel, hRead, du);
      addVector(row(gradients.bias, 0, 3 * H), da);
      addVector(row(gradients.bias, 1, 3 * H), du);
      const dx = new Float64Array(x.length);
      const dhRead = new Float64Array(H);
      addProductTransposed(dx, da, kernel);
      addProductTransposed(dhRead, du, recurrentKernel);
      // h before the step is read by the products, and kept by z.
      const dhBefore = masked(dhRead, factors).map((value, j) => value + dh[j] * gates[j]);
      return { dx, dh: dhBefore, dc };
    },
  };
};

const resetBeforeStep: CellStep = ({ units: H }, tensors, x, before, factors) => {
  const { kernel, recurrentKernel, bias } = tensors;

  // a = x W + b and u = h~ U, of which z and r take their columns
  const hRead = masked(before.h, factors);
  const a = Float64Array.from(bias);
  const u = new Float64Array(3 * H);
  addProduct(a, x, kernel);
  addProduct(u, hRead, recurrentKernel);
  const z = new Float64Array(H).map((_, j) => sigmoid(a[j] + u[j]));
  const r = new Float64Array(H).map((_, j) => sigmoid(a[H + j] + u[H + j]));

  // v = (r h~) U, of which n takes its columns
  const hReset = masked(hRead, r);
  const v = new Float64Array(3 * H);
  addProduct(v, hReset, recurrentKernel);
  const n = new Float64Array(H).map((_, j) => Math.tanh(a[2 * H + j] + v[2 * H + j]));
  const h = new Float64Array(H).map((_, j) => z[j] * before.h[j] + (1 - z[j]) * n[j]);

  return {
    ...{ h, c: before.c, gates: Float64Array.of(...z, ...r, ...n) },
    backward(dh, dc, gradients) {
      // n, and what it read
      const dv = new Float64Array(3 * H);
      for (let j = 0; j < H; j++) dv[2 * H + j] = dh[j] * (1 - z[j]) * (1 - n[j] * n[j]);
      const dhReset = new Float64Array(H);
      addProductTransposed(dhReset, dv, recurrentKernel);

      // z and r, and what they read
      const du = new Float64Array(3 * H);
      for (let j = 0; j < H; j++) {
        du[j] = dh[j] * (before.h[j] - n[j]) * z[j] * (1 - z[j]);
        du[H + j] = dhReset[j] * hRead[j] * r[j] * (1 - r[j]);
      }
      const dhRead = masked(dhReset, r);
      addProductTransposed(dhRead, du, recurrentKernel);

      const da = du.map((value, k) => value + dv[k]);
      addOuter(gradients.kernel, x, da);
      addOuter(gradients.recurrentKernel, hRead, du);
      addOuter(gradients.recurrentKernel, hReset, dv);
      addVector(gradients.bias, da);
      const dx = new Float64Array(x.length);
      addProductTransposed(dx, da, kernel);
      const dhBefore = masked(dhRead, factors).map((value, j) => value + dh[j] * z[j]);
      return { dx, dh: dhBefore, dc };
    },
  };
};
