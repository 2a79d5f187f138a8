// The examples run as they are, and the tasks that they make up are what they say.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { writeImages } from "./support/cli.ts";

const tasks = await import(pathToFileURL("examples/tasks.mjs").href);
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

describe("tasks", () => {
  test("numbers are spread from 0 to below 1 and follow from the seed", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => {
      const random = tasks.randomNumbers(seed);
      return many(10_000, random) as number[];
    });
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(Math.min(...a)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...a)).toBeLessThan(1);
    for (const tenth of many(10, (i) => i / 10)) {
      const share = a.filter((value) => value >= tenth && value < tenth + 0.1).length / a.length;
      expect(share).toBeCloseTo(0.1, 1);
    }
  });

  test("the adding problem: one mark in each half, the target their sum", () => {
    const random = tasks.randomNumbers(1);
    const targets = many(2000, () => {
      const { values, target } = tasks.addingProblem(random, 31);
      const marked = [...values.keys()].filter((t) => values[t][1] === 1);
      expect(values).toHaveLength(31);
      expect(marked).toHaveLength(2);
      expect(marked[0]).toBeLessThan(15);
      expect(marked[1]).toBeGreaterThanOrEqual(15);
      expect(target).toBe(values[marked[0]][0] + values[marked[1]][0]);
      return target as number;
    });
    const mean = targets.reduce((a, b) => a + b) / targets.length;
    const variance = targets.reduce((sum, own) => sum + (own - mean) ** 2, 0) / targets.length;
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(1 / 6, 1);
  });

  test("temporal order: two symbols in their tenths say the class, all else is noise", () => {
    const random = tasks.randomNumbers(1);
    const labels = many(400, () => {
      const { values, label } = tasks.temporalOrder(random, 60);
      for (const own of values) expect([...own].sort()).toEqual([0, 0, 0, 0, 0, 1]);
      const places = [...values.keys()].filter((t) => values[t][0] + values[t][1] === 1);
      expect(places).toHaveLength(2);
      for (const [i, from] of [6, 30].entries()) {
        expect(places[i]).toBeGreaterThanOrEqual(from);
        expect(places[i]).toBeLessThan(from + 6);
      }
      expect(places.map((t) => "XY"[values[t].indexOf(1)]).join("")).toBe(tasks.ORDERS[label]);
      return label as number;
    });
    expect(new Set(labels).size).toBe(4);
  });

  test("machine states: each lasts 8 to 25 steps, the last one as far as the sequence goes", () => {
    const random = tasks.randomNumbers(1);
    const lasting: number[] = [];
    for (let i = 0; i < 100; i++) {
      const { values, labels } = tasks.machineStates(random, 90);
      expect([values.length, labels.length]).toEqual([90, 90]);
      const changes = [...labels.keys()].filter((t) => t > 0 && labels[t] !== labels[t - 1]);
      lasting.push(...changes.map((t, k) => t - (changes[k - 1] ?? 0)));
    }
    expect(Math.min(...lasting)).toBe(8);
    expect(Math.max(...lasting)).toBe(25);
  });
});

describe("examples", () => {
  function run(name: string, ...args: string[]): { lines: string[]; folder: string } {
    const folder = mkdtempSync(join(tmpdir(), "wasm-lstm-example-"));
    const file = resolve(`examples/${name}.mjs`);
    const output = execFileSync(process.execPath, [file, ...args], {
      cwd: folder,
      encoding: "utf8",
      timeout: 240_000,
    });
    return { lines: output.trimEnd().split("\n"), folder };
  }

  test.each([
    ["adding", /^test rmse ([\d.]+)/, 0, 0.06],
    ["temporal-order", /^test accuracy ([\d.]+)/, 0.98, 1],
    ["tagger", /^accuracy of \d+ test steps ([\d.]+)/, 0.95, 1],
    ["streaming", /^live accuracy of 1000 steps ([\d.]+)/, 0.85, 1],
    ["waveforms", /^test accuracy ([\d.]+)/, 0.95, 1],
  ])(
    "%s learns its task",
    (name, result, least, most) => {
      const { lines, folder } = run(name);
      try {
        const found = Number(lines.map((line) => result.exec(line)?.[1]).find((own) => own !== undefined));
        expect(found).toBeGreaterThanOrEqual(least);
        expect(found).toBeLessThanOrEqual(most);
        for (const picture of ["curve.svg", "confusion.svg"]) {
          expect(existsSync(join(folder, picture))).toBe(name === "tagger");
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    300_000,
  );

  describe("with files", () => {
    const data = mkdtempSync(join(tmpdir(), "wasm-lstm-example-data-"));
    afterAll(() => rmSync(data, { recursive: true }));

    const ends = (name: string) => {
      const { lines, folder } = run(name, data);
      rmSync(folder, { recursive: true });
      return Number(/^test accuracy ([\d.]+), 95 % interval/.exec(lines.at(-1)!)?.[1]);
    };

    test("windows tells made-up motions apart", () => {
      execFileSync(process.execPath, ["examples/make-windows.mjs", data]);
      const { lines, folder } = run("windows", data);
      rmSync(folder, { recursive: true });
      expect(Number(/^test accuracy ([\d.]+)$/.exec(lines.at(-1)!)?.[1])).toBeGreaterThan(0.95);
    });

    test("japanese-vowels reads files of that form", () => {
      const random = tasks.randomNumbers(3);
      for (const part of ["TRAIN", "TEST"]) {
        // Like them but easy: speaker k is loud in feature k.
        const lines = many(90, (i) => {
          const steps = 7 + Math.floor(23 * random());
          const features = many(12, (f) =>
            many(steps, () => ((f === i % 9 ? 1 : 0) + 0.4 * random()).toFixed(3)).join(),
          );
          return [...features, String(1 + (i % 9))].join(":");
        });
        const header =
          "@problemName JapaneseVowels\n@univariate false\n@equalLength false\n@classLabel true 1 2 3 4 5 6 7 8 9\n@data";
        writeFileSync(join(data, `JapaneseVowels_${part}.ts`), `${header}\n${lines.join("\n")}\n`);
      }
      expect(ends("japanese-vowels")).toBeGreaterThan(0.95);
    });

    test("fashion-mnist reads a folder of IDX files", () => {
      writeImages(data);
      expect(ends("fashion-mnist")).toBeGreaterThanOrEqual(0);
    });

    test.each(["japanese-vowels", "fashion-mnist"])("%s says what it misses", (name) => {
      const { status, stderr } = spawnSync(process.execPath, [`examples/${name}.mjs`], { encoding: "utf8" });
      expect(status).toBe(1);
      expect(stderr).toMatch(new RegExp(`run: node examples/${name}\\.mjs FOLDER`));
    });
  });

  test("all are in their README, and say how they are run", () => {
    const readme = readFileSync("examples/README.md", "utf8");
    for (const file of readdirSync("examples").filter(
      (name) => name.endsWith(".mjs") && name !== "tasks.mjs",
    )) {
      expect(readme).toContain(`node examples/${file}`);
      expect(
        readFileSync(`examples/${file}`, "utf8")
          .slice(0, 600)
          .replace(/\n\/\/ /g, " "),
      ).toMatch(`node examples/${file}`);
    }
  });
});
