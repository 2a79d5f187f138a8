// Softmax cross-entropy on panels of logits, row by row in f64: C values a row cost nothing beside the cell.

import { PANEL } from "../vec";
import { exp64, log64 } from "../scalar64";

// @ts-ignore: decorator
@inline function elementOf(base: usize, panel: usize, row: i32, c: i32): usize {
  return base + <usize>(c >> 3) * panel + (<usize>row << 5) + (<usize>(c & 7) << 2);
}

// For rows first <= row < last: p = softmax(logits), class = argmax (the first of equals), and
// logSum = log sum exp(logits). probabilities [.., C]; logits in panels `panel` bytes apart.
export function softmax(
  probabilities: usize, rowClass: usize, logSum: usize, logits: usize, panel: usize, C: i32, first: i32, last: i32,
): void {
  for (let row = first; row < last; ++row) {
    let best = 0;
    let top = load<f32>(elementOf(logits, panel, row, 0));
    for (let c = 1; c < C; ++c) {
      const z = load<f32>(elementOf(logits, panel, row, c));
      if (z > top) { top = z; best = c; }
    }
    const p = probabilities + (<usize>row * C << 2);
    let sum: f64 = 0;
    for (let c = 0; c < C; ++c) {
      const e = exp64(<f64>load<f32>(elementOf(logits, panel, row, c)) - top);
      store<f32>(p + (<usize>c << 2), <f32>e);
      sum += e;
    }
    const scale = 1 / sum;
    for (let c = 0; c < C; ++c) {
      const at = p + (<usize>c << 2);
      store<f32>(at, <f32>(load<f32>(at) * scale));
    }
    store<i32>(rowClass + (<usize>row << 2), best);
    store<f64>(logSum + (<usize>row << 3), log64(sum) + top);
  }
}

// For rows first <= row < last of a batch of n: loss = logSum - logit of the label,
// dlogits = (p - onehot(label)) / n, columns beyond C zero.
export function crossEntropy(
  rowLoss: usize, dlogits: usize, probabilities: usize, logSum: usize, logits: usize, panel: usize,
  labels: usize, C: i32, n: i32, first: i32, last: i32,
): void {
  const padded = (C + PANEL - 1) & ~(PANEL - 1);
  for (let row = first; row < last; ++row) {
    const label = load<i32>(labels + (<usize>row << 2));
    assert(label >= 0 && label < C);
    const loss = load<f64>(logSum + (<usize>row << 3)) - load<f32>(elementOf(logits, panel, row, label));
    store<f64>(rowLoss + (<usize>row << 3), loss);
    const p = probabilities + (<usize>row * C << 2);
    for (let c = 0; c < padded; ++c) {
      const d = c < C ? (load<f32>(p + (<usize>c << 2)) - (c == label ? <f32>1 : <f32>0)) / <f32>n : 0;
      store<f32>(elementOf(dlogits, panel, row, c), d);
    }
  }
}
