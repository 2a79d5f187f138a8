// Which part of the host is mutated, and by which tests each file's mutants are tried.

import { existsSync, readdirSync } from "node:fs";

/** Folders and files under src/, each with the tests that its mutants meet after those that bear the file's name. */
const AREAS = [
  { sources: ["data"], tests: ["data", "sequences.test.ts", "sequence-data.test.ts", "trainer.test.ts"] },
  { sources: ["formats"], tests: ["formats", "files.test.ts", "checkpoint.test.ts"] },
  { sources: ["metrics", "metrics.ts"], tests: ["metrics.test.ts", "evaluate.test.ts", "report.test.ts"] },
  {
    sources: [
      "config.ts",
      "layers.ts",
      "whole.ts",
      "nearest.ts",
      "shown.ts",
      "call-options.ts",
      "learning-rate.ts",
    ],
    tests: [
      "config.test.ts",
      "layers.test.ts",
      "optimizer-options.test.ts",
      "heads.test.ts",
      "batch-input.test.ts",
    ],
  },
  { sources: ["tensor-shapes.ts"], tests: ["weights.test.ts", "files.test.ts", "formats/models"] },
  {
    sources: ["batch-input.ts", "predict.ts", "stream.ts"],
    tests: ["batch-input.test.ts", "predict.test.ts", "stream.test.ts", "trainer-streams.test.ts"],
  },
  {
    sources: ["checkpoint.ts", "resume.ts", "trainer.ts", "evaluate.ts"],
    tests: [
      "checkpoint.test.ts",
      "resume.test.ts",
      "trainer.test.ts",
      "trainer-streams.test.ts",
      "validation.test.ts",
    ],
  },
];
/** One reads the network and a package's files; the others are tested on builds of the edge core, in test/edge. */
const LEFT_OUT = ["src/data/mnist-data-loader.ts", "src/formats/packed.ts", "src/formats/quantize.ts"];

/** The files that are mutated, each with its tests, the nearest first. */
export function targets() {
  return AREAS.flatMap(({ sources, tests }) =>
    sources
      .flatMap(filesOf)
      .map((file) => ({ file, tests: [nearest(file), tests.map((test) => `test/${test}`)] })),
  ).filter(({ file }) => !LEFT_OUT.includes(file));
}

function filesOf(source) {
  if (source.endsWith(".ts")) return [`src/${source}`];
  const names = readdirSync(`src/${source}`).filter((name) => name.endsWith(".ts"));
  return names.sort().map((name) => `src/${source}/${name}`);
}

function nearest(file) {
  const test = file.replace(/^src/, "test").replace(/\.ts$/, ".test.ts");
  return existsSync(test) ? [test] : [];
}
