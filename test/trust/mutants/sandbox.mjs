// A copy of the project that a mutant may be put into: own sources, tests and builds, the dependencies of the project.

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const COPIED = [
  "assembly",
  "src",
  "test",
  "asconfig.json",
  "asconfig.edge.json",
  "package.json",
  "tsconfig.json",
];
/** Folders of tests with dependencies of their own; their node_modules are large. */
const LEFT_OUT = ["interop", "package"].map((name) => join(PROJECT, "test", name));

export class Sandbox {
  /** Absolute path of the copy. */
  folder = mkdtempSync(join(tmpdir(), "wasm-lstm-mutant-"));
  #changed = new Map();

  constructor() {
    for (const name of COPIED) {
      cpSync(join(PROJECT, name), join(this.folder, name), {
        recursive: true,
        filter: (from) => !LEFT_OUT.some((folder) => from === folder) && basename(from) !== "node_modules",
      });
    }
    // Linked one by one, so that what tests put under node_modules/.cache stays in the sandbox.
    mkdirSync(join(this.folder, "node_modules"));
    for (const name of readdirSync(join(PROJECT, "node_modules"))) {
      if (name === ".cache" || name.startsWith(".vite")) continue;
      symlinkSync(join(PROJECT, "node_modules", name), join(this.folder, "node_modules", name));
    }
    mkdirSync(join(this.folder, "build"));
  }

  /** Puts a text in place of a file's; restore() brings back what was there. */
  write(file, text) {
    const path = join(this.folder, file);
    if (!this.#changed.has(file)) this.#changed.set(file, readFileSync(path, "utf8"));
    writeFileSync(path, text);
  }

  /** The text of a file. */
  read(file) {
    return readFileSync(join(this.folder, file), "utf8");
  }

  restore() {
    for (const [file, text] of this.#changed) writeFileSync(join(this.folder, file), text);
    this.#changed.clear();
  }

  /** Links a file of the sandbox, an absolute path or one of its own, in the place of whatever has the name. */
  link(name, target) {
    const path = join(this.folder, name);
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
