// Every kernel against float64 in guarded memory, and that no size and no offset has been left out.

import { runTests } from "../vitest.mjs";

const FILES = ["activations", "dropout", "gemm", "gru", "loss", "lstm-extended", "lstm", "optimizer"];
const MORE_FILES = ["pack", "pointwise", "range", "rnn"];
/** Of the short form: products, a cell, a flat range. */
const SAMPLE = ["gemm", "gru", "range"];

export default {
  name: "kernels",
  promise:
    "Every kernel but those of int8, on every build, is float64's at every size up to twice its tile and one more, its output off the alignment by 0, 4, 8 and 12 bytes, and writes nothing else",
  command: "npm run trust -- --only kernels",
  async run({ short, say }) {
    const files = (short ? SAMPLE : [...FILES, ...MORE_FILES]).map((name) => `test/assembly/${name}.test`);
    const { sums } = await runTests(files);
    const all = Object.entries(sums).filter(([key]) => key.includes(" @"));
    const kernelOf = ([key]) => key.split(" ")[0];
    const called = new Set(all.filter(([, count]) => count > 0).map(kernelOf));
    const expected = short ? all.filter((entry) => called.has(kernelOf(entry))) : all;
    const left = expected.filter(([, count]) => count === 0).map(([key]) => key);
    const without = new Set(left.map((key) => key.replace(/ \d+ @\d+$/, "")));
    if (without.size > 0) say(`sizes or offsets missing: ${[...without].join(", ")}`);
    const kernels = new Set(expected.map(kernelOf));
    const builds = new Set(expected.map(([key]) => key.split(" ")[1]));
    return {
      passed: left.length === 0 && builds.size === 4,
      figure:
        `${kernels.size} kernels, builds ${[...builds].sort().join(", ")}: ${sums["calls of kernels"].toLocaleString("en")} calls; ` +
        `${left.length === 0 ? `all ${expected.length.toLocaleString("en")}` : `${left.length} missing`} combinations of size ` +
        `and offset; ${sums["guards intact"].toLocaleString("en")} times all guards intact`,
    };
  },
};
