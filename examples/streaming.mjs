// Streams, in and out: trains on sequences that are made as they are drawn, and never held in memory but for a window;
// then follows two machines live, step by step, and is right at about 91 % of them. Run: node examples/streaming.mjs
import { createModel, StreamedBatches } from "wasm-lstm";
import { machineStates, randomNumbers, STATES } from "./tasks.mjs";

const shape = { timeSteps: 80, features: 2 };
function* machines() {
  const random = randomNumbers(1);
  for (;;) yield machineStates(random, shape.timeSteps);
}
const source = new StreamedBatches(machines, {
  ...shape,
  classNames: STATES,
  everyStep: true,
  window: 256,
});

const model = await createModel({
  ...shape,
  layers: [{ units: 24 }],
  head: { units: STATES.length, everyStep: true },
  batchSize: 32,
  learningRate: 0.005,
  clipNorm: 1,
});
await model.fit(source, {
  updates: 400,
  onUpdate: ({ step, accuracy }) =>
    step % 100 === 0 && console.log(`update ${step}: accuracy ${accuracy.toFixed(3)}`),
});
await source.close();

const random = randomNumbers(2);
const live = [machineStates(random, 500), machineStates(random, 500)];
const stream = await model.stream({ streams: live.length });
const said = live.map(() => -1);
let right = 0;
for (let t = 0; t < 500; t++) {
  const { classes } = await stream.push(live.flatMap(({ values }) => values[t]));
  for (const [i, { labels }] of live.entries()) {
    if (classes[i] === labels[t]) right++;
    if (classes[i] !== said[i] && t < 60) console.log(`step ${t}: machine ${i} is ${STATES[classes[i]]}`);
    said[i] = classes[i];
  }
}
console.log(`live accuracy of 1000 steps ${(right / 1000).toFixed(3)}`);
