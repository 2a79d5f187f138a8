// A long memory: which of two symbols came first and which second, 20 to 30 steps apart in noise. Guessing gives 0.25,
// this ends at 1.00. Run: node examples/temporal-order.mjs
import { createModel, fromSequences } from "wasm-lstm";
import { ORDERS, randomNumbers, temporalOrder } from "./tasks.mjs";

const random = randomNumbers(1);
const sequences = (count) => Array.from({ length: count }, () => temporalOrder(random, 60));
const shape = { timeSteps: 60, features: 6 };
const train = fromSequences(sequences(4000), { ...shape, classNames: ORDERS });
const test = fromSequences(sequences(1000), { ...shape, classNames: ORDERS });

const model = await createModel({
  ...shape,
  layers: [{ type: "gru", units: 32 }],
  head: { units: ORDERS.length },
  batchSize: 64,
  learningRate: 0.005,
  clipNorm: 1,
});
await model.fit(train, {
  epochs: 12,
  onUpdate: ({ step, accuracy }) =>
    step % 100 === 0 && console.log(`update ${step}: accuracy ${accuracy.toFixed(3)}`),
});
const { accuracy, interval } = await model.evaluate(test);
console.log(
  `test accuracy ${accuracy.toFixed(3)}, 95 % interval ${interval.map((p) => p.toFixed(3)).join(" to ")}`,
);
