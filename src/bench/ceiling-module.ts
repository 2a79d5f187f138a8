// Assembles a WebAssembly module that does nothing but multiply-adds in registers: the most that an engine and a
// processor give to one thread of a build. No compiler is needed where the benchmark runs.
//
//   (func (export "run") (param $turns i32) (param $memory i32)
//     s = splat memory[0]; v = splat memory[4]; c_j = memory[16 + j * size]
//     loop: UNROLL times c_j = c_j * s + v for all j; turns--
//     memory[16 + j * size] = c_j)
//
// Two neighbouring v128 accumulators are stored 16 bytes apart with nothing between, in which form V8 can merge
// them into one of 256 bits.

import type { Build } from "../index.ts";

/** Multiply-adds of each accumulator in one turn of the loop: hides the cost of the turn. */
const UNROLL = 4;
/** Where the accumulators lie. */
export const ACCUMULATORS_AT = 16;

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const [TURNS, BASE, S, V, C] = [0, 1, 2, 3, 4];
const END = 0x0b;

export interface CeilingForm {
  build: Build;
  accumulators: number;
}

/** Lanes of one accumulator. */
export function lanesOf({ build }: CeilingForm): number {
  return build === "scalar" ? 1 : 4;
}

/** Operations of one turn of the loop. */
export function flopsPerTurn(form: CeilingForm): number {
  return 2 * UNROLL * lanesOf(form) * form.accumulators;
}

export function assembleCeiling(form: CeilingForm): Uint8Array<ArrayBuffer> {
  const vector = form.build === "scalar" ? F32 : V128;
  const locals = [1, ...unsigned(2 + form.accumulators), vector];
  const body = [...locals, ...code(form), END];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0x00, 1]),
    ...section(7, [2, ...exported("run", 0, 0), ...exported("memory", 2, 0)]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function code(form: CeilingForm): number[] {
  const { build, accumulators } = form;
  const size = 4 * lanesOf(form);
  const all = Array.from({ length: accumulators }, (_, j) => j);
  const splat = build === "scalar" ? [0x2a, 2] : [0xfd, 9, 2];
  const load = build === "scalar" ? [0x2a, 2] : [0xfd, 0, 2];
  const store = build === "scalar" ? [0x38, 2] : [0xfd, 11, 2];
  const multiplyAdd = {
    scalar: [...get(S), 0x94, ...get(V), 0x92],
    simd: [...get(S), 0xfd, ...unsigned(0xe6), ...get(V), 0xfd, ...unsigned(0xe4)],
    relaxed: [...get(S), ...get(V), 0xfd, ...unsigned(0x105)],
  }[build];
  const address = (j: number) => unsigned(ACCUMULATORS_AT + j * size);
  const turn = all.flatMap((j) => [...get(C + j), ...multiplyAdd, ...set(C + j)]);
  const decrement = [...get(TURNS), 0x41, 1, 0x6b, 0x22, TURNS];
  return [
    ...[...get(BASE), ...splat, 0, ...set(S)],
    ...[...get(BASE), ...splat, 4, ...set(V)],
    ...all.flatMap((j) => [...get(BASE), ...load, ...address(j), ...set(C + j)]),
    ...[0x03, 0x40, ...Array.from({ length: UNROLL }, () => turn).flat(), ...decrement, 0x0d, 0, END],
    ...all.flatMap((j) => [...get(BASE), ...get(C + j), ...store, ...address(j)]),
  ];
}

function get(local: number): number[] {
  return [0x20, ...unsigned(local)];
}

function set(local: number): number[] {
  return [0x21, ...unsigned(local)];
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function exported(name: string, kind: number, index: number): number[] {
  return [name.length, ...Buffer.from(name), kind, index];
}

// LEB128
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

/** What each lane holds after `turns` turns from its start, s = 1/2 and v = 1; exact while the sums have few bits. */
export function expectedLane(start: number, turns: number): number {
  let c = start;
  for (let i = 0; i < turns * UNROLL; i++) c = Math.fround(c * 0.5 + 1);
  return c;
}
