// A model as a file carries it. Types; knows no file format and no core.

import type { ModelDescription } from "../../layers.ts";
import type { Tensors } from "../../types.ts";

export interface ModelFile {
  readonly description: ModelDescription;
  /** Native names, as tensorShapes gives them; all values are finite. */
  readonly tensors: Tensors;
  /** What else the file says, e.g. how its inputs were prepared; the keys of this library's own are left out. */
  readonly metadata: Readonly<Record<string, string>>;
}
