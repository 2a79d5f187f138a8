// Files of sequences, opened.

import { readWhole } from "../files.ts";
import { openSequenceFile, type SequenceFile } from "../sequence-data.ts";

/** `option` is the one that names the file, and begins the messages; `y` that of a .npy of what belongs to it. */
export async function openFile(path: string, option: string, y?: string): Promise<SequenceFile> {
  const name = `${option} ${path}`;
  return openSequenceFile(name, readWhole(path, name), y === undefined ? undefined : readWhole(y));
}
