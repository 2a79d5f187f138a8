// Sequences of different lengths: tells noisy sine, square and sawtooth waves apart, 10 to 50 samples each. Run:
// node examples/waveforms.mjs; ends at 0.988.
import { createModel, fromSequences } from "wasm-lstm";

let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const SHAPES = {
  sawtooth: (phase) => 2 * phase - 1,
  sine: (phase) => Math.sin(2 * Math.PI * phase),
  square: (phase) => (phase < 0.5 ? 1 : -1),
};
const classNames = Object.keys(SHAPES);

function wave(label) {
  const shape = SHAPES[classNames[label]];
  const steps = 10 + Math.floor(random() * 41);
  const frequency = 0.05 + 0.1 * random();
  const start = random();
  const sample = (_, t) => [shape((start + frequency * t) % 1) + 0.6 * (random() - 0.5)];
  return { values: Array.from({ length: steps }, sample), label };
}

const waves = (count) => Array.from({ length: count }, (_, i) => wave(i % 3));
const options = { features: 1, classNames, timeSteps: 50 };
const train = fromSequences(waves(1500), { ...options, name: "training waves" });
const test = fromSequences(waves(600), { ...options, name: "test waves" });

const model = await createModel({
  timeSteps: 50,
  features: 1,
  units: 32,
  classes: 3,
  learningRate: 0.005,
  clipNorm: 1,
});
await model.fit(train, { epochs: 30 });
const { accuracy, interval } = await model.evaluate(test);
console.log(
  `test accuracy ${accuracy.toFixed(3)}, 95 % interval ${interval.map((p) => p.toFixed(3)).join(" to ")}`,
);
