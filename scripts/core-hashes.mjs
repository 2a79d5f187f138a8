// The SHA-256 of every core that is shipped, in CHANGELOG.md under the version of package.json:
//   node scripts/core-hashes.mjs            prints the list that the built cores give
//   node scripts/core-hashes.mjs --write    puts it into the release notes
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const NOTES = "CHANGELOG.md";

/** Lines as sha256sum prints and checks them: of the .wasm files of a folder but the debug core, by name. */
export function coreHashes(folder = "build") {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".wasm") && file !== "debug.wasm")
    .sort()
    .map(
      (file) =>
        `${createHash("sha256")
          .update(readFileSync(`${folder}/${file}`))
          .digest("hex")}  ${file}`,
    );
}

/** Those that the release notes list for a version. */
export function publishedHashes(version) {
  return sectionOf(readFileSync(NOTES, "utf8"), version)
    .text.split("\n")
    .filter((line) => /^[\da-f]{64} {2}\S+$/.test(line));
}

function write(version) {
  const notes = readFileSync(NOTES, "utf8");
  const { begin, text } = sectionOf(notes, version);
  const list = `\`\`\`text\n${coreHashes().join("\n")}\n\`\`\``;
  const changed = text.replace(/```text\n[^`]*```/, list);
  writeFileSync(NOTES, notes.slice(0, begin) + changed + notes.slice(begin + text.length));
}

function sectionOf(notes, version) {
  const begin = notes.indexOf(`## ${version}\n`);
  if (begin < 0) throw new RangeError(`${NOTES}: expected a section ## ${version}`);
  const end = notes.indexOf("\n## ", begin);
  return { begin, text: notes.slice(begin, end < 0 ? undefined : end) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  if (process.argv.includes("--write")) write(version);
  else console.log(coreHashes().join("\n"));
}
