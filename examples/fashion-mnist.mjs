// Images of your own, row by row: Fashion-MNIST, or any set in four IDX files of its form.
// Run: node examples/fashion-mnist.mjs FOLDER; FOLDER holds train-images-idx3-ubyte, train-labels-idx1-ubyte,
// t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each as it is or gzipped (.gz), of
// https://github.com/zalandoresearch/fashion-mnist. Measured with MNIST's own files: 0.972 after two epochs.
import { createModel } from "wasm-lstm";
import { loadMnist } from "wasm-lstm/mnist";

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error("run: node examples/fashion-mnist.mjs FOLDER, with the set's four IDX files in it");
  process.exit(1);
}
const { train, test } = await loadMnist({ directory, validation: 0 });
const { timeSteps, features, classes } = train;

const model = await createModel({
  timeSteps,
  features,
  layers: [{ units: 96 }],
  head: { units: classes, dropout: 0.2 },
  learningRate: 0.003,
  clipNorm: 1,
  threads: "auto",
});
await model.fit(train, {
  epochs: 2,
  onUpdate: ({ step, loss }) => step % 200 === 0 && console.log(`update ${step}: loss ${loss.toFixed(3)}`),
});
const { accuracy, interval } = await model.evaluate(test);
console.log(
  `test accuracy ${accuracy.toFixed(3)}, 95 % interval ${interval.map((p) => p.toFixed(3)).join(" to ")}`,
);
model.close();
