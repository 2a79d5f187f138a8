// Files that are written whole or not at all. Errors are one line: `name`, what was expected, what came.

import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { getSystemErrorMap } from "node:util";

/** The bytes of `path`. */
export function readWhole(path: string, name = path): Uint8Array {
  if (stats(path, name, "read")?.isDirectory()) throw new Error(`${name} is a folder, expected a file`);
  return attempt(name, "read", () => readFileSync(path));
}

/** Whether `path` is a file that can be read whole. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Throws unless `path` is a folder. */
export function checkFolder(path: string, name = path): void {
  const place = stats(path, name, "read");
  if (place === undefined) throw new Error(`${name} does not exist, expected a folder`);
  if (!place.isDirectory()) throw new Error(`${name} is not a folder`);
}

/** Throws unless writeWhole could write `path` now; leaves nothing behind. */
export function checkReplaceable(path: string, name = path): void {
  const target = replaceable(path, name);
  const temporary = temporaryBeside(target);
  attempt(name, "written", () => closeSync(openSync(temporary, "wx")));
  rmSync(temporary, { force: true });
}

/**
 * Under `path` there is either the whole file or what was there before: the bytes go to a temporary file in the
 * same folder, to the disk, and then take the place. Nothing can interrupt it, so no temporary file stays.
 */
export function writeWhole(path: string, bytes: Uint8Array, name = path): void {
  const target = replaceable(path, name);
  const temporary = temporaryBeside(target);
  attempt(name, "written", () => {
    try {
      const file = openSync(temporary, "wx");
      try {
        writeAll(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Throws unless `path` can be opened for writing; an existing file keeps its content, a new one goes again. */
export function checkWritable(path: string, name = path): void {
  const existing = statsOfPlace(path, name);
  if (existing !== undefined && !existing.isFile()) return; // opening a pipe or a device would be heard there
  attempt(name, "written", () => closeSync(openSync(path, "a")));
  if (existing === undefined) rmSync(path, { force: true });
}

/** A file of JSON objects, one a line. A line is there complete or not at all, whatever happens while writing. */
export class JsonLines {
  readonly #name: string;
  readonly #file: number;
  #length = 0;

  /** Empties the file. */
  constructor(path: string, name = path) {
    this.#name = name;
    this.#file = attempt(name, "written", () => openSync(path, "w"));
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

// A full disk may take the beginning of what it is given.
function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

// What a rename replaces: the file behind a link, and never a device or a pipe.
function replaceable(path: string, name: string): string {
  const existing = statsOfPlace(path, name);
  if (existing === undefined) return path;
  if (!existing.isFile()) throw new Error(`${name} is a device or pipe, expected a file`);
  return realpathSync(path);
}

// The stats of what `path` would replace: no folder, in an existing one.
function statsOfPlace(path: string, name: string): Stats | undefined {
  const folder = dirname(path);
  const place = stats(folder, name, "written");
  if (place === undefined) throw new Error(`${name} cannot be written: the folder ${folder} does not exist`);
  if (!place.isDirectory()) throw new Error(`${name} cannot be written: ${folder} is not a folder`);
  const existing = stats(path, name, "written");
  if (existing?.isDirectory()) throw new Error(`${name} is a folder, expected a file`);
  return existing;
}

function temporaryBeside(target: string): string {
  return join(dirname(target), `.${basename(target).slice(0, 40)}.${randomUUID()}.tmp`);
}

// undefined when there is nothing under that name.
function stats(path: string, name: string, done: "read" | "written"): Stats | undefined {
  return attempt(name, done, () => statSync(path, { throwIfNoEntry: false }));
}

function attempt<T>(name: string, done: "read" | "written", act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failure(name, done, error);
  }
}

function failure(name: string, done: "read" | "written", error: unknown): Error {
  const { errno, message } = error as NodeJS.ErrnoException;
  const reason = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return new Error(`${name} cannot be ${done}: ${reason ?? message}`);
}
