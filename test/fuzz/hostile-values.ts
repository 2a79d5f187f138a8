// Values that nobody should give, and objects that are wrong in a few places, from a mutator's seed.

import type { Mutator } from "./mutator.ts";

/** What getters and methods of hostile values throw: the caller's own error, which has to come back as it is. */
export const OWN_ERROR = new Error("thrown by the caller's own value");

const fail = () => {
  throw OWN_ERROR;
};

/** Numbers that break checks of ranges. */
const NUMBERS = [
  ...[0, -0, 1, 2, 3, -1, 0.5, 1.5, 7, 33, 257, 1e-320, 1e-9, 1e300, Number.NaN],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 20, 2 ** 20 + 1, 2 ** 31, 2 ** 32, 2 ** 53],
];
const WORDS = [
  "",
  "1",
  "lstm",
  "gru",
  "rnn",
  "adam",
  "auto",
  "softmax",
  "all",
  "NaN",
  "x".repeat(100_000),
  "\0\n",
];

const MAKERS: readonly ((mutator: Mutator) => unknown)[] = [
  (mutator) => mutator.pick(NUMBERS),
  (mutator) => mutator.pick(NUMBERS),
  (mutator) => mutator.pick(WORDS),
  (mutator) => mutator.pick([undefined, null, true, false]),
  (mutator) =>
    mutator.pick([Symbol("s"), 5n, () => 1, class Some {}, /r/, new Date(Number.NaN), new Map([[1, 2]])]),
  (mutator) =>
    mutator.pick([[], [1], [[1]], [undefined], [null, 1], new Array(3), new Array(40).fill({ units: 1 })]),
  () => ({}),
  (mutator) => ({ units: mutator.pick(NUMBERS), type: mutator.pick(WORDS) }),
  () => Object.create(null),
  (mutator) => ({ length: mutator.pick([...NUMBERS, "3", null]) }),
  (mutator) => new Float32Array(mutator.below(9)).fill(mutator.pick(NUMBERS)),
  (mutator) =>
    Array.from({ length: mutator.below(9) }, () => mutator.pick<unknown>([...NUMBERS, "1", null, {}, 5n])),
  (mutator) =>
    mutator.pick([
      new Uint8Array(4),
      new BigInt64Array(4),
      new DataView(new ArrayBuffer(8)),
      new ArrayBuffer(8),
    ]),
  () => ({ valueOf: fail, toString: fail, [Symbol.toPrimitive]: fail }),
  () => Object.defineProperty({}, "units", { enumerable: true, get: fail }),
  () => new Proxy({}, { get: fail, ownKeys: fail, has: fail }),
  () => new Proxy([1, 2], { get: fail }),
];

export function hostileValue(mutator: Mutator): unknown {
  return mutator.pick(MAKERS)(mutator);
}

/** Names that are no option, or one of something else. */
const NAMES = [
  "unit",
  "Units",
  "timesteps",
  "",
  "length",
  "constructor",
  "toString",
  "__proto__",
  "a".repeat(500),
];

/** One to three changes to a tree of plain objects, lists and values: at any depth a value, a name or an entry. */
export function spoilt(mutator: Mutator, good: unknown): unknown {
  let tree = good;
  for (let edits = 1 + mutator.below(3); edits > 0; edits--) tree = edited(mutator, tree, 0.05);
  return tree;
}

// `here`: how probable it is that this very value is the one.
function edited(mutator: Mutator, tree: unknown, here: number): unknown {
  if (!isTree(tree) || mutator.chance(here)) return hostileValue(mutator);
  if (Array.isArray(tree)) {
    const copy = [...tree];
    const at = mutator.below(copy.length + 1);
    if (mutator.chance(0.1) || copy.length === 0) copy.splice(at, mutator.below(2), hostileValue(mutator));
    else copy[at % copy.length] = edited(mutator, copy[at % copy.length], 0.1);
    return copy;
  }
  const copy: Record<string, unknown> = { ...tree };
  const keys = Object.keys(copy);
  const key =
    mutator.chance(0.15) || keys.length === 0 ? mutator.pick([...NAMES, ...keys]) : mutator.pick(keys);
  const kind = mutator.below(8);
  if (kind === 0) delete copy[key];
  else if (kind === 1) Object.defineProperty(copy, key, { enumerable: true, configurable: true, get: fail });
  else {
    const value = Object.hasOwn(copy, key) ? edited(mutator, copy[key], 0.3) : hostileValue(mutator);
    Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

function isTree(value: unknown): value is Record<string, unknown> | unknown[] {
  if (Array.isArray(value)) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
