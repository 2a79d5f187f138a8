// One binary a build: as compiled it imports a memory of one thread; the same code runs on a memory that threads
// share once the import says so, which is one bit.

// Of the binary format, https://webassembly.github.io/spec/core/binary/modules.html: a section's number, the kind
// of an import, and the flags of a memory's limits.
const IMPORTS = 2;
const MEMORY = 2;
const HAS_MAXIMUM = 1;
const IS_SHARED = 2;

/** A copy of a build's bytes that imports a shared memory. Its only import must be the memory, with a maximum. */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  const flags = flagsAt(copy);
  if (copy[flags - 1] !== MEMORY || copy[flags] !== HAS_MAXIMUM) {
    throw new Error("the core's first import is not a memory with a maximum");
  }
  copy[flags] |= IS_SHARED;
  return copy;
}

// Where the limits of the first import lie, if it is a memory: behind the two names and the kind.
function flagsAt(bytes: Uint8Array): number {
  let at = 8;
  let size = 0;
  const count = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    size = count();
    if (section === IMPORTS) break;
    at += size;
  }
  count();
  for (let name = 0; name < 2; name++) {
    const length = count();
    at += length;
  }
  return at + 1;
}
