// What the head makes of what the last layer gives, and the loss, for rows first <= b < last of a batch of n.

import { bringHeadInput } from "./flow";
import { activate, itemLoss } from "./kernels/loss";
import { clear, copy } from "./kernels/range";
import { Plan, at, everyStep, headSteps, setSetting, setting, stepsOf } from "./plan";
import { product } from "./products";
import { Layout, Region, Setting } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// logits = h W_y + b_y, then the head's activation.
export function head(plan: Plan, n: i32, first: i32, last: i32): void {
  bringHeadInput(plan, n, first, last);
  const logits = at(plan, Region.Logits), C = plan.C;
  for (let t = 0; t < headSteps(plan); ++t) {
    for (let row = t * n + first; row < t * n + last; ++row) {
      for (let c = 0; c < C; c += PANEL) {
        copy(
          logits + <usize>(c >> 3) * plan.itemsPanel + <usize>row * PANEL_BYTES, at(plan, Region.HeadBias) + (<usize>c << 2),
          min(PANEL, C - c),
        );
      }
    }
    const row = t * n + first;
    product(
      plan, Layout.Rows, logits + <usize>row * PANEL_BYTES, plan.itemsPanel,
      at(plan, Region.HeadInput) + <usize>row * plan.headStride, plan.headStride, at(plan, Region.PackedHead), plan.headPanel,
      last - first, plan.fPanels * PANEL, plan.cPanels, true,
    );
  }
  for (let b = first; b < last; ++b) {
    const length = everyStep(plan) ? stepsOf(plan, b) : 1;
    for (let t = 0; t < (everyStep(plan) ? plan.T : 1); ++t) {
      const item = itemOf(plan, b, t), outputs = at(plan, Region.Outputs) + (item * C << 2);
      const itemClass = at(plan, Region.ItemClass) + (item << 2);
      if (t < length) {
        activate(
          plan.head, outputs, itemClass, at(plan, Region.ItemLogSum) + (item << 3),
          logits + <usize>(t * n + b) * PANEL_BYTES, plan.itemsPanel, C,
        );
      } else {
        clear(outputs, C);
        store<i32>(itemClass, -1);
      }
    }
  }
}

// Number of an item as the host counts them: sequences, or their steps, [B, T].
// @ts-ignore: decorator
@inline function itemOf(plan: Plan, b: i32, t: i32): usize { return <usize>(everyStep(plan) ? b * plan.T + t : b); }

/** Loss of each item, and the gradient of the mean loss by the logits; behind a sequence's end it is zero. */
export function loss(plan: Plan, n: i32, first: i32, last: i32): void {
  const C = plan.C, count = setting(plan, Setting.Items);
  for (let t = 0; t < headSteps(plan); ++t) {
    for (let b = first; b < last; ++b) {
      const item = itemOf(plan, b, t), row = <usize>(t * n + b) * PANEL_BYTES;
      const dlogits = at(plan, Region.DLogits) + row;
      if (everyStep(plan) && t >= stepsOf(plan, b)) {
        for (let q = 0; q < plan.cPanels; ++q) clear(dlogits + <usize>q * plan.itemsPanel, PANEL);
        continue;
      }
      itemLoss(
        plan.head, at(plan, Region.ItemLoss) + (item << 3), at(plan, Region.ItemHits) + (item << 2), dlogits,
        at(plan, Region.Outputs) + (item * C << 2), at(plan, Region.ItemClass) + (item << 2),
        at(plan, Region.ItemLogSum) + (item << 3), at(plan, Region.Logits) + row, plan.itemsPanel,
        load<i32>(at(plan, Region.Labels) + (item << 2)), at(plan, Region.Targets) + (item * C << 2),
        at(plan, Region.ClassWeights), load<f32>(at(plan, Region.SampleWeights) + (<usize>b << 2)), C, count,
      );
    }
  }
}

/** Mean loss over the items and outputs that were right, summed in the order of items. */
export function summarise(plan: Plan, n: i32): void {
  let sum: f64 = 0;
  let hits = 0;
  for (let b = 0; b < n; ++b) {
    for (let t = 0; t < (everyStep(plan) ? stepsOf(plan, b) : 1); ++t) {
      const item = itemOf(plan, b, t);
      sum += load<f64>(at(plan, Region.ItemLoss) + (item << 3));
      hits += load<i32>(at(plan, Region.ItemHits) + (item << 2));
    }
  }
  const count = setting(plan, Setting.Items);
  setSetting(plan, Setting.Loss, count > 0 ? sum / count : 0);
  setSetting(plan, Setting.Hits, hits);
}
