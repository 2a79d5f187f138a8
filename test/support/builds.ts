// The builds of the core as tests meet them: which this machine runs, and one body over all of them.

import { readFile } from "node:fs/promises";
import v8 from "node:v8";
import { describe } from "vitest";
import { loadCore } from "../../src/core/load.ts";

