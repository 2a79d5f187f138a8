// Tasks that recurrent networks are measured by, made of seeded random numbers: each function gives one sequence as
// fromSequences takes it. `random` gives numbers from 0 to below 1.

/** A linear congruential generator (constants: Numerical Recipes); the same seed gives the same numbers. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const below = (random, n) => Math.floor(n * random());
const pick = (random, all) => all[below(random, all.length)];
const oneHot = (all, one) => all.map((own) => (own === one ? 1 : 0));

/**
 * The adding problem (Hochreiter and Schmidhuber 1997): of `steps` random numbers one in each half is marked, by a 1
 * as second feature. The target is the sum of the two; its deviation is 0.408, the root of 1/6.
 */
export function addingProblem(random, steps) {
  const half = Math.floor(steps / 2);
  const marked = [below(random, half), half + below(random, steps - half)];
  const values = Array.from({ length: steps }, (_, t) => [random(), marked.includes(t) ? 1 : 0]);
  return { values, target: values[marked[0]][0] + values[marked[1]][0] };
}

const SYMBOLS = ["X", "Y", "a", "b", "c", "d"];
export const ORDERS = ["XX", "XY", "YX", "YY"];

/**
 * Temporal order (Hochreiter and Schmidhuber 1997): X or Y stands at two places, in the second and in the sixth tenth
 * of the sequence; all else is noise of four other symbols. The class is which came first and which second.
 */
export function temporalOrder(random, steps) {
  const tenth = Math.floor(steps / 10);
  const label = below(random, ORDERS.length);
  const places = [tenth + below(random, tenth), 5 * tenth + below(random, tenth)];
  const values = Array.from({ length: steps }, (_, t) => {
    const place = places.indexOf(t);
    return oneHot(SYMBOLS, place === -1 ? pick(random, SYMBOLS.slice(2)) : ORDERS[label][place]);
  });
  return { values, label };
}

export const STATES = ["idle", "running", "jammed"];
// Current and vibration that a machine settles at in each state.
const LEVELS = [
  [0, 0],
  [1, 1],
  [1.5, 0.2],
];

/**
 * A machine changes between three states, each for 8 to 25 steps; two sensors follow slowly and noisily. The state of
 * each step is its label.
 */
export function machineStates(random, steps) {
  const values = [];
  const labels = [];
  const level = [0, 0];
  let state = below(random, STATES.length);
  let left = 0;
  while (values.length < steps) {
    if (left === 0) {
      state = (state + 1 + below(random, STATES.length - 1)) % STATES.length;
      left = 8 + below(random, 18);
    }
    left--;
    for (const i of [0, 1]) level[i] += 0.4 * (LEVELS[state][i] - level[i]);
    values.push(level.map((own) => own + 0.8 * (random() + random() - 1)));
    labels.push(state);
  }
  return { values, labels };
}
