// Adam against numbers worked by hand.

import { expect, test } from "vitest";
import { Adam64 } from "./index.ts";

// With beta1 = beta2 = 1/2 and gradients 2, 0, -4 every number is short:
//   t  m     v    lr_t / lr              m / (sqrt(v) + 1/2)
//   1  1     2    sqrt(1/2) / (1/2)      1 / (sqrt(2) + 1/2)
//   2  1/2   1    sqrt(3/4) / (3/4)      (1/2) / (1 + 1/2) = 1/3
//   3  -7/4  17/2 sqrt(7/8) / (7/8)      (-7/4) / (sqrt(17/2) + 1/2)
test("Adam makes the updates worked by hand", () => {
  const adam = new Adam64({ learningRate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 0.5 });
  const weights = new Map([["w", Float64Array.of(1)]]);
  const after = [2, 0, -4].map((gradient) => {
    adam.step(weights, new Map([["w", Float64Array.of(gradient)]]));
    return weights.get("w")![0];
  });
  const first = (0.1 * Math.sqrt(1 / 2) * 2) / (Math.sqrt(2) + 0.5);
  const second = (0.1 * Math.sqrt(3 / 4) * (4 / 3)) / 3;
  const third = (-0.1 * Math.sqrt(7 / 8) * (8 / 7) * 1.75) / (Math.sqrt(17 / 2) + 0.5);
  expect(after[0]).toBeCloseTo(1 - first, 12);
  expect(after[1]).toBeCloseTo(1 - first - second, 12);
  expect(after[2]).toBeCloseTo(1 - first - second - third, 12);
  expect(after[2]).toBeCloseTo(0.94240542, 8);
});

test("Adam's first update is the learning rate, against the gradient's sign", () => {
  const adam = new Adam64({ learningRate: 0.01 });
  const weights = new Map([["w", Float64Array.of(0, 0, 0)]]);
  adam.step(weights, new Map([["w", Float64Array.of(3, -0.2, 0)]]));
  const [down, up, still] = weights.get("w")!;
  expect(down).toBeCloseTo(-0.01, 7);
  expect(up).toBeCloseTo(0.01, 7);
  expect(still).toBe(0);
});
