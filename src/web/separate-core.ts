// Cores as .wasm files of their own, compiled while they arrive.

import type { Build } from "../core/builds.ts";
import { withSharedMemory } from "../core/shared-memory.ts";
import type { Host } from "../host.ts";

// Bundlers know a file by exactly this form.
const FILES: Record<Build, () => URL> = {
  relaxed: () => new URL("../../build/relaxed.wasm", import.meta.url),
  simd: () => new URL("../../build/simd.wasm", import.meta.url),
  scalar: () => new URL("../../build/scalar.wasm", import.meta.url),
};

/** Compiles from `folder`/<build>.wasm, or from the package's files. */
export function compileFrom(folder: string | URL | undefined): Host["compile"] {
  return async (build, shared) => {
    const url = folder === undefined ? FILES[build]() : new URL(`${build}.wasm`, folderUrl(folder));
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
    if (shared) return WebAssembly.compile(withSharedMemory(new Uint8Array(await response.arrayBuffer())));
    // Compiling from a stream needs this type, which not every server gives.
    const headers = { "Content-Type": "application/wasm" };
    return WebAssembly.compileStreaming(new Response(response.body, { headers }));
  };
}

function folderUrl(folder: string | URL): URL {
  return new URL(String(folder).replace(/\/?$/, "/"), globalThis.location.href);
}
