// Initial parameters from a seed: W_in, W_y ~ N(0, 1), their biases 0.1, the cell's kernel Glorot uniform over
// the whole [X + H, 4H] kernel, its bias zero. One seed gives one model, on every engine.

import { Plan, at } from "./plan";
import { Region } from "./regions";
import { log64, random64, uniform } from "./scalar64";

export function initialize(plan: Plan, seedLow: u32, seedHigh: u32): void {
  const seed = (<u64>seedHigh << 32) | seedLow;
  const H = plan.H;
  normal(at(plan, Region.ProjectionKernel), plan.I * plan.P, seed, Region.ProjectionKernel);
  constant(at(plan, Region.ProjectionBias), plan.P, 0.1);
  // Glorot and Bengio 2010: uniform in +-sqrt(6 / (fan in + fan out)).
  const limit = sqrt(6 / <f64>(plan.X + 5 * H));
  symmetric(at(plan, Region.Kernel), (plan.X + H) * 4 * H, limit, seed, Region.Kernel);
  constant(at(plan, Region.Bias), 4 * H, 0);
  normal(at(plan, Region.HeadKernel), H * plan.C, seed, Region.HeadKernel);
  constant(at(plan, Region.HeadBias), plan.C, 0.1);
}

function constant(to: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; ++i, to += 4) store<f32>(to, value);
}

// Each tensor has a stream of its own, numbered by its region.
// @ts-ignore: decorator
@inline function draw(seed: u64, stream: i32, index: i32): f64 {
  return uniform(random64(seed, (<u64>stream << 40) + index));
}

function symmetric(to: usize, n: i32, limit: f64, seed: u64, stream: i32): void {
  for (let i = 0; i < n; ++i, to += 4) store<f32>(to, <f32>((2 * draw(seed, stream, i) - 1) * limit));
}

// Marsaglia's polar method: a point in the unit disc gives two independent normal values.
function normal(to: usize, n: i32, seed: u64, stream: i32): void {
  let index = 0;
  for (let i = 0; i < n; i += 2, to += 8) {
    let u: f64, v: f64, s: f64;
    do {
      u = 2 * draw(seed, stream, index++) - 1;
      v = 2 * draw(seed, stream, index++) - 1;
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const scale = sqrt(-2 * log64(s) / s);
    store<f32>(to, <f32>(u * scale));
    if (i + 1 < n) store<f32>(to, <f32>(v * scale), 4);
  }
}
