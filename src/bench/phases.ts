// How an update's time is spent: the core's phases, called one by one on one thread.

import { Phase, Region, Setting } from "../../assembly/regions.ts";
import { modelConfig } from "../config.ts";
import type { Build } from "../core/builds.ts";
import { coreMemory } from "../core/core.ts";
import { ModelMemory } from "../core/memory.ts";
import { setModel } from "../core/settings.ts";
import { TileChoice } from "../core/tiles.ts";
import { nodeHost } from "../node/host.ts";
import type { PhaseTime, Sizes } from "./protocol.ts";
import { median } from "./statistics.ts";
import { modelOf } from "./workload.ts";

// Trace is the forward half of Train and is run beside it; loss and backward are the difference.
const RUN = [
  Phase.Pack,
  Phase.Trace,
  Phase.Train,
  Phase.KernelGradients,
  Phase.ProjectionGradients,
  Phase.Update,
] as const;
const WARM_UPDATES = 12;

/** A core with a model and a batch in place, without the library around it; `tiles` is to be told of each update. */
export async function bareCore(sizes: Sizes, build: Build) {
  const config = modelConfig({ ...modelOf(sizes, 1), build });
  const core = await nodeHost.instantiate(await nodeHost.compile(build, false), coreMemory(false));
  const memory = new ModelMemory(core, config);
  core.initialize(memory.plan, config.seed, 0, 1);
  setModel(memory, config);
  const input = memory.floats(Region.Input);
  for (let i = 0; i < input.length; i++) input[i] = (i % 97) / 97;
  const labels = memory.ints(Region.Labels);
  for (let i = 0; i < labels.length; i++) labels[i] = i % sizes.classes;
  memory.set(Setting.Items, config.batchSize);
  const tiles = new TileChoice(core, memory.plan, build);
  const run = (phase: Phase) => core.runPhase(memory.plan, phase, config.batchSize, 0, 1);
  return { config, memory, tiles, run };
}

/** The median time of each phase over `count` updates of a model of its own. */
export async function timePhases(sizes: Sizes, build: Build, count: number): Promise<PhaseTime[]> {
  const { config, tiles, run } = await bareCore(sizes, build);
  const times = new Map<Phase, number[]>(RUN.map((phase) => [phase, []]));
  for (let update = 0; update < WARM_UPDATES + count; update++) {
    for (const phase of RUN) {
      const start = performance.now();
      run(phase);
      if (update >= WARM_UPDATES) times.get(phase)!.push(performance.now() - start);
    }
    tiles.afterPass(config.batchSize);
  }
  const ms = (phase: Phase) => median(times.get(phase)!);
  const flops = phaseFlops(sizes);
  const backward = median(times.get(Phase.Train)!.map((time, i) => time - times.get(Phase.Trace)![i]));
  return [
    { name: "pack weights, fold the projection", ms: ms(Phase.Pack), flops: flops.pack },
    { name: "forward", ms: ms(Phase.Trace), flops: flops.forward },
    { name: "loss and backward through time", ms: backward, flops: flops.backward },
    { name: "weight gradients", ms: ms(Phase.KernelGradients), flops: flops.kernelGradients },
    { name: "projection gradients", ms: ms(Phase.ProjectionGradients), flops: flops.projectionGradients },
    { name: "Adam", ms: ms(Phase.Update), flops: 0 },
  ];
}

/** Operations of each phase's products, two a multiply-add; they add up to the model's flopsPerUpdate. */
export function phaseFlops(sizes: Sizes) {
  const { batchSize: B, timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = sizes;
  // The state before step 0 is zero, so its product is left out; the bias is one more input.
  const cell = 2 * B * 4 * H * (T * (I + 1) + (T - 1) * H);
  const head = 2 * B * H * C;
  const fold = P > 0 ? 2 * (I + 1) * P * 4 * H : 0;
  return {
    pack: fold,
    forward: cell + head,
    backward: 2 * B * 4 * H * H * (T - 1) + head,
    kernelGradients: cell + head + fold,
    projectionGradients: fold,
  };
}
