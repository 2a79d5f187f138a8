// All tests on the oldest Node that is supported and on the newest there is.

import { nodeCommand, nodeVersions } from "../nodes.mjs";
import { runTests } from "../vitest.mjs";

/** What the short form runs. */
const SAMPLE = ["test/known-answers", "test/trainer.test", "test/checkpoint.test"];

export default {
  name: "node-lines",
  promise: "All tests pass on Node 20 and on the newest Node",
  command: "npm run trust -- --only node-lines",
  async run({ short, say }) {
    const { oldest, newest } = nodeVersions();
    const figures = [];
    for (const version of short ? [newest] : [oldest, newest]) {
      say(`${short ? "a part of the tests" : "all tests"} on Node ${version}`);
      const { tests, skipped } = await runTests(short ? SAMPLE : [], { node: nodeCommand(version) });
      figures.push(`Node ${version}: ${tests} tests${skipped > 0 ? `, ${skipped} skipped` : ""}`);
    }
    return { passed: true, figure: figures.join("; ") };
  },
};
