// Tries a seeded sample of the host's mutants on the unit tests nearest to them.

import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { targets } from "./host/areas.mjs";
import { PROJECT, Sandbox } from "./sandbox.mjs";
import { DOES_NOT_LOAD, firstRed } from "./vitest-run.mjs";

/** All mutants: { name, file, fault, tests }, file by file. */
export async function hostMutants() {
  const { faultsOf } = await import("./host/faults.mjs");
  return targets().flatMap(({ file, tests }) =>
    faultsOf(readFileSync(join(PROJECT, file), "utf8")).map((fault) => ({
      ...{ name: `${file}:${fault.line} ${fault.what}`, file, fault, tests },
    })),
  );
}

/** `count` of the mutants, drawn from `seed`: the same seed draws the same from the same sources. */
export function sampled(mutants, count, seed) {
  const all = [...mutants];
  let state = seed >>> 0;
  // The linear congruential generator of Numerical Recipes, its upper bits.
  const below = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  for (let i = 0; i < Math.min(count, all.length); i++) {
    const at = i + below(all.length - i);
    [all[i], all[at]] = [all[at], all[i]];
  }
  return all.slice(0, count);
}

/** Tries mutants, calling `each` with a mutant and the test that saw it, or undefined; resolves to [mutant, test] pairs. */
export async function tryHostMutants(mutants, { parallel = 2, each = () => {} } = {}) {
  const queue = [...mutants];
  const results = new Map();
  const sandboxes = Array.from({ length: Math.min(parallel, mutants.length) }, newSandbox);
  try {
    await Promise.all(
      sandboxes.map(async (sandbox) => {
        for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
          const caught = await seenBy(sandbox, mutant);
          results.set(mutant, caught);
          each(mutant, caught);
        }
      }),
    );
  } finally {
    for (const sandbox of sandboxes) sandbox.remove();
  }
  return mutants.map((mutant) => [mutant, results.get(mutant)]);
}

/** With the builds of the core that users have. */
function newSandbox() {
  const sandbox = new Sandbox();
  if (!existsSync(join(PROJECT, "build/simd.wasm")))
    throw new Error("build/simd.wasm is missing: npm run build");
  for (const name of readdirSync(join(PROJECT, "build"))) {
    copyFileSync(join(PROJECT, "build", name), join(sandbox.folder, "build", name));
  }
  // A thread is started from a compiled file; what runs in it is the core and the barrier.
  const worker = JSON.stringify(join(PROJECT, "dist/src/node/thread-worker.js"));
  writeFileSync(join(sandbox.folder, "src/node/thread-worker.js"), `import ${worker};\n`);
  return sandbox;
}

async function seenBy(sandbox, { file, fault, tests }) {
  const text = sandbox.read(file);
  sandbox.write(file, text.slice(0, fault.start) + fault.replacement + text.slice(fault.end));
  try {
    for (const files of tests) {
      if (files.length === 0) continue;
      const { red } = await firstRed(sandbox, files);
      if (red?.endsWith(DOES_NOT_LOAD)) await requireGreen(sandbox, files);
      if (red) return red;
    }
    return undefined;
  } finally {
    sandbox.restore();
  }
}

/** Test files that were found green without a mutant. */
const green = new Set();

// A mutant may well keep a file of tests from loading, but so would a sandbox that lacks something.
async function requireGreen(sandbox, files) {
  sandbox.restore();
  const unknown = files.filter((file) => !green.has(file));
  if (unknown.length === 0) return;
  const { red } = await firstRed(sandbox, unknown);
  if (red) throw new Error(`${red} is red without a mutant`);
  for (const file of unknown) green.add(file);
}
