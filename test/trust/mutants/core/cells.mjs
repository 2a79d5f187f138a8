// Faults of the cells: gates, states, ends of sequences.

export default [
  {
    file: "assembly/kernels/lstm.ts",
    tests: ["lstm", "step"],
    faults: [
      ["the candidate is multiplied by the forget gate", "mul<V>(i0, g0)), n1", "mul<V>(i0, f0)), n1"],
      ["the forget gate's bias is lost", "minusBias = splat<V>(-forgetBias)", "minusBias = none"],
      [
        "the forget gate's bias has the wrong sign",
        "minusBias = splat<V>(-forgetBias)",
        "minusBias = splat<V>(forgetBias)",
      ],
      ["h is tanh(c') without the output gate", "const h0 = mul<V>(o0, t0),", "const h0 = t0,"],
      [
        "a row that has ended copies 7 of 8 units of c",
        "      copy(cNext, c, PANEL);",
        "      copy(cNext, c, PANEL - 1);",
      ],
      ["df comes from g, not from c", "mul<V>(mul<V>(f1d, c1), sub", "mul<V>(mul<V>(f1d, g1), sub"],
      [
        "do lacks 1 - o",
        "const do0 = mul<V>(mul<V>(ho0, t0), sub<V>(one, o0))",
        "const do0 = mul<V>(ho0, t0)",
      ],
      ["dc goes to the step before without f", "store<V>(dc + lane, f0d);", "store<V>(dc + lane, d0);"],
      ["a row that has ended keeps o's gradient", "gate < 4; ++gate) clear(", "gate < 3; ++gate) clear("],
      ["dh is left where it should be used up", "if (clears) {", "if (!clears) {"],
    ],
  },
  {
    file: "assembly/kernels/lstm-extended.ts",
    tests: ["lstm-extended", "step"],
    faults: [
      ["o peeps at c before the step", "2 * peepholeStride, cNext, n)", "2 * peepholeStride, c, n)"],
      ["f peeps by i's weights", "peep(pf, peepholes + peepholeStride, c, n)", "peep(pf, peepholes, c, n)"],
      ["c is clipped from above only", "greater<V>(lesser<V>(after, most), least)", "lesser<V>(after, most)"],
      ["a gradient goes through the clip", "d = mul<V>(d, within<V>(load<V>(cNext + lane), bound));", ""],
      ["no gradient goes through o's peephole", "d = madd<V>(dO, load<V>(wo), d);", ""],
      [
        "no gradient goes through f's peephole",
        "madd<V>(df, load<V>(wf), madd<V>(di, load<V>(wi), mul<V>(d, f)))",
        "madd<V>(di, load<V>(wi), mul<V>(d, f))",
      ],
      [
        "a peephole's gradient lacks the last row",
        "row < <usize>n << 5; row",
        "row < <usize>(n - 1) << 5; row",
      ],
    ],
  },
  {
    file: "assembly/kernels/gru.ts",
    tests: ["gru", "step"],
    faults: [
      [
        "z and 1 - z are exchanged",
        "madd<V>(load<V>(pz + lane), sub<V>(load<V>(h + lane), candidate), candidate)",
        "madd<V>(load<V>(pz + lane), sub<V>(candidate, load<V>(h + lane)), load<V>(h + lane))",
      ],
      [
        "the recurrent bias of n is lost",
        "add<V>(load<V>(ph + lane), load<V>(bias + lane))",
        "load<V>(ph + lane)",
      ],
      ["the gradient of n of h lacks r", "store<V>(ph, mul<V>(dn, r));", "store<V>(ph, dn);"],
      [
        "dz lacks 1 - z",
        "candidate)), sub<V>(one, z)));\n    store<V>(pr",
        "candidate)), one));\n    store<V>(pr",
      ],
      ["reset before: the candidate's tanh is lost", "  tanhs(gates, gates, n);\n", ""],
      [
        "reset before: no gradient of h goes through r h",
        "store<V>(to + lane, add<V>(load<V>(to + lane), sr));",
        "",
      ],
      ["reset before: dr lacks h", "mul<V>(mul<V>(sr, load<V>(h + lane)), sub", "mul<V>(sr, sub"],
    ],
  },
  {
    file: "assembly/kernels/rnn.ts",
    tests: ["rnn", "step"],
    faults: [
      ["1 - h in place of 1 - h²", "nmadd<V>(h, h, splat<V>(1))", "nmadd<V>(h, splat<V>(1), splat<V>(1))"],
      ["a row that has ended goes on", "hasEnded(lengths, row, t) ? hPrevious : gate", "gate"],
    ],
  },
  {
    file: "assembly/kernels/range.ts",
    tests: ["range", "lstm", "lengths", "step"],
    faults: [
      ["a sequence ends one step late", "(<usize>row << 2)) <= t;", "(<usize>row << 2)) < t;"],
      [
        "a copy leaves out a tail of three",
        "for (; i < n; ++i, to += 4, from += 4) store<f32>(to, load<f32>(from));",
        "for (; i < n - 2; ++i, to += 4, from += 4) store<f32>(to, load<f32>(from));",
      ],
      [
        "parts of workers overlap by one",
        "return <i32>((<i64>n * index) / parts);",
        "return <i32>((<i64>n * index) / parts) + i32(index != 0 && index != parts);",
      ],
    ],
  },
  {
    file: "assembly/activations.ts",
    tests: ["activations"],
    faults: [
      ["a term of exp's polynomial has a wrong digit", "4.1665795894e-2", "4.1675795894e-2"],
      ["tanh is cut off too early", "7.90531110763549805, // beyond", "6.90531110763549805, // beyond"],
    ],
  },
];
