// The table of promises: rows as Markdown, and their place in docs/reliability.md.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const PAGE = "docs/reliability.md";
const BEGIN = "<!-- trust:begin -->";
const END = "<!-- trust:end -->";
const HEAD = ["| Promise | Checked by | Figure | Passed |", "| --- | --- | --- | --- |"];

/** A row: promise, command, figure, whether it passed and when. */
export function tableOf(rows) {
  return [...HEAD, ...rows.map(lineOf)].join("\n");
}

/** `2026-01-31 at 0a1b2c3`: the day and the commit. */
export function today() {
  const commit = execFileSync("git", ["rev-parse", "--short=7", "HEAD"], { encoding: "utf8" }).trim();
  return `${new Date().toISOString().slice(0, 10)} at ${commit}`;
}

/**
 * Writes the rows, in the order of `commands`, all that there are. Rows of other commands stay as they were written, by
 * the same machine.
 */
export function writeTable(rows, commands) {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  if (begin < BEGIN.length || end < begin) throw new Error(`${PAGE}: expected ${BEGIN} and ${END}`);
  const before = page.slice(begin, end);
  const machine = machineText();
  const lines = new Map(rows.map((row) => [row.command, lineOf(row)]));
  for (const line of before.split("\n").filter((line) => line.startsWith("| "))) {
    const command = /`([^`]+)`/.exec(line)?.[1];
    if (lines.has(command) || !commands.includes(command)) continue;
    if (!before.includes(machine))
      throw new Error(`${PAGE} has another machine's rows: run all with --write`);
    lines.set(command, line);
  }
  const sorted = commands.filter((command) => lines.has(command)).map((command) => lines.get(command));
  const table = [...HEAD, ...sorted].join("\n");
  writeFileSync(PAGE, `${page.slice(0, begin)}\n\n${machine}\n\n${table}\n\n${page.slice(end)}`);
}

function lineOf({ promise, command, figure, passed, when }) {
  return `| ${promise} | \`${command}\` | ${figure.replaceAll("|", "\\|")} | ${passed ? "yes" : "**no**"}, ${when} |`;
}

function machineText() {
  const [{ model }, ...others] = cpus();
  return `Last run on ${model.trim()}, ${others.length + 1} processors, ${process.platform}-${process.arch}, Node ${process.version}.`;
}
