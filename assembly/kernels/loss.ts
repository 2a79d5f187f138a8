// What a head makes of one item's logits, and the loss with its gradient, in f64: C values cost nothing beside a cell.
// Logits and their gradients lie in panels `panel` bytes apart.

import { OTHER_HEADS, TRAINING } from "../features";
import { exp64, log64 } from "../scalar64";
import { HeadType } from "../regions";
import { PANEL } from "../vec";

// @ts-ignore: decorator
@inline function elementOf(base: usize, panel: usize, c: i32): usize {
  return base + <usize>(c >> 3) * panel + (<usize>(c & 7) << 2);
}

// outputs[C]: softmax(z); 1 / (1 + exp(-z)); or z. Of a softmax also its class, argmax (the first of equals), and
// logSum = log sum exp(z).
export function activate(
  type: i32, outputs: usize, itemClass: usize, logSum: usize, logits: usize, panel: usize, C: i32,
): void {
  if (!OTHER_HEADS || type == HeadType.Softmax) {
    softmax(outputs, itemClass, logSum, logits, panel, C);
    return;
  }
  for (let c = 0; c < C; ++c) {
    const z = load<f32>(elementOf(logits, panel, c));
    store<f32>(outputs + (<usize>c << 2), type == HeadType.Sigmoid ? <f32>sigmoid(z) : z);
  }
}

function softmax(outputs: usize, itemClass: usize, logSum: usize, logits: usize, panel: usize, C: i32): void {
  let best = 0;
  let top = load<f32>(logits);
  for (let c = 1; c < C; ++c) {
    const z = load<f32>(elementOf(logits, panel, c));
    if (z > top) { top = z; best = c; }
  }
  let sum: f64 = 0;
  for (let c = 0; c < C; ++c) {
    const e = exp64(<f64>load<f32>(elementOf(logits, panel, c)) - top);
    store<f32>(outputs + (<usize>c << 2), <f32>e);
    sum += e;
  }
  const scale = 1 / sum;
  for (let c = 0; c < C; ++c) {
    const output = outputs + (<usize>c << 2);
    store<f32>(output, <f32>(load<f32>(output) * scale));
  }
  store<i32>(itemClass, best);
  if (TRAINING) store<f64>(logSum, log64(sum) + top);
}

// exp of what is not positive cannot overflow.
function sigmoid(z: f64): f64 {
  const e = exp64(-abs(z));
  return (z < 0 ? e : 1) / (1 + e);
}

// The item's loss, its gradient by the logits as a share of `count` items (columns beyond C zero), and how many of its
// outputs are right. weight: of the item.
//   softmax   weight classWeights[label] (logSum - z[label])                         right: 1 if class = label
//   sigmoid   weight mean_c of -y log p - (1 - y) log(1 - p)                        right: outputs on y's side of 1/2
//   linear    weight mean_c of (z - y)²                                              right: none
export function itemLoss(
  type: i32, loss: usize, hits: usize, dlogits: usize, outputs: usize, itemClass: usize, logSum: usize, logits: usize,
  panel: usize, label: i32, targets: usize, classWeights: usize, weight: f64, C: i32, count: f64,
): void {
  for (let c = C; c < ((C + PANEL - 1) & ~(PANEL - 1)); ++c) store<f32>(elementOf(dlogits, panel, c), 0);
  if (!OTHER_HEADS || type == HeadType.Softmax) {
    assert(label >= 0 && label < C);
    weight *= load<f32>(classWeights + (<usize>label << 2));
    store<f64>(loss, weight * (load<f64>(logSum) - load<f32>(elementOf(logits, panel, label))));
    store<i32>(hits, i32(load<i32>(itemClass) == label));
    const scale = weight / count;
    for (let c = 0; c < C; ++c) {
      const p = <f64>load<f32>(outputs + (<usize>c << 2));
      store<f32>(elementOf(dlogits, panel, c), <f32>((c == label ? p - 1 : p) * scale));
    }
    return;
  }
  const scale = weight / (C * count);
  let sum: f64 = 0;
  let right = 0;
  for (let c = 0; c < C; ++c) {
    const z = <f64>load<f32>(elementOf(logits, panel, c)), y = <f64>load<f32>(targets + (<usize>c << 2));
    let d = 2 * (z - y);
    if (type == HeadType.Sigmoid) {
      sum += max(z, 0) - z * y + log64(1 + exp64(-abs(z)));
      d = sigmoid(z) - y;
      right += i32((z > 0) == (y > 0.5));
    } else {
      sum += (z - y) * (z - y);
    }
    store<f32>(elementOf(dlogits, panel, c), <f32>(d * scale));
  }
  store<f64>(loss, weight * sum / C);
  store<i32>(hits, right);
}
