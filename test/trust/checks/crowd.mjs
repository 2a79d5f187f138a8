// Many models after one another and many streams at once, in one process.

import v8 from "node:v8";
import vm from "node:vm";
import { createModel } from "wasm-lstm";

const MODELS = 1000;
const STREAMS = 64;
const STEPS = 50;
/** What resident memory may grow by over the second half of the models. */
const MOST_GROWN = 64 * 2 ** 20;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");
const numbers = (count, seed) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + seed));

export default {
  name: "crowd",
  promise: "A thousand models come and go in one process, and 64 streams at once do not disturb each other",
  command: "npm run trust -- --only crowd",
  async run({ short }) {
    const models = short ? MODELS / 5 : MODELS;
    const options = { timeSteps: 6, features: 7, units: 32, classes: 4, batchSize: 8, reproducible: true };
    const x = numbers(8 * 42, 1);
    const labels = Int32Array.from({ length: 8 }, (_, i) => i % 4);
    let expected;
    let half;
    for (let k = 0; k < models; k++) {
      // Every tenth has a thread of its own beside this one.
      const model = await createModel({ ...options, threads: k % 10 === 9 ? 2 : 1 });
      const { loss } = await model.trainOnBatch(x, labels);
      expected ??= loss;
      if (loss !== expected) throw new Error(`model ${k}: loss ${loss}, expected ${expected}`);
      model.close();
      if (k === models / 2) half = resident();
    }
    const grown = resident() - half;
    const equal = await streamsAtOnce(options);
    return {
      passed: grown < MOST_GROWN && equal === STREAMS * STEPS,
      figure:
        `${models.toLocaleString("en")} models made, trained and dropped, the second half grew resident memory by ` +
        `${(grown / 2 ** 20).toFixed(1)} MB; ${STREAMS} streams at once, ${equal.toLocaleString("en")} steps, each as it is alone`,
    };
  },
};

/** Steps whose outputs are those of a stream that has the model to itself. */
async function streamsAtOnce(options) {
  const model = await createModel(options);
  const inputs = Array.from({ length: STREAMS }, (_, s) => numbers(STEPS * 7, s));
  const stepOf = (s, t) => inputs[s].subarray(7 * t, 7 * t + 7);
  const together = [];
  const streams = await Promise.all(inputs.map(() => model.stream()));
  for (let t = 0; t < STEPS; t++) {
    together.push(
      await Promise.all(streams.map(async (stream, s) => (await stream.push(stepOf(s, t))).values.slice())),
    );
  }
  for (const stream of streams) stream.close();
  let equal = 0;
  for (let s = 0; s < STREAMS; s++) {
    const alone = await model.stream();
    for (let t = 0; t < STEPS; t++) {
      const { values } = await alone.push(stepOf(s, t));
      if (values.every((value, k) => value === together[t][s][k])) equal++;
    }
    alone.close();
  }
  model.close();
  return equal;
}

function resident() {
  collect();
  return process.memoryUsage().rss;
}
