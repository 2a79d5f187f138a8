// One update of a flat range of parameters. Gradients are scaled and clamped on the way in, so that clipping
// costs no pass of its own.

import { OTHER_OPTIMIZERS } from "../features";
import { add, div, greater, lesser, madd, mul, nmadd, splat, sqrt, sub } from "../vec";
import { Optimizer } from "../regions";

/** What an update works with, the same for every parameter; f32 each. */
@unmanaged
export class UpdateRule {
  /** Step size, corrected for bias where the rule does so. */
  rate: f32;
  /** Adam: 1 - β1 and 1 - β2. RMSProp: momentum and 1 - ρ. SGD: momentum. */
  first: f32; second: f32;
  epsilon: f32;
  /** Share of the parameter taken off before the update: rate · weight decay. */
  decay: f32;
  /** Factor of the gradient, and the bound it is clamped to afterwards. */
  scale: f32; bound: f32;
  /** 1: Nesterov's form of momentum. */
  nesterov: f32;
}

// With g = clamp(scale g, ±bound) and θ -= decay θ first:
//   Adam     m += (1 - β1)(g - m), v += (1 - β2)(g² - v), θ -= rate m / (sqrt(v) + ε)     (Kingma & Ba 2015)
//   Sgd      m = μ m + g, θ -= rate m, or rate (g + μ m) in Nesterov's form
//   RmsProp  v += (1 - ρ)(g² - v), m = μ m + g / (sqrt(v) + ε), θ -= rate m
export function optimize(
  kind: i32, theta: usize, g: usize, m: usize, v: usize, n: i32, rule: UpdateRule,
): void {
  if (!OTHER_OPTIMIZERS || kind == Optimizer.Adam) apply<Adam>(theta, g, m, v, n, rule);
  else if (kind == Optimizer.Sgd) apply<Sgd>(theta, g, m, v, n, rule);
  else apply<RmsProp>(theta, g, m, v, n, rule);
}

// Type arguments that name the rules.
@unmanaged class Adam { a: u8; }
@unmanaged class Sgd { a: u8; b: u8; }
@unmanaged class RmsProp { a: u8; b: u8; c: u8; }

function apply<Rule>(theta: usize, g: usize, m: usize, v: usize, n: i32, rule: UpdateRule): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 4 <= n; i += 4) {
      const o = <usize>i << 2;
      one<v128, Rule>(theta + o, g + o, m + o, v + o, rule);
    }
  }
  for (; i < n; ++i) {
    const o = <usize>i << 2;
    one<f32, Rule>(theta + o, g + o, m + o, v + o, rule);
  }
}

// @ts-ignore: decorator
@inline function one<V, Rule>(theta: usize, g: usize, m: usize, v: usize, rule: UpdateRule): void {
  const kind = <i32>offsetof<Rule>() - 1;
  const bound = splat<V>(rule.bound), minusBound = splat<V>(-rule.bound);
  const d = greater<V>(lesser<V>(mul<V>(load<V>(g), splat<V>(rule.scale)), bound), minusBound);
  const before = load<V>(m);
  let step: V;
  if (kind == Optimizer.Adam) {
    const m1 = madd<V>(splat<V>(rule.first), sub<V>(d, before), before);
    store<V>(m, m1);
    step = div<V>(m1, add<V>(sqrt<V>(secondMoment<V>(v, d, rule)), splat<V>(rule.epsilon)));
  } else if (kind == Optimizer.Sgd) {
    const m1 = madd<V>(splat<V>(rule.first), before, d);
    store<V>(m, m1);
    step = rule.nesterov != 0 ? madd<V>(splat<V>(rule.first), m1, d) : m1;
  } else {
    step = div<V>(d, add<V>(sqrt<V>(secondMoment<V>(v, d, rule)), splat<V>(rule.epsilon)));
    step = madd<V>(splat<V>(rule.first), before, step);
    store<V>(m, step);
  }
  const t = load<V>(theta);
  store<V>(theta, nmadd<V>(splat<V>(rule.rate), step, nmadd<V>(splat<V>(rule.decay), t, t)));
}

// v += share (d² - v), returned.
// @ts-ignore: decorator
@inline function secondMoment<V>(v: usize, d: V, rule: UpdateRule): V {
  const before = load<V>(v);
  const after = madd<V>(splat<V>(rule.second), sub<V>(mul<V>(d, d), before), before);
  store<V>(v, after);
  return after;
}

// The sum of squares of x[n], in f64, in order.
export function squaredNorm(x: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; ++i, x += 4) {
    const value = <f64>load<f32>(x);
    sum += value * value;
  }
  return sum;
}
