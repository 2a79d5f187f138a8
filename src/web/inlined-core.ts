// Cores that are part of the JavaScript: one module each, loaded when its build is chosen, so that a page downloads
// the build it runs and no server needs to know what a .wasm file is.

import type { Build } from "../core/builds.ts";
import { withSharedMemory } from "../core/shared-memory.ts";

const MODULES: Record<Build, () => Promise<{ default: string }>> = {
  relaxed: () => import("../../build/relaxed-core.ts"),
  simd: () => import("../../build/simd-core.ts"),
  scalar: () => import("../../build/scalar-core.ts"),
};

export async function compileInlined(build: Build, shared: boolean): Promise<WebAssembly.Module> {
  const { default: text } = await MODULES[build]();
  const bytes = await inflate(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  return WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes);
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
