// Faults of matrix products, packing, gradients of the parameters, and the layout of memory.

export default [
  {
    file: "assembly/kernels/gemm.ts",
    tests: ["gemm", "step"],
    faults: [
      [
        "the last of three rows is left out",
        "tiles<V, L, N3, N2>(outSingle",
        "tiles<V, L, N2, N2>(outSingle",
      ],
      [
        "the last row of a tile of five is left out",
        "tiles<V, L, N5, N2>(outSingle",
        "tiles<V, L, N4, N2>(outSingle",
      ],
      [
        "the second panel of a wide tile does not add",
        "s1 = accumulate ? o1 : ZEROS;\n      let c00",
        "s1 = ZEROS;\n      let c00",
      ],
      ["runs of a panel begin a row early", "a0 += jump; a1 += jump;", "a0 += jump; a1 += jump - 32;"],
      [
        "four panels are taken where three are left",
        "rows == 1 ? panels & ~3 :",
        "rows == 1 ? (panels + 1) & ~3 :",
      ],
      [
        "the last panel of an odd number is left out",
        "const single = panels - grouped;",
        "const single = grouped > 0 ? 0 : panels;",
      ],
      ["a product of one row always adds", "const s0 = accumulate ? o0 : ZEROS,", "const s0 = o0,"],
    ],
  },
  {
    file: "assembly/kernels/pack.ts",
    tests: ["pack", "step"],
    faults: [
      [
        "half of a full block is transposed twice",
        "transpose(to + half + 128, from + 16, fromStride);",
        "transpose(to + half + 128, from, fromStride);",
      ],
      ["columns beyond a tensor's last are not left out", "return min(PANEL, n - column);", "return PANEL;"],
      [
        "the last row of a block stays where it was",
        "for (let lane = 0; lane < lanes;",
        "for (let lane = 0; lane < lanes - 1;",
      ],
    ],
  },
  {
    file: "assembly/pack.ts",
    tests: ["step", "same-bits"],
    faults: [
      [
        "gru: z and r lack the recurrent bias",
        "    add(to, second + (<usize>column << 2), min(PANEL, end - column));\n",
        "",
      ],
      [
        "the projection's bias is not folded in",
        "plan.I + 1, plan.P, last - first, true,",
        "plan.I, plan.P, last - first, true,",
      ],
      ["rows of the second direction below are the first's", "    kernel += <usize>below.R * stride;\n", ""],
      [
        "a worker packs one panel less",
        "packUnits(plan, cell, partStart(cell.hPanels, worker, workers), partStart(cell.hPanels, worker + 1, workers));",
        "packUnits(plan, cell, partStart(cell.hPanels, worker, workers), partStart(cell.hPanels, worker + 1, workers) - i32(worker > 0));",
      ],
      [
        "o peeps by f's weights",
        "regionOf(cell, CellRegion.Peephole) + (gate * H +",
        "regionOf(cell, CellRegion.Peephole) + (min<usize>(gate, 1) * H +",
      ],
    ],
  },
  {
    file: "assembly/gradients.ts",
    tests: ["step", "same-bits"],
    faults: [
      [
        "the first block adds to what was there",
        "panel, panels, skipped > zeroRows);",
        "panel, panels, skipped > 0);",
      ],
      [
        "the last row of a block is left out",
        "const end = min(row + DEPTH_BLOCK, depth)",
        "const end = min(row + DEPTH_BLOCK - 1, depth)",
      ],
      [
        "the last row of a block of the inner product is left out",
        "cell.stepsPanel, cell.H, min(DEPTH_BLOCK, depth - row)",
        "cell.stepsPanel, cell.H, min(DEPTH_BLOCK - 1, depth - row)",
      ],
      [
        "the last row of a block of the head is left out",
        "min(DEPTH_BLOCK, depth - row), plan.cPanels",
        "min(DEPTH_BLOCK - 1, depth - row), plan.cPanels",
      ],
      [
        "units beyond 64 panels take the first ones' gates",
        "const panel = group * cell.hPanels + first + q;",
        "const panel = group * cell.hPanels + first;",
      ],
      [
        "gru's second bias goes into the first",
        "unpackPanel(bias + stride, 0, one, 1, column, end);",
        "unpackPanel(bias, 0, one, 1, column, end);",
      ],
      [
        "the head's bias lacks the last row",
        "row < depth; ++row, p += PANEL_BYTES) sum",
        "row < depth - 1; ++row, p += PANEL_BYTES) sum",
      ],
      ["o's peephole reads c before the step", "stateAt(cell, p, gate == 2 ? n : 0)", "stateAt(cell, p, 0)"],
      [
        "the projection's gradient is the last direction's",
        "last - first, k > 0,\n    );\n  }\n  for (let p",
        "last - first, false,\n    );\n  }\n  for (let p",
      ],
      ["every worker unpacks all of the head", "if (f < first || f >= last) continue;", ""],
    ],
  },
  {
    file: "assembly/products.ts",
    tests: ["same-bits", "plan"],
    faults: [
      [
        "a plan that only predicts is probed for training",
        "  if (layout != Layout.Rows && !plan.trains) return;\n",
        "",
      ],
    ],
  },
  {
    file: "assembly/layout.ts",
    tests: ["plan", "step"],
    faults: [
      [
        "a plan that only predicts has room for the gates of all steps",
        "oddLines((trains(plan) ? rows : B) * 32)",
        "oddLines(rows * 32)",
      ],
      [
        "the gates lack two rows",
        "CellRegion.Gates, a, groups * steps);",
        "CellRegion.Gates, a, groups * steps - 64);",
      ],
      [
        "the projection's gradient lacks its bias",
        "plan.pPanels * (I + 1) * 32);\n  plan.rowsTile",
        "plan.pPanels * I * 32);\n  plan.rowsTile",
      ],
      [
        "a layer is read by one direction above alone",
        "cellOf(plan, k).consumers = bidirectional + 1;",
        "cellOf(plan, k).consumers = 1;",
      ],
    ],
  },
  {
    file: "assembly/initialize.ts",
    tests: ["initialize"],
    faults: [
      [
        "peepholes share the kernel's random numbers",
        "glorot(cell.H, 1), seed, stream + 1);",
        "glorot(cell.H, 1), seed, stream);",
      ],
      ["the limit counts the input's rows alone", "rows = cell.X + cell.R;", "rows = cell.X;"],
      ["half of the seed is lost", "(<u64>seedHigh << 32) | seedLow", "<u64>seedLow"],
      ["a normal value lacks its scale", "store<f32>(to, <f32>(u * scale));", "store<f32>(to, <f32>u);"],
    ],
  },
  {
    file: "assembly/scalar64.ts",
    tests: ["scalar64"],
    faults: [
      [
        "cos lacks the last terms of its series",
        "for (let k: f64 = 20; k > 0; k -= 2)",
        "for (let k: f64 = 12; k > 0; k -= 2)",
      ],
      ["log lacks the exponent's lower part", " + e * 1.90821492927058770002e-10", ""],
    ],
  },
];
