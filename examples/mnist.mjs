// MNIST, row by row. Run: node examples/mnist.mjs; ends at 0.94 after 300 updates.
import { createModel } from "wasm-lstm";
import { loadMnist } from "wasm-lstm/mnist";

const { train, test } = await loadMnist();
const model = await createModel({
  timeSteps: 28,
  features: 28,
  projectionUnits: 128,
  units: 128,
  classes: 10,
});

await model.fit(train, {
  updates: 300,
  onUpdate: ({ step, loss }) => step % 100 === 0 && console.log(`update ${step}: loss ${loss.toFixed(3)}`),
});
const { accuracy, interval } = await model.evaluate(test);
console.log(
  `test accuracy ${accuracy.toFixed(3)}, 95 % interval ${interval.map((p) => p.toFixed(3)).join(" to ")}`,
);
