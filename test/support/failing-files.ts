// A disk that fails: the n-th call of a function of node:fs throws as a full or broken disk lets it, after what such a
// disk does do. Everything else is the real thing. As a module of its own it is for `node --import`, told by the
// variable FAILING_FILES, e.g. `writeSync 3 ENOSPC`.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { constants } from "node:os";

type Call = "openSync" | "writeSync" | "fsyncSync" | "closeSync" | "renameSync";

export interface Failure {
  call: Call;
  /** From 1. */
  n: number;
  code: string;
  /** Calls on files whose paths, or whose temporary files' paths, do not contain it are not counted. */
  path?: string;
}

export function failAt({ call, n, code, path = "" }: Failure): { hasFailed(): boolean; restore(): void } {
  const real = { openSync: fs.openSync, closeSync: fs.closeSync, [call]: fs[call] };
  const mine = new Set<unknown>();
  let calls = 0;
  let failed = false;
  const isCounted = (first: unknown) => (typeof first === "string" ? first.includes(path) : mine.has(first));
  const replaced = (...args: never[]) => {
    const act = real[call] as (...args: never[]) => unknown;
    if (!isCounted(args[0]) || ++calls !== n) return act(...args);
    failed = true;
    if (call === "closeSync") act(...args);
    // A full disk takes the beginning.
    if (call === "writeSync") act(args[0], (args[1] as Uint8Array).subarray(0, 3) as never);
    throw failure(call, code);
  };
  const open = (...args: Parameters<typeof fs.openSync>) => {
    const result = call === "openSync" ? replaced(...(args as unknown as never[])) : real.openSync(...args);
    if (String(args[0]).includes(path)) mine.add(result);
    return result;
  };
  // The number of a file that is closed may next be that of another.
  const close = (...args: Parameters<typeof fs.closeSync>) => {
    try {
      if (call === "closeSync") replaced(...(args as unknown as never[]));
      else real.closeSync(...args);
    } finally {
      mine.delete(args[0]);
    }
  };
  Object.assign(fs, { [call]: replaced, openSync: open, closeSync: close });
  syncBuiltinESMExports();
  return {
    hasFailed: () => failed,
    restore() {
      Object.assign(fs, real);
      syncBuiltinESMExports();
    },
  };
}

function failure(syscall: string, code: string): Error {
  const errno = -constants.errno[code as keyof typeof constants.errno];
  return Object.assign(new Error(`${code}: ${syscall}`), { errno, code, syscall });
}

const order = process.env.FAILING_FILES;
if (order !== undefined) {
  const [call, n, code, path] = order.split(" ");
  failAt({ call: call as Call, n: Number(n), code, path });
}
