// Vitest's global setup: the browsers, the tarball that npm would publish, and a project that has installed it.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { CHROMIUM, FIREFOX, FIXTURES, PROJECT, ROOT } from "./places.ts";

export default function setUp(): void {
  if (!existsSync(CHROMIUM) || !existsSync(FIREFOX)) installBrowsers();
  rmSync(PROJECT, { recursive: true, force: true });
  mkdirSync(PROJECT, { recursive: true });
  cpSync(FIXTURES, PROJECT, { recursive: true });
  run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", PROJECT], ROOT);
  writeFileSync(`${PROJECT}/package.json`, JSON.stringify({ private: true, type: "module" }));
  const tarball = readdirSync(PROJECT).find((file) => file.endsWith(".tgz"))!;
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", `./${tarball}`], PROJECT);
}

function installBrowsers(): void {
  run("apt-get", ["update", "-q"], ROOT);
  run("apt-get", ["install", "-qy", "--no-install-recommends", "chromium", "firefox-esr"], ROOT);
}

function run(command: string, args: string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}
