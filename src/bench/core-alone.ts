// The core as a contender: the phases of an update on a batch that lies in place, without the library around them. What
// the library takes longer for an update is its overhead.

import { Setting } from "../../assembly/regions.ts";
import { updatePhases } from "../core/settings.ts";
import type { Build } from "../index.ts";
import { bareCore } from "./phases.ts";
import type { StartSide } from "./protocol.ts";

export const start: StartSide = async ({ sizes, options }) => {
  const { config, memory, tiles, run } = await bareCore(sizes, options.build as Build);
  const phases = updatePhases(config);
  return {
    about: { name: `the core alone, build ${options.build}` },
    train: () => {
      for (const phase of phases) run(phase);
      tiles.afterPass(sizes.batchSize);
      return memory.get(Setting.Loss);
    },
  };
};
