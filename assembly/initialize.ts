// Initial parameters from a seed. Cells: Glorot uniform over the whole [X + R, G H] kernel, as TensorFlow 1, biases
// zero. Projection and head: Glorot uniform and zero, or N(0, 1) and 0.1. One seed gives one model, on every engine.

import { gateCount, hasPeepholes, regionOf } from "./cell";
import { Plan, at, cellOf, hasCell } from "./plan";
import { CellRegion, Region } from "./regions";
import { log64, random64, uniform } from "./scalar64";

/** normal: 1 draws the kernels of projection and head from N(0, 1). */
export function initialize(plan: Plan, seedLow: u32, seedHigh: u32, normal: i32): void {
  const seed = (<u64>seedHigh << 32) | seedLow;
  const F = <i32>((at(plan, Region.HeadBias) - at(plan, Region.HeadKernel)) >> 2) / plan.C;
  dense(at(plan, Region.ProjectionKernel), plan.I, plan.P, seed, 0, normal);
  dense(at(plan, Region.HeadKernel), F, plan.C, seed, 1, normal);
  let k = 0;
  do {
    const cell = cellOf(plan, k), stream = 4 * k + 2;
    const columns = gateCount(cell) * cell.H, rows = cell.X + cell.R;
    // The recurrent kernel lies right behind the kernel; the peepholes and what follows them, behind the bias.
    symmetric(regionOf(cell, CellRegion.Kernel), rows * columns, glorot(rows, columns), seed, stream);
    constant(regionOf(cell, CellRegion.Bias), <i32>((regionOf(cell, CellRegion.Peephole) - regionOf(cell, CellRegion.Bias)) >> 2), 0);
    if (hasPeepholes(cell)) symmetric(regionOf(cell, CellRegion.Peephole), 3 * cell.H, glorot(cell.H, 1), seed, stream + 1);
    symmetric(
      regionOf(cell, CellRegion.InnerKernel), cell.H * cell.projection, glorot(cell.H, cell.projection), seed, stream + 2,
    );
  } while (hasCell(plan, ++k));
}

// A linear layer: kernel [inputs, outputs] with its bias behind it.
function dense(to: usize, inputs: i32, outputs: i32, seed: u64, stream: i32, isNormal: i32): void {
  const n = inputs * outputs;
  if (isNormal) normal(to, n, seed, stream);
  else symmetric(to, n, glorot(inputs, outputs), seed, stream);
  constant(to + (<usize>n << 2), outputs, isNormal ? 0.1 : 0);
}

// Glorot and Bengio 2010: uniform in +-sqrt(6 / (fan in + fan out)).
// @ts-ignore: decorator
@inline function glorot(inputs: i32, outputs: i32): f64 { return sqrt(6 / <f64>(inputs + outputs)); }

function constant(to: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; ++i, to += 4) store<f32>(to, value);
}

// Each tensor has a stream of its own.
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
