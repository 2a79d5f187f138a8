// What the README shows is what the project does.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");

test("the README's examples are those of the folder, and the first one runs", () => {
  const example = readFileSync("examples/mnist.mjs", "utf8");
  for (const shown of [example, readFileSync("examples/windows.mjs", "utf8")]) {
    expect(readme).toContain(`\`\`\`js\n${shown}\`\`\``);
  }
  const output = execFileSync(process.execPath, ["examples/mnist.mjs"], {
    encoding: "utf8",
    timeout: 120_000,
  });
  expect(output).toMatch(/^update 0: loss \d/);
  const accuracy = Number(/test accuracy ([\d.]+)/.exec(output)?.[1]);
  expect(accuracy).toBeGreaterThan(0.85);
});

test("links in README, CONTRIBUTING and docs lead to files", () => {
  const docs = readdirSync("docs").map((name) => `docs/${name}`);
  for (const file of ["README.md", "CONTRIBUTING.md", ...docs.filter((name) => name.endsWith(".md"))]) {
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
    for (const [, link] of readFileSync(file, "utf8").matchAll(/\]\(([^)#]+)\)/g)) {
      if (!link.startsWith("https:")) expect(() => statSync(folder + link), `${file}: ${link}`).not.toThrow();
    }
  }
});

test("commands the README and CONTRIBUTING name exist in package.json", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const text = readme + readFileSync("CONTRIBUTING.md", "utf8");
  for (const [, name] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(name);
});

test("each row of the table of features names a test that there is", () => {
  const rows = readFileSync("docs/features.md", "utf8").match(/^\| (?!-|\|).*$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    const [name, ours, , , , , , heldBy] = row
      .split("|")
      .map((cell) => cell.trim())
      .slice(1);
    if (name === "" || ours === "no") continue;
    const [, file, title] = /^`(\S+)` (.+)$/.exec(heldBy) ?? [];
    expect(title, name).toBeDefined();
    // A quote before it: the beginning of a test's title, not a word of its body.
    const source = readFileSync(file, "utf8");
    expect(
      ['"', "'", "`"].some((quote) => source.includes(quote + title)),
      `${name}: ${heldBy}`,
    ).toBe(true);
  }
});
