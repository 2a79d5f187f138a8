// Six sensor channels of something worn on the wrist, made up: an accelerometer and a gyroscope that see six ways of
// moving. Every number follows from a seed, on every engine alike. `person` shifts mounting, gain and tempo, so that a model
// trained on some people has something to learn of another.

export const CLASSES = ["still", "walk", "run", "turn", "fall", "shake"];
export const FEATURES = 6;
/** Samples of a window, a second at 25 Hz. */
export const WINDOW = 25;

/** Draws from 0 to 1 by mulberry32 (T. Ettinger). */
export function draws(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A wave of period 1 like a sine, of IEEE operations only: engines' Math.sin differ in the last bit.
function wave(x) {
  const p = x - Math.floor(x);
  const half = p < 0.5 ? p * 2 : p * 2 - 1;
  return (p < 0.5 ? 4 : -4) * half * (1 - half);
}

/** Hertz and amplitude of each channel, by class. */
const MOTIONS = {
  still: { rate: 0.3, sway: [0.02, 0.02, 0.02, 1, 1, 1] },
  walk: { rate: 1.8, sway: [0.25, 0.1, 0.35, 25, 12, 18] },
  run: { rate: 2.8, sway: [0.8, 0.3, 1.1, 70, 30, 50] },
  turn: { rate: 0.6, sway: [0.1, 0.3, 0.05, 10, 15, 120] },
  fall: { rate: 0.9, sway: [0.9, 0.9, 1.3, 90, 90, 30] },
  shake: { rate: 5.5, sway: [0.5, 0.8, 0.3, 60, 110, 45] },
};

/** A window [WINDOW, FEATURES] of class `label` as `person` moves; person 0 is nobody in particular. */
export function sensorWindow(label, person, draw) {
  const own = draws(1000 + person);
  const habit = Array.from({ length: FEATURES }, () => (person === 0 ? 0 : 1.6 * (own() - 0.5)));
  const tempo = person === 0 ? 1 : 0.75 + 0.5 * own();
  const { rate, sway } = MOTIONS[CLASSES[label]];
  const phase = draw();
  const strength = 0.7 + 0.6 * draw();
  const pace = tempo * (0.9 + 0.2 * draw());
  const values = new Float32Array(WINDOW * FEATURES);
  for (let t = 0; t < WINDOW; t++) {
    for (let i = 0; i < FEATURES; i++) {
      const size = i < 3 ? 1 : 100;
      const swing = wave(phase + (t / 25) * rate * pace + 0.17 * i) * sway[i] * strength;
      const noise = (draw() - 0.5) * 0.12 * size;
      const gravity = i === 2 ? 1 : 0;
      values[t * FEATURES + i] = gravity + swing * (1 + habit[i]) + habit[i] * 0.5 * size + noise;
    }
  }
  return values;
}

/** `count` windows of each class: values [count * 6, WINDOW, FEATURES] and labels, the classes in turn. */
export function sensorWindows(count, person, seed) {
  const draw = draws(seed);
  const total = count * CLASSES.length;
  const values = new Float32Array(total * WINDOW * FEATURES);
  const labels = Int32Array.from({ length: total }, (_, n) => (n * 5 + Math.floor(n / 6)) % CLASSES.length);
  for (let n = 0; n < total; n++) values.set(sensorWindow(labels[n], person, draw), n * WINDOW * FEATURES);
  return { values, labels };
}

/** The bytes of a recording, see recording.h. */
export function encodeRecording({ values, labels }) {
  const steps = values.length / FEATURES;
  const bytes = new Uint8Array(16 + values.byteLength + labels.byteLength);
  new Int32Array(bytes.buffer, 0, 4).set([0x43524c57, FEATURES, steps, WINDOW]);
  new Float32Array(bytes.buffer, 16, values.length).set(values);
  new Int32Array(bytes.buffer, 16 + values.byteLength).set(labels);
  return bytes;
}
