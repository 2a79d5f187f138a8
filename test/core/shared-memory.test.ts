// One bit makes a build one for threads: what the compiler makes of the same text for shared memory is the same bytes.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { afterAll, expect, test } from "vitest";
import { withSharedMemory } from "../../src/core/shared-memory.ts";

const folder = mkdtempSync(join(tmpdir(), "wasm-lstm-"));
afterAll(() => rmSync(folder, { recursive: true }));

const coreOf = (build: string) => new Uint8Array(readFileSync(`build/${build}.wasm`));

test.each(["scalar", "simd", "relaxed"])("%s is for one thread as compiled, one bit from many", (build) => {
  const core = coreOf(build);
  const shared = withSharedMemory(core);
  const changed = [...shared.keys()].filter((i) => shared[i] !== core[i]);
  expect(changed.map((i) => core[i] ^ shared[i])).toEqual([2]);
  expect(core).toEqual(coreOf(build));
});

test("the result is what the compiler makes of the text for shared memory", async () => {
  const outFile = join(folder, "simd.wasm");
  const flags = ["--target", "simd", "--enable", "threads", "--sharedMemory", "--outFile", outFile];
  const { error, stderr } = await asc.main(flags);
  expect(error, stderr.toString()).toBeNull();
  expect(withSharedMemory(coreOf("simd"))).toEqual(new Uint8Array(readFileSync(outFile)));
});

test("the memory that an instance takes is the one it is made for", async () => {
  const core = coreOf("scalar");
  const memory = (shared: boolean) => new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
  const run = (bytes: BufferSource, shared: boolean) =>
    WebAssembly.instantiate(bytes, { env: { memory: memory(shared) } });
  await expect(run(core, false)).resolves.toBeDefined();
  await expect(run(withSharedMemory(core), true)).resolves.toBeDefined();
  await expect(run(core, true)).rejects.toThrow(WebAssembly.LinkError);
  await expect(run(withSharedMemory(core), false)).rejects.toThrow(WebAssembly.LinkError);
});

test("a module without such an import is refused", () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  expect(() => withSharedMemory(Uint8Array.from(header))).toThrow("first import is not a memory");
  // (import "a" "b" (memory 1)), which has no maximum
  const unbounded = [...header, 2, 8, 1, 1, 0x61, 1, 0x62, 2, 0, 1];
  expect(WebAssembly.validate(Uint8Array.from(unbounded))).toBe(true);
  expect(() => withSharedMemory(Uint8Array.from(unbounded))).toThrow("first import is not a memory");
});
