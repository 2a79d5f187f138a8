// Faults of heads, losses and updates, and of int8 weights.

export default [
  {
    file: "assembly/head.ts",
    tests: ["step", "lengths", "same-bits"],
    faults: [
      [
        "a mean over rows where it is one over steps",
        "const C = plan.C, count = setting(plan, Setting.Items);",
        "const C = plan.C, count = <f64>n;",
      ],
      ["outputs behind a sequence's end are left over", "        clear(outputs, C);\n", ""],
      [
        "gradients behind a sequence's end are left over",
        "for (let q = 0; q < plan.cPanels; ++q) clear(dlogits + <usize>q * plan.itemsPanel, PANEL);",
        "",
      ],
      [
        "all rows have the first row's weight",
        "at(plan, Region.SampleWeights) + (<usize>b << 2)",
        "at(plan, Region.SampleWeights) + (<usize>first << 2)",
      ],
      [
        "the head's bias is lost",
        "product(\n      plan, Layout.Rows, logits + <usize>row * PANEL_BYTES, plan.itemsPanel,\n      at(plan, Region.HeadInput) + <usize>row * plan.headStride, plan.headStride, at(plan, Region.PackedHead), plan.headPanel,\n      last - first, plan.fPanels * PANEL, plan.cPanels, true,",
        "product(\n      plan, Layout.Rows, logits + <usize>row * PANEL_BYTES, plan.itemsPanel,\n      at(plan, Region.HeadInput) + <usize>row * plan.headStride, plan.headStride, at(plan, Region.PackedHead), plan.headPanel,\n      last - first, plan.fPanels * PANEL, plan.cPanels, false,",
      ],
    ],
  },
  {
    file: "assembly/kernels/loss.ts",
    tests: ["loss", "step"],
    faults: [
      ["softmax: the class's weight is lost", "weight *= load<f32>(classWeights + (<usize>label << 2));", ""],
      ["softmax: the label's gradient lacks - 1", "(c == label ? p - 1 : p)", "p"],
      [
        "softmax: of equal classes the last counts",
        "if (z > top) { top = z; best = c; }",
        "if (z >= top) { top = z; best = c; }",
      ],
      [
        "softmax: the loss lacks the sample's weight",
        "store<f64>(loss, weight * (load<f64>(logSum)",
        "store<f64>(loss, (load<f64>(logSum)",
      ],
      [
        "softmax: no maximum is taken off",
        "(elementOf(logits, panel, c)) - top);",
        "(elementOf(logits, panel, c)));",
      ],
      ["sigmoid: a target of one half is a yes", "(z > 0) == (y > 0.5)", "(z > 0) == (y >= 0.5)"],
      [
        "sigmoid: the loss overflows",
        "sum += max(z, 0) - z * y + log64(1 + exp64(-abs(z)));",
        "sum += -z * y + log64(1 + exp64(z));",
      ],
      [
        "linear and sigmoid: the gradient is not a mean over outputs",
        "const scale = weight / (C * count);",
        "const scale = weight / count;",
      ],
      ["linear: the gradient lacks its 2", "let d = 2 * (z - y);", "let d = z - y;"],
      [
        "gradients beyond the last class are left over",
        "for (let c = C; c < ((C + PANEL - 1) & ~(PANEL - 1)); ++c) store<f32>(elementOf(dlogits, panel, c), 0);",
        "",
      ],
    ],
  },
  {
    file: "assembly/update.ts",
    tests: ["update", "step", "head-update", "same-bits"],
    faults: [
      ["Adam: the power of β1 stands still", "power1 * setting(plan, Setting.Beta1));", "power1);"],
      [
        "Adam: a first update takes over the powers of before",
        "const power2 = made == 0 ? 1 : setting(plan, Setting.Beta2Power);",
        "const power2 = setting(plan, Setting.Beta2Power);",
      ],
      [
        "Adam: ε is always TensorFlow 1's",
        "setting(plan, Setting.EpsilonHat) != 0 ? epsilon : epsilon * correction",
        "epsilon",
      ],
      [
        "Adam: β2's correction lacks its root",
        "const correction = sqrt(1 - setting(plan, Setting.Beta2Power));",
        "const correction = 1 - setting(plan, Setting.Beta2Power);",
      ],
      [
        "Adam: the second moment goes by β1",
        "rule.second = <f32>(1 - setting(plan, Setting.Beta2));",
        "rule.second = <f32>(1 - setting(plan, Setting.Beta1));",
      ],
      ["AdamW: decay is not times the rate", "rule.decay = <f32>(rate *", "rule.decay = <f32>("],
      [
        "clip by norm: short gradients are made longer",
        "return norm > bound ? bound / norm : 1;",
        "return bound / norm;",
      ],
      [
        "clip by norm: frozen gradients count",
        "const first = max(block * NORM_BLOCK, from);",
        "const first = block * NORM_BLOCK;",
      ],
      [
        "frozen parameters are updated",
        "const first = from + (partStart(blocks, worker, workers) << 4);",
        "const first = partStart(blocks, worker, workers) << 4;",
      ],
      [
        "a worker's part begins one vector early",
        "const first = from + (partStart(blocks, worker, workers) << 4);",
        "const first = max(from + (partStart(blocks, worker, workers) << 4) - 4, from);",
      ],
      [
        "an update without a finite loss counts",
        "  if (!isFinite(setting(plan, Setting.Loss))) return;\n  const made",
        "  const made",
      ],
      ["schedule: warm-up lags an update behind", "return (update + 1) / warmup;", "return update / warmup;"],
      ["schedule: steps are not whole", "if (kind == Schedule.Step) x = floor(x);", ""],
      ["schedule: the cosine turns up again", "min(x, 1) * 3.14", "x * 3.14"],
      ["schedule: warm-up is not taken off", "let x = (update - warmup) /", "let x = update /"],
    ],
  },
  {
    file: "assembly/kernels/optimizer.ts",
    tests: ["optimizer", "update"],
    faults: [
      [
        "Nesterov's step looks back",
        "madd<V>(splat<V>(rule.first), m1, d) : m1",
        "madd<V>(splat<V>(rule.first), before, d) : m1",
      ],
      [
        "momentum takes a share of the gradient",
        "const m1 = madd<V>(splat<V>(rule.first), before, d);",
        "const m1 = madd<V>(splat<V>(rule.first), sub<V>(before, d), d);",
      ],
      ["weight decay is lost", "nmadd<V>(splat<V>(rule.decay), t, t)", "t"],
      [
        "clip by value has no lower bound",
        "greater<V>(lesser<V>(mul<V>(load<V>(g), splat<V>(rule.scale)), bound), minusBound)",
        "lesser<V>(mul<V>(load<V>(g), splat<V>(rule.scale)), bound)",
      ],
      [
        "RMSProp: ε is under the root",
        "step = div<V>(d, add<V>(sqrt<V>(secondMoment<V>(v, d, rule)), splat<V>(rule.epsilon)));\n    step",
        "step = div<V>(d, sqrt<V>(add<V>(secondMoment<V>(v, d, rule), splat<V>(rule.epsilon))));\n    step",
      ],
      ["RMSProp: the momentum is not kept", "    store<V>(m, step);\n", ""],
      [
        "the last parameter is left out",
        "for (; i < n; ++i) {\n    const o",
        "for (; i < n - 1; ++i) {\n    const o",
      ],
    ],
  },
  {
    file: "assembly/kernels/int8.ts",
    tests: ["int8"],
    faults: [
      [
        "values are rounded down",
        "const rounded = f32x4.nearest(lesser",
        "const rounded = f32x4.floor(lesser",
      ],
      [
        "the least value of a row's tail is not seen",
        "    lo = lesser<f32>(lo, x);\n    hi = greater<f32>(hi, x);",
        "    hi = greater<f32>(hi, x);",
      ],
      [
        "the sum lacks what the least value gives",
        "add<V>(mul<V>(splatAt<V>(row), floats<V>(sums)), mul<V>(splatAt<V>(row + 4), floats<V>(totals)))",
        "mul<V>(splatAt<V>(row), floats<V>(sums))",
      ],
    ],
  },
  {
    file: "assembly/quantized.ts",
    tests: ["int8"],
    faults: [
      [
        "h takes the scales of x",
        "const panel = panelOf(cell, xGroups + group - first, p)",
        "const panel = panelOf(cell, group - first, p)",
      ],
      [
        "a batch's rows share the codes of the first",
        "const codes = codesAt(cell, b + row), hCodes",
        "const codes = codesAt(cell, b), hCodes",
      ],
    ],
  },
];
