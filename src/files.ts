// Files that are written whole or not at all. Errors are one line: `name`, what was expected, what came.

import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, extname, join } from "node:path";
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
  if (place === undefined) throw new Error(`${name} does not exist`);
  if (!place.isDirectory()) throw new Error(`${name} is not a folder`);
}

/** Throws unless writeWhole could write `path` now; leaves nothing behind, not even of writers that were killed. */
export function checkReplaceable(path: string, name = path): void {
  const target = replaceable(path, name);
  removeAbandoned(target);
  const temporary = temporaryBeside(target);
  attempt(name, "written", () => closeSync(openSync(temporary, "wx")));
  rmSync(temporary, { force: true });
}

/**
 * Under `path` there is either the whole file or what was there before, whenever the process or the machine ends: the
 * bytes go to a temporary file in the same folder, to the disk, and then take the place.
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
      syncFolder(dirname(target));
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

/** A full disk may take the beginning of what it is given. */
export function writeAll(file: number, bytes: Uint8Array): void {
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

// Named by its writer, so that what a killed one has left can be told from one that is being written.
function temporaryBeside(target: string): string {
  const name = `.${basename(target).slice(0, 40)}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  return join(dirname(target), name);
}

const TEMPORARY = /\.(\d+)\.[\da-f]{8}\.tmp$/;

// Of the target, and of others whose names begin as its does, ending apart: a run writes several of these.
function removeAbandoned(target: string): void {
  const start = `.${basename(target, extname(target)).slice(0, 40)}`;
  for (const file of readdirSync(dirname(target))) {
    const writer = file.startsWith(start) ? TEMPORARY.exec(file)?.[1] : undefined;
    if (writer !== undefined && !isRunning(Number(writer)))
      rmSync(join(dirname(target), file), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

// A name is on the disk when its folder is. Windows has no such call, and some file systems refuse it.
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } catch (error) {
    if (!["EINVAL", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    closeSync(handle);
  }
}

// undefined when there is nothing under that name.
function stats(path: string, name: string, done: "read" | "written"): Stats | undefined {
  return attempt(name, done, () => statSync(path, { throwIfNoEntry: false }));
}

/** Does it, or throws an Error that begins with `name` and tells the reason. */
export function attempt<T>(name: string, done: "read" | "written", act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failure(name, done, error);
  }
}

export function failure(name: string, done: "read" | "written", error: unknown): Error {
  const { errno, message } = error as NodeJS.ErrnoException;
  const reason = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return new Error(`${name} cannot be ${done}: ${reason ?? message}`);
}
