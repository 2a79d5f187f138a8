// The plain recurrent step: h = tanh(x W + h~ U + b).

import type { CellStep } from "./cell.ts";
import { addOuter, addProduct, addProductTransposed, addVector, masked } from "./products.ts";

export const rnnStep: CellStep = (_layer, { kernel, recurrentKernel, bias }, x, before, factors) => {
  const hRead = masked(before.h, factors);
  const z = Float64Array.from(bias);
  addProduct(z, x, kernel);
  addProduct(z, hRead, recurrentKernel);
  const h = z.map(Math.tanh);

  return {
    ...{ h, c: before.c, gates: h },
    backward(dh, dc, gradients) {
      const dz = dh.map((value, j) => value * (1 - h[j] * h[j]));
      addOuter(gradients.kernel, x, dz);
      addOuter(gradients.recurrentKernel, hRead, dz);
      addVector(gradients.bias, dz);
      const dx = new Float64Array(x.length);
      const dhRead = new Float64Array(hRead.length);
      addProductTransposed(dx, dz, kernel);
      addProductTransposed(dhRead, dz, recurrentKernel);
      return { dx, dh: masked(dhRead, factors), dc };
    },
  };
};
