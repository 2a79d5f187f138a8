// Where a model's engine runs: an option beside those of the model itself.

import type { ModelOptions } from "./config.ts";

export interface PlaceOptions {
  /**
   * In a browser: true, a worker of its own; false, the thread that calls, one thread then; an address, a worker
   * started from there, where the file `wasm-lstm/worker` must lie. Default: a worker if the page's content security
   * policy lets one start, else the thread that calls. In Node it always is the thread that calls.
   */
  worker?: boolean | string | URL;
}

/** The model's options and where it is to run, one without the other. */
export function splitPlace(options: ModelOptions & PlaceOptions): {
  model: ModelOptions;
  worker: PlaceOptions["worker"];
} {
  const { worker, ...model } = options ?? {};
  // What is no object is refused by name where the model's options are checked.
  return { model: typeof options === "object" && options !== null ? model : options, worker };
}
