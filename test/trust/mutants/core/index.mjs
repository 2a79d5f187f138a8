// Deliberate single faults of the core, each of which a test has to see.

import cells from "./cells.mjs";
import learning from "./learning.mjs";
import passes from "./passes.mjs";
import products from "./products.mjs";

/**
 * The mutants: { name, file, find, replace, tests }. `find` occurs once in the file and is replaced; `tests` are those
 * expected to see it, in the order in which they are run, "gemm" being test/assembly/gemm.test.ts.
 */
export const MUTANTS = [...cells, ...passes, ...products, ...learning].flatMap(({ file, tests, faults }) =>
  faults.map(([what, find, replace]) => ({ name: `${stem(file)}: ${what}`, file, find, replace, tests })),
);

function stem(file) {
  return file.slice("assembly/".length, -".ts".length);
}
