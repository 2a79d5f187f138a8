// The ceiling as a contender: one "update" is a run of the register-resident loop. Option `build` names the build.

import type { Build } from "../index.ts";
import {
  ACCUMULATORS_AT,
  assembleCeiling,
  type CeilingForm,
  expectedLane,
  flopsPerTurn,
  lanesOf,
} from "./ceiling-module.ts";
import type { StartSide } from "./protocol.ts";

// Eight chains keep two units of four cycles busy; V8 has about 15 registers. Beyond that only merged pairs fit.
const ACCUMULATORS = [8, 10, 12, 13, 16, 20, 24];
const CHECKED_TURNS = 3;
const RUN_FLOPS = 2e8;
const WARM_RUNS = 3;
const TIMED_RUNS = 3;

export const start: StartSide = async ({ options }) => {
  const build = options.build as Build;
  const forms = await Promise.all(ACCUMULATORS.map((accumulators) => load({ build, accumulators })));
  // The forms in turn, so that a drift of the clock meets all.
  const times = forms.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < WARM_RUNS + TIMED_RUNS; run++) {
    for (const [i, form] of forms.entries()) {
      const begin = performance.now();
      form.run();
      if (run >= WARM_RUNS) times[i] = Math.min(times[i], (performance.now() - begin) / form.flops);
    }
  }
  const best = forms[times.indexOf(Math.min(...times))];
  return {
    about: { name: `ceiling of the build ${build}, ${best.accumulators} accumulators`, flops: best.flops },
    train: () => {
      best.run();
      return 0;
    },
  };
};

async function load(form: CeilingForm) {
  const { instance } = await WebAssembly.instantiate(assembleCeiling(form), {});
  const exports = instance.exports as { run(turns: number, base: number): void; memory: WebAssembly.Memory };
  check(form, exports);
  const turns = Math.ceil(RUN_FLOPS / flopsPerTurn(form));
  return {
    accumulators: form.accumulators,
    flops: turns * flopsPerTurn(form),
    run: () => exports.run(turns, 0),
  };
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
