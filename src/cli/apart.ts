// Files that a command reads and those that it writes.

import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "./options.ts";

/** What the command line calls a file -> its path, if it was given. */
type Files = Record<string, string | undefined>;

/** Throws a UsageError when a file that is written is also written or read as another. */
export function requireApart(written: Files, read: Files): void {
  const seen = new Map<string, string>();
  for (const [name, path] of [...Object.entries(read), ...Object.entries(written)]) {
    if (path === undefined) continue;
    const place = placeOf(path);
    const other = seen.get(place);
    if (other !== undefined && Object.hasOwn(written, name))
      throw new UsageError(`${other} and ${name} must be two files, got ${path} for both`);
    seen.set(place, name);
  }
}

function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
