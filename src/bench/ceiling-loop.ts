// The register-resident loop, checked and ready to run.

import {
  ACCUMULATORS_AT,
  assembleCeiling,
  type CeilingForm,
  expectedLane,
  flopsPerTurn,
  lanesOf,
} from "./ceiling-module.ts";

const CHECKED_TURNS = 3;
const RUN_FLOPS = 2e8;

export interface CeilingLoop {
  form: CeilingForm;
  /** Operations of one run. */
  flops: number;
  run(): void;
}

export async function loadCeiling(form: CeilingForm): Promise<CeilingLoop> {
  const { instance } = await WebAssembly.instantiate(assembleCeiling(form), {});
  const exports = instance.exports as { run(turns: number, base: number): void; memory: WebAssembly.Memory };
  check(form, exports);
  const turns = Math.ceil(RUN_FLOPS / flopsPerTurn(form));
  return { form, flops: turns * flopsPerTurn(form), run: () => exports.run(turns, 0) };
}

// Every lane must hold what the arithmetic says: nothing was left out.
function check(
  form: CeilingForm,
  { run, memory }: { run: (n: number, at: number) => void; memory: WebAssembly.Memory },
) {
  new Float32Array(memory.buffer, 0, 2).set([0.5, 1]);
  const lanes = new Float32Array(memory.buffer, ACCUMULATORS_AT, form.accumulators * lanesOf(form));
  for (let i = 0; i < lanes.length; i++) lanes[i] = i;
  run(CHECKED_TURNS, 0);
  for (let i = 0; i < lanes.length; i++) {
    const expected = expectedLane(i, CHECKED_TURNS);
    if (lanes[i] !== expected) {
      throw new Error(`the ceiling's lane ${i} is ${lanes[i]}, expected ${expected}`);
    }
  }
}
