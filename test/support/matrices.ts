// What the kernels of the cells work on: groups of rows of 8 units in guarded memory, with gaps between groups and
// rows and addresses off the alignment. Values come and go without the gaps:
//
//   | row 0 of group 0, 8 floats | gap | row 1 ... | gap of the group | row 0 of group 1 | gap | ...

import { type GuardedBuffer, layOutGuarded } from "./guard.ts";
import { expectSameBits, type Kernels, randomFloats, words } from "./kernels.ts";

export const PANEL = 8;
/** The step in hand in every case. */
export const STEP = 2;

/** n rows of 8 units. */
export interface CellCase {
  n: number;
  /** Some of the rows have ended. */
  ragged: boolean;
  salt: number;
}

/** `options`, each at 0 to 9 rows, all of full length and ragged, at every offset from the alignment. */
export function casesOf<Options>(options: readonly Options[]): (CellCase & Options)[] {
  return [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) =>
    options.flatMap((option, i) =>
      [false, true].flatMap((ragged) =>
        [0, 1, 2, 3].map((offset) => ({ n, ragged, salt: n * 3 + i + offset, ...option })),
      ),
    ),
  );
}

// A row has ended when its length is not above the step.
const lengthOf = (row: number, salt: number) => [STEP + 1, STEP, 0, 1000, 1, STEP + 1][(row + salt) % 6];

function hasEnded({ ragged, salt }: CellCase, row: number): boolean {
  return ragged && lengthOf(row, salt) <= STEP;
}

export interface MatrixRequest {
  /** Default 1. */
  groups?: number;
  /** Default those of the case. */
  rows?: number;
  /** Floats behind each row that belong to somebody else; default 0. */
  gap?: number;
  /** [groups, rows, 8]; or the largest magnitude of random ones. Default NaN. */
  values?: number | ArrayLike<number>;
}

export interface Matrix {
  address: number;
  /** Bytes from one row to the next, and from one group to the next. */
  stride: number;
  group: number;
  /** [groups, rows, 8], as they were placed. */
  before: Float32Array;
  /** As they are now. */
  read(): Float32Array;
}

export interface Placed<Name extends string> {
  matrices: Record<Name, Matrix>;
  /** Address of the rows' lengths; 0 when none has ended. */
  lengths: number;
  /** Throws unless all guards and gaps, and the matrices named, are as they were. */
  assertKept(...names: Name[]): void;
}

export function placeMatrices<Name extends string>(
  kernels: Kernels,
  { n, ragged, salt }: CellCase,
  requests: Record<Name, MatrixRequest>,
): Placed<Name> {
  const shapes = (Object.entries(requests) as [Name, MatrixRequest][]).map(
    ([name, { groups = 1, rows = n, gap = 0, values }], i) => {
      const stride = PANEL + gap;
      const group = rows * stride + (groups > 1 ? (salt + i) % 3 : 0);
      const count = groups * rows * PANEL;
      const start =
        values === undefined || typeof values !== "number"
          ? values
          : randomFloats(count, salt * 31 + i, values);
      return { name, rows, stride, group, count, length: groups * group, start, offset: (salt + i) & 3 };
    },
  );
  const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [...shapes, { length: n }]);
  const lengths = new Int32Array(kernels.memory.buffer, guarded.buffers[shapes.length].address, n);
  for (let row = 0; row < n; row++) lengths[row] = lengthOf(row, salt);

  const kept: { name: Name; buffer: GuardedBuffer; words: Uint32Array; isElement: Uint8Array }[] = [];
  const matrices = {} as Record<Name, Matrix>;
  for (const [i, { name, rows, stride, group, count, start }] of shapes.entries()) {
    const buffer = guarded.buffers[i];
    const floats = buffer.floats;
    const index = new Int32Array(count);
    const isElement = new Uint8Array(buffer.length);
    for (let k = 0; k < count; k++) {
      const row = k >> 3;
      index[k] = Math.floor(row / rows) * group + (row % rows) * stride + (k & 7);
      isElement[index[k]] = 1;
      if (start) floats[index[k]] = start[k];
    }
    const read = () => {
      const values = new Float32Array(count);
      for (let k = 0; k < count; k++) values[k] = floats[index[k]];
      return values;
    };
    kept.push({ name, buffer, words: words(kernels, buffer).slice(), isElement });
    matrices[name] = { address: buffer.address, stride: stride * 4, group: group * 4, before: read(), read };
  }

  function assertKept(...names: Name[]): void {
    guarded.assertIntact();
    for (const { name, buffer, words: before, isElement } of kept) {
      const after = words(kernels, buffer);
      if (names.includes(name)) expectSameBits(after, before, () => name);
      for (let k = 0; k < after.length; k++) {
        if (!isElement[k] && after[k] !== before[k])
          throw new Error(`${name}: the gap at float ${k} was written`);
      }
    }
  }
  return { matrices, lengths: ragged ? lengths.byteOffset : 0, assertKept };
}

/** The words of several matrices, one behind the other. */
export function bitsOf(...matrices: Matrix[]): Uint32Array {
  const parts = matrices.map((matrix) => new Uint32Array(matrix.read().buffer));
  const bits = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((next, part) => {
    bits.set(part, next);
    return next + part.length;
  }, 0);
  return bits;
}

export interface Expected {
  /** Group of the matrix; default 0. */
  group?: number;
  /** Of element k of the group's [n, 8], in a row that has not ended, within `bound`. */
  formula: (k: number) => number;
  bound: number;
  /** In a row that has ended, the very number; default any. */
  ended?: (k: number) => number;
}

/** Fails, naming the first element that is not as expected. */
export function expectRows(
  c: CellCase,
  what: string,
  actual: Matrix,
  { group = 0, formula, bound, ended }: Expected,
): void {
  const values = actual.read();
  for (let k = 0; k < c.n * PANEL; k++) {
    const isEnded = hasEnded(c, k >> 3);
    if (isEnded && !ended) continue;
    const got = values[group * c.n * PANEL + k];
    const expected = isEnded ? ended!(k) : formula(k);
    const allowed = isEnded ? 0 : bound;
    if (!(Math.abs(got - expected) <= allowed)) {
      throw new Error(`${JSON.stringify(c)} ${what}[${k}]: ${got}, expected ${expected} within ${allowed}`);
    }
  }
}

/** The groups of a matrix as it was placed, [n, 8] each. */
export function groupsOf({ before }: Matrix, { n }: CellCase): Float32Array[] {
  const size = n * PANEL;
  return Array.from({ length: size > 0 ? before.length / size : 8 }, (_, group) =>
    before.subarray(group * size, (group + 1) * size),
  );
}
