// A log that can be read while it is written.

import { closeSync, ftruncateSync, openSync } from "node:fs";
import { attempt, failure, isFile, readWhole, writeAll } from "./files.ts";

const LINE_FEED = 10;

/** A file of JSON objects, one a line. A line is there complete or not at all, whatever happens while writing. */
export class JsonLines {
  readonly #name: string;
  readonly #file: number;
  #length = 0;

  /** Empties the file but for the lines at its beginning that `keeps` holds for; none unless given. */
  constructor(path: string, name = path, keeps?: (value: unknown) => boolean) {
    this.#name = name;
    const isKept = keeps !== undefined && isFile(path);
    if (isKept) this.#length = lengthKept(readWhole(path, name), keeps);
    this.#file = attempt(name, "written", () => openSync(path, isKept ? "a" : "w"));
    if (isKept) attempt(name, "written", () => ftruncateSync(this.#file, this.#length));
  }

  write(value: object): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      writeAll(this.#file, line);
      this.#length += line.length;
    } catch (error) {
      this.#cutBack();
      throw failure(this.#name, "written", error);
    }
  }

  close(): void {
    attempt(this.#name, "written", () => closeSync(this.#file));
  }

  #cutBack(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {
      // A pipe or a device takes nothing back.
    }
  }
}

/** Bytes of the whole lines up to the first that `keeps` does not hold for, or that is no JSON. */
function lengthKept(bytes: Uint8Array, keeps: (value: unknown) => boolean): number {
  let length = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, end + 1)) {
    try {
      if (!keeps(JSON.parse(new TextDecoder().decode(bytes.subarray(length, end))))) return length;
    } catch {
      return length;
    }
    length = end + 1;
  }
  return length;
}
