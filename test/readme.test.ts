// What the README shows is what the project does.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");

test("the README's example is examples/mnist.mjs, and it runs", () => {
  const example = readFileSync("examples/mnist.mjs", "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  const output = execFileSync(process.execPath, ["examples/mnist.mjs"], {
    encoding: "utf8",
    timeout: 120_000,
  });
  expect(output).toMatch(/^update 0: loss \d/);
  const accuracy = Number(/test accuracy ([\d.]+)/.exec(output)?.[1]);
  expect(accuracy).toBeGreaterThan(0.85);
});

test("links in README, CONTRIBUTING and docs lead to files", () => {
  for (const file of ["README.md", "CONTRIBUTING.md", "docs/architecture.md"]) {
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
    for (const [, link] of readFileSync(file, "utf8").matchAll(/\]\(([^)#]+)\)/g)) {
      if (!link.startsWith("https:"))
        expect(() => readFileSync(folder + link), `${file}: ${link}`).not.toThrow();
    }
  }
});

test("commands the README and CONTRIBUTING name exist in package.json", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const text = readme + readFileSync("CONTRIBUTING.md", "utf8");
  for (const [, name] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(name);
});
