// A host for thousands of small models: one compiled core, one thread, and memory refused where a model is not small.

import { readFileSync } from "node:fs";
import { loadCore } from "../../src/core/load.ts";
import type { Host } from "../../src/host.ts";

/** Pages of 64 KiB that a model may have. */
const MOST_PAGES = 64;

const module = new WebAssembly.Module(readFileSync("build/simd.wasm"));

export const smallHost: Host = {
  compile: async () => module,
  files: () => import("../../src/model-file.ts"),
  async instantiate(build, memory) {
    const core = await loadCore(build, memory);
    const { memory: own } = core;
    const grow = own.grow.bind(own);
    own.grow = (pages) => {
      if (pages > MOST_PAGES) throw new RangeError("refused, as an engine out of memory would");
      return grow(pages);
    };
    return core;
  },
};

/** Whether an error says that a model's memory was refused. */
export const isTooLarge = ({ message }: Error) => /^this model needs .* [GM]iB of memory/.test(message);
