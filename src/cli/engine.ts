// Where a command's model runs.

import type { ModelOptions } from "../config.ts";
import { numberOf, type Typed, textOf, UsageError } from "./options.ts";

/** Switches the JavaScript engine's flags on, if --turbo asks for it; before a core is compiled. Returns them. */
export async function turboOf(typed: Typed): Promise<string | undefined> {
  if (!typed.turbo) return undefined;
  const { turnTurboOn } = await import("../engine-flags.ts");
  try {
    return await turnTurboOn();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The options that say where a model runs. */
export function engineOptions(typed: Typed): Partial<ModelOptions> {
  const threads = textOf(typed, "threads");
  return {
    threads: threads === undefined || threads === "auto" ? "auto" : numberOf(typed, "threads"),
    ...(typed.build !== undefined && { build: typed.build as ModelOptions["build"] }),
    ...(typed.reproducible && { reproducible: true }),
  };
}

/** What the process took so far. */
export function usage(): { totalSeconds: number; peakBytes: number } {
  return {
    totalSeconds: performance.now() / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
