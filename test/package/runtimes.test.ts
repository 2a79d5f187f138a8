// The package in the runtimes beside browsers, each started as its users start it.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { expected } from "./support/expected.ts";
import { PROJECT } from "./support/places.ts";

const folderOf = (name: string) =>
  createRequire(import.meta.url)
    .resolve(`${name}/package.json`)
    .replace("package.json", "");
// Its installer, which would put the program in place, is not run.
const BUN = `${folderOf(`@oven/bun-${process.platform}-${process.arch}`)}bin/bun`;

const PROGRAM = `
import { createModel, Dataset } from "wasm-lstm";
import { train } from "./train.js";
for (const threads of [1, 2]) {
  console.log(JSON.stringify(await train({ createModel, Dataset }, { updates: 3, options: { threads } })));
}
`;

test.each([
  ["Node", [process.execPath]],
  [
    "Deno, with no permission but to read",
    [process.execPath, `${folderOf("deno")}bin.cjs`, "run", "--allow-read"],
  ],
  ["Bun", [BUN, "run"]],
])("%s", async (_, [command, ...args]) => {
  writeFileSync(`${PROJECT}/main.js`, PROGRAM);
  const { stdout, stderr } = await promisify(execFile)(command, [...args, "main.js"], { cwd: PROJECT });
  expect(stderr).toBe("");
  const place = { build: "simd", worker: false };
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { ...(await expected(3)), ...place, threads: 1 },
    { ...(await expected(3)), ...place, threads: 2 },
  ]);
});
