// How another tool lays out the weights of a model: each of its tensors is made of rectangles of native ones.
// One table serves both ways and the report. A tensor is taken as a matrix whose columns are its last axis.

import type { ModelDescription } from "../../layers.ts";
import { checkShapes, checkTensors, tensorShapes } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";

/** A rectangle of a native tensor and its place in another tool's. */
export interface Block {
  readonly native: string;
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  /** Where its first value lies in the other tensor. */
  readonly toRow: number;
  readonly toColumn: number;
  /** true: rows become columns. */
  readonly transposed: boolean;
  /**
   * copy: other = native + plus.
   * second: other = plus, a bias that the other tool adds to the first one; whatever else it holds when it is read
   * is added to the native values.
   */
  readonly role: "copy" | "second";
  readonly plus: number;
}

/** One tensor of the other tool; its blocks cover it. */
export interface Part {
  readonly name: string;
  readonly shape: readonly number[];
  readonly blocks: readonly Block[];
  /** In words, for people: "transposed, gates i|f|g|o as i|o|f|g". */
  readonly how: string;
}

export type Layout = readonly Part[];

/** One line of a conversion's report. */
export interface Mapped {
  /** Tensors that were read. */
  readonly from: readonly string[];
  /** The tensor that was written. */
  readonly to: string;
  readonly shape: readonly number[];
  readonly transformation: string;
  /** The values alone, without what metadata adds, give back every bit that was read. */
  readonly exact: boolean;
}

export interface Converted {
  readonly tensors: Tensors;
  readonly mapped: Mapped[];
}

/** Native tensors to those of a layout. */
export function layOut(layout: Layout, native: Tensors): Converted {
  const tensors: Tensors = new Map();
  const mapped = layout.map(({ name, shape, blocks, how }): Mapped => {
    const data = new Float32Array(sizeOf(shape));
    let exact = true;
    for (const block of blocks) {
      const source = native.get(block.native)!;
      eachPair(block, source.shape, shape, (from, to) => {
        if (block.role === "second") data[to] = block.plus;
        else if (block.plus === 0) data[to] = source.data[from];
        else {
          data[to] = source.data[from] + block.plus;
          exact &&= Object.is(data[to] - block.plus, source.data[from]);
        }
      });
    }
    tensors.set(name, { shape, data });
    const from = [...new Set(blocks.filter(({ role }) => role === "copy").map((block) => block.native))];
    return { from, to: name, shape, transformation: how, exact };
  });
  return { tensors, mapped };
}

/**
 * Tensors of a layout to native ones. Throws a RangeError unless they have exactly its names and shapes and are
 * finite; nothing is allocated before that is known. Copied blocks are taken as they are, whatever their `plus`.
 */
export function takeIn(layout: Layout, tensors: Tensors, model: ModelDescription, file: string): Converted {
  checkShapes(tensors, new Map(layout.map(({ name, shape }) => [name, shape])), file);
  const native: Tensors = new Map();
  const reports = new Map<string, { from: Set<string>; how: Set<string>; exact: boolean }>();
  for (const [name, shape] of tensorShapes(model)) {
    native.set(name, { shape, data: new Float32Array(sizeOf(shape)) });
    reports.set(name, { from: new Set(), how: new Set(), exact: true });
  }
  for (const role of ["copy", "second"] as const) {
    for (const part of layout) {
      for (const block of part.blocks.filter((block) => block.role === role)) {
        const source = tensors.get(part.name)!.data;
        const target = native.get(block.native)!;
        const report = reports.get(block.native)!;
        const said = role === "copy" ? copy(block, part, source, target) : add(block, part, source, target);
        if (said === "nothing") continue;
        report.from.add(part.name);
        report.how.add(role === "copy" ? part.how : "both biases added");
        report.exact &&= said === "exact";
      }
    }
  }
  checkTensors(native, model, file);
  const mapped = [...reports].map(
    ([to, { from, how, exact }]): Mapped => ({
      ...{ from: [...from], to, shape: native.get(to)!.shape },
      ...{ transformation: [...how].join("; "), exact },
    }),
  );
  return { tensors: native, mapped };
}

type Target = { readonly shape: readonly number[]; readonly data: Float32Array };

function copy(block: Block, part: Part, source: Float32Array, { shape, data }: Target): "exact" {
  eachPair(block, shape, part.shape, (to, from) => {
    data[to] = source[from];
  });
  return "exact";
}

/** Adds what a second bias holds besides its constant; one rounding a value. */
function add(
  block: Block,
  part: Part,
  source: Float32Array,
  { shape, data }: Target,
): "nothing" | "exact" | "rounded" {
  let said: "nothing" | "exact" | "rounded" = "nothing";
  eachPair(block, shape, part.shape, (to, from) => {
    const more = source[from] - block.plus;
    if (more === 0) return;
    const sum = data[to] + more;
    data[to] = sum;
    if (data[to] !== sum) said = "rounded";
    else if (said === "nothing") said = "exact";
  });
  return said;
}

/** Calls `visit` with the index of each value of the block in the native tensor and in the other one. */
function eachPair(
  { row, column, rows, columns, toRow, toColumn, transposed }: Block,
  nativeShape: readonly number[],
  otherShape: readonly number[],
  visit: (native: number, other: number) => void,
): void {
  const nativeColumns = columnsOf(nativeShape);
  const otherColumns = columnsOf(otherShape);
  const [down, right] = transposed ? [1, otherColumns] : [otherColumns, 1];
  for (let r = 0; r < rows; r++) {
    const native = (row + r) * nativeColumns + column;
    const other = toRow * otherColumns + toColumn + r * down;
    for (let c = 0; c < columns; c++) visit(native + c, other + c * right);
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

export function columnsOf(shape: readonly number[]): number {
  return shape[shape.length - 1];
}
