// Builds each mutant of the core and finds the test that sees it.

import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./compile.mjs";
import { MUTANTS } from "./core/index.mjs";
import { PROJECT, Sandbox } from "./sandbox.mjs";
import { DOES_NOT_LOAD, firstRed } from "./vitest-run.mjs";

const KERNELS = "node_modules/.cache/wasm-lstm-test";
/** Builds that test files load although only tests of the mutant's are run; the mutant stands in for them. */
const OTHERS = ["scalar", "relaxed", "debug"];
/** Tests of one build are named by it; comparisons between builds would see any mutant, being one build only. */
const SIMD = "^simd ";
const OF_KERNELS = [
  "activations",
  "gemm",
  "gru",
  "loss",
  "lstm",
  "lstm-extended",
  "optimizer",
  "pack",
  "pointwise",
];
OF_KERNELS.push("range", "rnn", "scalar64");

/** What a test file loads, and which of its tests are run. */
function needsOf(test) {
  if (test === "int8") return { build: "int8", file: "test/edge/int8.test.ts" };
  const build = OF_KERNELS.includes(test) ? "kernels" : "core";
  return { build, file: `test/assembly/${test}.test.ts`, pattern: SIMD };
}

/** A mutant whose `find` is not there once, that does not compile, or that leaves every build as it was. */
export class MutantError extends Error {}

/** A sandbox in which mutants of the core are tried one after another; `clean` is what a core without faults is. */
export class CoreBench {
  #sandbox = new Sandbox();
  #clean = new Map();

  /** Compiles the builds that `mutants` need, without faults. */
  async prepare(mutants) {
    for (const name of OTHERS) {
      this.#sandbox.link(`build/${name}.wasm`, "simd.wasm");
    }
    // Some files load the kernels beside the core.
    const builds = new Set(["core", "kernels"]);
    for (const test of mutants.flatMap(({ tests }) => tests)) builds.add(needsOf(test).build);
    for (const build of builds) this.#clean.set(build, await compile(this.#sandbox, build));
    for (const name of OTHERS) this.#sandbox.link(`${KERNELS}/${name}.wasm`, "simd.wasm");
    if (!builds.has("int8")) return;
    // The f32 cores that int8 weights are compared with are those of users.
    for (const name of ["wasm-lstm", "simd"]) {
      const built = join(PROJECT, `build/${name}.wasm`);
      if (!existsSync(built)) throw new Error(`${built} is missing: node scripts/build-core.mjs --all`);
      copyFileSync(built, join(this.#sandbox.folder, `build/${name}.wasm`));
    }
    for (const name of ["scalar", "relaxed"])
      this.#sandbox.link(`build/wasm-lstm-int8-${name}.wasm`, "wasm-lstm-int8.wasm");
  }

  /** Runs all the tests that `mutants` name on the core as it is; the first that is red, or undefined. */
  async control(mutants) {
    for (const build of this.#clean.keys()) await compile(this.#sandbox, build);
    const needs = [...new Set(mutants.flatMap(({ tests }) => tests))].map(needsOf);
    for (const pattern of [SIMD, undefined]) {
      const files = needs.filter((need) => need.pattern === pattern).map(({ file }) => file);
      if (files.length === 0) continue;
      const { red, tests } = await firstRed(this.#sandbox, files, pattern);
      if (red) return red;
      if (tests === 0) throw new Error(`no test of ${files.join(", ")} is named ${pattern}`);
    }
    return undefined;
  }

  /** The test that sees a mutant, "file > test", or undefined when it survives. Throws a MutantError. */
  async try({ name, file, find, replace, tests }) {
    const text = this.#sandbox.read(file);
    const found = text.split(find).length - 1;
    if (found !== 1) throw new MutantError(`${name}: ${file} has its text ${found} times`);
    this.#sandbox.write(
      file,
      text.replace(find, () => replace),
    );
    try {
      const changed = new Map();
      for (const test of tests) {
        const { build, file: testFile, pattern } = needsOf(test);
        if (!changed.has(build)) changed.set(build, await this.#isChanged(name, build));
        if (!changed.get(build)) continue;
        const { red } = await firstRed(this.#sandbox, [testFile], pattern);
        if (red?.endsWith(DOES_NOT_LOAD)) throw new Error(`${red} with ${name}`);
        if (red) return red;
      }
      if (![...changed.values()].includes(true))
        throw new MutantError(`${name}: no byte of ${[...changed.keys()]} changes`);
      return undefined;
    } finally {
      this.#sandbox.restore();
    }
  }

  async #isChanged(name, build) {
    try {
      return !(await compile(this.#sandbox, build)).equals(this.#clean.get(build));
    } catch (error) {
      throw new MutantError(`${name}: ${error.message}`);
    }
  }

  close() {
    this.#sandbox.remove();
  }
}

/**
 * Tries mutants on as many benches as `parallel` says; calls `each` with a mutant and what came of it,
 * { caught: test } or { survived: true } or { error }, as they end. Resolves to all of them in the order of the list.
 */
export async function tryCoreMutants(mutants, { parallel = 2, control = true, each = () => {} } = {}) {
  const results = new Map();
  const queue = [...mutants];
  const benches = Array.from({ length: Math.min(parallel, mutants.length) }, () => new CoreBench());
  try {
    await Promise.all(
      benches.map(async (bench, index) => {
        await bench.prepare(mutants);
        if (control && index === 0) {
          const red = await bench.control(mutants);
          if (red) throw new Error(`${red} is red without a mutant`);
        }
        for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
          const result = await outcome(bench, mutant);
          results.set(mutant, result);
          each(mutant, result);
        }
      }),
    );
  } finally {
    for (const bench of benches) bench.close();
  }
  return mutants.map((mutant) => ({ mutant, ...results.get(mutant) }));
}

async function outcome(bench, mutant) {
  try {
    const caught = await bench.try(mutant);
    return caught === undefined ? { survived: true } : { caught };
  } catch (error) {
    if (error instanceof MutantError) return { error: error.message };
    throw error;
  }
}

/** Every k-th mutant, from the first. */
export const everyMutant = (k) => MUTANTS.filter((_, index) => index % k === 0);
