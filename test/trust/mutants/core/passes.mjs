// Faults of the passes: what flows between steps, layers and directions, and what is dropped.

export default [
  {
    file: "assembly/forward.ts",
    tests: ["step", "same-bits", "lengths"],
    faults: [
      ["the last k of a block is left out", "min(DEPTH_BLOCK, end - k)", "min(DEPTH_BLOCK - 1, end - k)"],
      ["a training keeps the gates of one step alone", "const pitch = keeps ? n : 0;", "const pitch = 0;"],
      ["a prediction keeps the gates of all steps", "const pitch = keeps ? n : 0;", "const pitch = n;"],
      [
        "all rows have the first block's lengths",
        "const gates = gatesAt(cell, p, kept), ends = lengths(plan, b);",
        "const gates = gatesAt(cell, p, kept), ends = lengths(plan, first);",
      ],
      [
        "rnn: all rows have the first block's lengths",
        "          lengths(plan, b), t, rows,",
        "          lengths(plan, first), t, rows,",
      ],
      [
        "h before step 0 is left out although it was given",
        "return t == 0 && !hasInitialState(plan);",
        "return t == 0;",
      ],
      [
        "c of the batch before is not reset",
        "for (let p = 0; p < cell.hPanels; ++p) memory.fill(stateAt(cell, p, first), 0, <usize>(last - first) * PANEL_BYTES);",
        "",
      ],
      [
        "h of the batch before, as it was dropped, is not reset",
        "if (dropsHidden(cell)) memory.fill(zAt(cell, b), 0, hBytes);",
        "",
      ],
      [
        "the projected h of a row that has ended is worked out anew",
        "    if (hasEnded(ends, b, t)) {\n      copy(h, hiddenAt",
        "    if (false) {\n      copy(h, hiddenAt",
      ],
      [
        "the carried state lacks c",
        "      copy(stateAt(cell, p, first), stateAt(cell, p, end + first), (last - first) * PANEL);",
        "",
      ],
      [
        "the carried state is that of the step before",
        "const end = steps(plan) * n;",
        "const end = max(steps(plan) - 1, 0) * n;",
      ],
    ],
  },
  {
    file: "assembly/backward.ts",
    tests: ["step", "same-bits", "lengths"],
    faults: [
      ["time ends a step early on the way back", "if (t == 0) break;", "if (t <= 1) break;"],
      [
        "dh of rows that have ended is overwritten",
        "(isGru(cell) || lengths(plan, 0) != 0 || projects(cell))",
        "(isGru(cell) || projects(cell))",
      ],
      ["a block of gates overwrites the one before", "accumulate || k > start,", "accumulate,"],
      [
        "a projected dh is used twice",
        "        copy(to, dh, PANEL);\n        clear(dh, PANEL);",
        "        copy(to, dh, PANEL);",
      ],
      [
        "the input's gradient lacks the last gate",
        "row, rows, 0, gateCount(cell) * cell.hPanels",
        "row, rows, 0, (gateCount(cell) - 1) * cell.hPanels",
      ],
      [
        "the gradient of a dropped h is left over",
        "if (drops && resetsBefore(cell)) clearRows(cell, CellRegion.DRecurrent, first, rows);",
        "",
      ],
      [
        "dc of the batch before is not reset",
        "memory.fill(rowsAt(cell, CellRegion.DCell, p, first), 0, <usize>rows * PANEL_BYTES);",
        "",
      ],
    ],
  },
  {
    file: "assembly/flow.ts",
    tests: ["step", "same-bits", "dropout", "lengths"],
    faults: [
      [
        "a reversed cell's outputs are not turned",
        "hiddenAt(below, (turned(below, length, t) + 1) * n + b)",
        "hiddenAt(below, (t + 1) * n + b)",
      ],
      [
        "a sequence is reversed by the steps of the batch",
        "const t = s < length ? turned(cell, length, s) : s;",
        "const t = turned(cell, steps(plan), s);",
      ],
      [
        "the head reads a reversed cell's steps unturned",
        "everyStep(plan) ? turned(below, length, t) + 1 : count",
        "everyStep(plan) ? t + 1 : count",
      ],
      [
        "the gradient of a reversed cell above is not turned",
        "panel, turned(above, length, t) * n + b)",
        "panel, t * n + b)",
      ],
      [
        "a layer reads what the one below gave a step before",
        "hiddenAt(below, (turned(below, length, t) + 1) * n + b);\n    copyRow(x",
        "hiddenAt(below, turned(below, length, t) * n + b);\n    copyRow(x",
      ],
      [
        "rows of a time-major batch lie the plan's batch apart",
        "!= 0 ? t * n + b : index",
        "!= 0 ? t * plan.B + b : index",
      ],
      [
        "the input's mask follows the cell's own step",
        "const index = (b * plan.T + t) * cell.xRows;",
        "const index = (b * plan.T + s) * cell.xRows;",
      ],
      [
        "the mask of h counts from the worker's first row on the way back",
        "key, rate, b * width + p * PANEL);",
        "key, rate, (b - first) * width + p * PANEL);",
      ],
      [
        "both directions drop the same of h",
        "MAX_LAYERS + 2 * cell.layer + cell.reversed",
        "MAX_LAYERS + 2 * cell.layer",
      ],
      [
        "every update drops the same",
        "(<u64>setting(plan, Setting.Updates) << 8) | tensor | 128",
        "tensor | 128",
      ],
      [
        "half of the seed is lost",
        "random64(<u64>setting(plan, Setting.DropoutSeed),",
        "random64(<u64><u32><u64>setting(plan, Setting.DropoutSeed),",
      ],
      [
        "the head's gradient lacks its mask",
        "addRow(to, from, PANEL, key, rate, b * width + panel * PANEL);",
        "add(to, from, PANEL);",
      ],
      [
        "elements are dropped when predicting, too",
        "return DROPOUT && setting(plan, Setting.Dropout) != 0 ? rate : 0;",
        "return DROPOUT ? rate : 0;",
      ],
    ],
  },
  {
    file: "assembly/kernels/dropout.ts",
    tests: ["dropout", "step"],
    faults: [
      ["what is kept is not scaled", "f32x4.splat(1 / (1 - rate))", "f32x4.splat(1)"],
      ["one lane of four bears its neighbour's number", "i32x4(0, 1, 2, 3)", "i32x4(0, 1, 2, 2)"],
      ["half of the key is lost", "i32x4.splat(<u32>(key >> 32))", "i32x4.splat(0)"],
    ],
  },
  {
    file: "assembly/step.ts",
    tests: ["same-bits", "lengths"],
    faults: [
      [
        "every worker carries the rows up to the last",
        "carryState(plan, n, partStart(n, worker, workers), partStart(n, worker + 1, workers));",
        "carryState(plan, n, partStart(n, worker, workers), n);",
      ],
      [
        "a worker leaves out its last row",
        "const first = partStart(n, worker, workers), last = partStart(n, worker + 1, workers);",
        "const first = partStart(n, worker, workers), last = partStart(n, worker + 1, workers) - i32(worker + 1 < workers);",
      ],
      [
        "no barrier before the projection's gradients",
        "    if (worker == workers - 1) summarise(plan, n);\n  } else if (phase == Phase.ProjectionGradients) {\n    projectionGradients(plan,",
        "    if (worker == workers - 1) summarise(plan, n);\n    projectionGradients(plan, partStart(plan.pPanels, worker, workers), partStart(plan.pPanels, worker + 1, workers));\n  } else if (phase == Phase.ProjectionGradients) {\n    if (false) projectionGradients(plan,",
      ],
      [
        "no barrier between the loss and its sum",
        "    if (phase == Phase.Train) backward(plan, n, first, last);\n  } else if (phase == Phase.KernelGradients) {\n    let k = 0;\n    do cellGradients(plan, cellOf(plan, k), n, worker, workers); while (hasCell(plan, ++k));\n    headGradients(plan, n, worker, workers);\n    if (worker == workers - 1) summarise(plan, n);\n",
        "    if (worker == workers - 1) summarise(plan, n);\n    if (phase == Phase.Train) backward(plan, n, first, last);\n  } else if (phase == Phase.KernelGradients) {\n    let k = 0;\n    do cellGradients(plan, cellOf(plan, k), n, worker, workers); while (hasCell(plan, ++k));\n    headGradients(plan, n, worker, workers);\n",
      ],
    ],
  },
];
