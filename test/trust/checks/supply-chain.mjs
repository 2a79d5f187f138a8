// What comes with the package, what it is made of, and that two builds of the cores give the same bytes.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { coreHashes, publishedHashes } from "../../../scripts/core-hashes.mjs";

const KINDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
const INSTALLING = /^((pre|post)?install|prepare)$/;
/** What the short form builds again. */
const SAMPLE = ["relaxed"];

export default {
  name: "supply-chain",
  promise:
    "Exact pins, nothing runs at installation, one runtime dependency; the cores are built to the same bytes anywhere, their SHA-256 in the release notes",
  command: "npm run trust -- --only supply-chain",
  async run({ short, say }) {
    const pinned = pins();
    const manifest = json("package.json");
    const runtime = Object.keys(manifest.dependencies);
    if (runtime.length !== 1) throw new Error(`expected one runtime dependency, got ${runtime.join(", ")}`);
    for (const [name, scripts] of [
      manifest,
      ...runtime.map((name) => json(`node_modules/${name}/package.json`)),
    ].map(({ name, scripts = {} }) => [name, Object.keys(scripts)])) {
      const found = scripts.find((script) => INSTALLING.test(script));
      if (found) throw new Error(`${name} has a script ${found}`);
    }
    if (!existsSync("SECURITY.md")) throw new Error("SECURITY.md is missing");

    const here = coreHashes();
    const listed = publishedHashes(manifest.version);
    const other = here.find((line) => !listed.includes(line)) ?? listed.find((line) => !here.includes(line));
    if (other)
      throw new Error(
        `CHANGELOG.md lists other cores than build/ has: ${other}; node scripts/core-hashes.mjs --write`,
      );
    const targets = short ? SAMPLE : ["--all"];
    const folders = short ? ["a"] : ["a", "deep/in/another/folder"];
    let equal = 0;
    for (const folder of folders) {
      say(`building the cores in a folder of their own, ${folder}`);
      for (const line of rebuilt(folder, targets)) {
        if (!here.includes(line)) throw new Error(`another build gave other bytes: ${line}`);
        equal++;
      }
    }
    return {
      passed: equal > 0,
      figure:
        `${pinned.direct} direct dependencies pinned exactly, ${pinned.locked.toLocaleString("en")} by integrity in ${pinned.lockfiles} lockfiles; ` +
        `runtime: ${runtime[0]} alone; ${equal} core${equal === 1 ? "" : "s"} built in ${folders.length} other folder${short ? "" : "s"}, all equal; ${listed.length} SHA-256 listed`,
    };
  },
};

/** Throws for a range, or for a package that its lockfile does not know by its content. */
function pins() {
  const count = { direct: 0, locked: 0, lockfiles: 0 };
  const manifests = execFileSync("git", ["ls-files", "*package.json"], { encoding: "utf8" })
    .trim()
    .split("\n");
  for (const file of manifests) {
    const manifest = json(file);
    const ranges = KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
    for (const [name, version] of ranges) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        throw new Error(`${file}: ${name} ${version} is not one version`);
    }
    count.direct += ranges.length;
    const lockfile = join(dirname(file), "package-lock.json");
    if (!existsSync(lockfile)) throw new Error(`${file} has no lockfile`);
    count.lockfiles++;
    for (const [path, { integrity, link }] of Object.entries(json(lockfile).packages)) {
      if (!path.includes("node_modules") || link) continue;
      if (!integrity?.startsWith("sha512-")) throw new Error(`${lockfile}: ${path} has no SHA-512`);
      count.locked++;
    }
  }
  return count;
}

/** The hashes of cores built from a copy of the sources. */
function rebuilt(folder, targets) {
  const root = mkdtempSync(join(tmpdir(), "wasm-lstm-build-"));
  try {
    const place = join(root, folder);
    mkdirSync(place, { recursive: true });
    for (const part of ["assembly", "scripts", "asconfig.json", "asconfig.edge.json", "package.json"]) {
      cpSync(part, join(place, part), { recursive: true });
    }
    symlinkSync(resolve("node_modules"), join(place, "node_modules"));
    execFileSync(process.execPath, ["scripts/build-core.mjs", ...targets], { cwd: place });
    return coreHashes(join(place, "build"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function json(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
