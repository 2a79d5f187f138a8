// What a WebAssembly module says of itself: imports, exports and the types of its functions, read from its bytes.

export interface ModuleShape {
  imports: number;
  /** Exported functions by name, each with its type, e.g. "i32 f64 -> i32". */
  functions: Map<string, string>;
  /** Other exports by name: "table", "memory", "global". */
  others: Map<string, string>;
}

const VALUES: Record<number, string> = { 127: "i32", 126: "i64", 125: "f32", 124: "f64", 123: "v128" };
const KINDS = ["function", "table", "memory", "global"];

/** Sections 1 (types), 2 (imports), 3 (functions) and 7 (exports) of the binary format, webassembly.github.io/spec. */
export function moduleShape(bytes: Uint8Array): ModuleShape {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const list = <T>(read: () => T) => Array.from({ length: number() }, read);
  const values = () => list(() => VALUES[bytes[at++]] ?? "other");
  let types: string[] = [];
  let imports = 0;
  let functionTypes: number[] = [];
  const functions = new Map<string, string>();
  const others = new Map<string, string>();
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 1) {
      types = list(() => {
        at++; // 0x60, a function
        return [...values(), "->", ...values()].join(" ");
      });
    } else if (section === 2) {
      imports = number();
    } else if (section === 3) {
      functionTypes = list(number);
    } else if (section === 7) {
      list(() => {
        const length = number();
        const name = new TextDecoder().decode(bytes.subarray(at, at + length));
        at += length;
        const kind = KINDS[bytes[at++]];
        const index = number();
        if (kind === "function") functions.set(name, types[functionTypes[index]]);
        else others.set(name, kind);
      });
    }
    at = end;
  }
  return { imports, functions, others };
}
