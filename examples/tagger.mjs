// Many to many: the state of a machine at every step, from two noisy sensors that follow it slowly. A bidirectional
// layer sees what comes after a step, too; 97 % of the steps end up right. Run: node examples/tagger.mjs
// Writes the curves and the confusion as pictures into the present folder.
import { writeFileSync } from "node:fs";
import { classScores, confusionSvg, createModel, curveSvg, fromSequences, lossChart } from "wasm-lstm";
import { machineStates, randomNumbers, STATES } from "./tasks.mjs";

const random = randomNumbers(1);
const sequences = (count) =>
  Array.from({ length: count }, () => machineStates(random, 60 + Math.floor(61 * random())));
const shape = { timeSteps: 120, features: 2 };
const known = { ...shape, classNames: STATES, everyStep: true };
const [train, validation, test] = [400, 100, 200].map((count) => fromSequences(sequences(count), known));

const model = await createModel({
  ...shape,
  layers: [{ units: 24, bidirectional: true }],
  head: { units: STATES.length, everyStep: true },
  batchSize: 32,
  learningRate: 0.005,
  clipNorm: 1,
});
const history = await model.fit(train, { epochs: 15, validationData: validation, restoreBest: true });
console.log(`${lossChart(history)}\n`);

const { items, accuracy, interval, confusion } = await model.evaluate(test);
console.log(
  `accuracy of ${items} test steps ${accuracy.toFixed(3)}, 95 % interval ${interval.map((p) => p.toFixed(3)).join(" to ")}`,
);
for (const [i, { precision, recall, f1 }] of classScores(confusion).entries()) {
  console.log(
    `${STATES[i].padEnd(8)} precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  f1 ${f1.toFixed(3)}`,
  );
}
writeFileSync("curve.svg", curveSvg(history, { title: "Machine states" }));
writeFileSync(
  "confusion.svg",
  confusionSvg(confusion, { names: STATES, title: "Machine states, test steps" }),
);
console.log("wrote curve.svg and confusion.svg");
