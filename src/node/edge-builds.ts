// The builds of the edge core in Node: bytes from the files beside the compiled host.

import { readFile } from "node:fs/promises";
import { type EdgeCore, loadEdge } from "../edge/edge-core.ts";

/** Instantiates a build of the edge core by the name of its file, e.g. "wasm-lstm-inference". */
export async function openEdge(build = "wasm-lstm"): Promise<EdgeCore> {
  return loadEdge(new Uint8Array(await readFile(new URL(`../../build/${build}.wasm`, import.meta.url))));
}
