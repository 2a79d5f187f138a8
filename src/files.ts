// Files that are written whole or not at all. Errors are one line: the file, what was expected, what came.

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
export function readWhole(path: string): Uint8Array {
  if (stats(path)?.isDirectory()) throw new Error(`${path} is a folder, expected a file`);
  return named(path, "cannot be read", () => readFileSync(path));
}

/** Throws unless writeWhole could write `path` now; leaves nothing behind. */
export function checkReplaceable(path: string): void {
  const target = replaceable(path);
  const temporary = temporaryBeside(target);
  named(path, "cannot be written", () => closeSync(openSync(temporary, "wx")));
  rmSync(temporary, { force: true });
}

/**
 * Under `path` there is either the whole file or what was there before: the bytes go to a temporary file in the
 * same folder, to the disk, and then take the place. Nothing can interrupt it, so no temporary file stays.
 */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const target = replaceable(path);
  const temporary = temporaryBeside(target);
  named(path, "cannot be written", () => {
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
export function checkWritable(path: string): void {
  checkPlace(path);
  const existing = stats(path);
  if (existing !== undefined && !existing.isFile()) return; // opening a pipe or a device would be heard there
  named(path, "cannot be written", () => closeSync(openSync(path, "a")));
  if (existing === undefined) rmSync(path, { force: true });
}

/** A file of JSON objects, one a line. A line is there complete or not at all, whatever happens while writing. */
export class JsonLines {
  readonly #path: string;
  readonly #file: number;
  #length = 0;

  /** Empties the file. */
  constructor(path: string) {
    this.#path = path;
    this.#file = named(path, "cannot be written", () => openSync(path, "w"));
  }

  write(value: object): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      writeAll(this.#file, line);
      this.#length += line.length;
    } catch (error) {
      this.#cutBack();
      throw failure(this.#path, "cannot be written", error);
    }
  }

  close(): void {
    named(this.#path, "cannot be written", () => closeSync(this.#file));
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
function replaceable(path: string): string {
  checkPlace(path);
  const existing = stats(path);
  if (existing === undefined) return path;
  if (!existing.isFile()) throw new Error(`${path} is a device or pipe, expected a file`);
  return realpathSync(path);
}

function checkPlace(path: string): void {
  const folder = dirname(path);
  const place = stats(folder);
  if (place === undefined) throw new Error(`${path} cannot be written: the folder ${folder} does not exist`);
  if (!place.isDirectory()) throw new Error(`${path} cannot be written: ${folder} is not a folder`);
  if (stats(path)?.isDirectory()) throw new Error(`${path} is a folder, expected a file`);
}

function temporaryBeside(target: string): string {
  return join(dirname(target), `.${basename(target).slice(0, 64)}.${randomUUID()}.tmp`);
}

// undefined when there is nothing under that name; what is there but cannot be seen is found when opened.
function stats(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function named<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failure(path, what, error);
  }
}

function failure(path: string, what: string, error: unknown): Error {
  const { errno, message } = error as NodeJS.ErrnoException;
  const reason = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return new Error(`${path} ${what}: ${reason ?? message}`);
}
