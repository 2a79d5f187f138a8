// Other Nodes than this one, from the npm package `node`.

import { execFileSync } from "node:child_process";

/** The oldest, the long-term and the newest line that is supported. */
export function nodeVersions() {
  const version = (range) => {
    const text = execFileSync("npm", ["view", `node@${range}`, "version", "--json"], { encoding: "utf8" });
    return [JSON.parse(text)].flat().sort(byNumbers).at(-1);
  };
  return { oldest: version("20"), middle: version("24"), newest: version("latest") };
}

/** The command that stands for `node` of a version; installed on its first use. */
export function nodeCommand(version) {
  if (process.version === `v${version}`) return [process.execPath];
  const args = ["-y", "-p", `node@${version}`, "node", "-p", "process.execPath"];
  return [execFileSync("npx", args, { encoding: "utf8" }).trim()];
}

function byNumbers(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const k = left.findIndex((part, i) => part !== right[i]);
  return k < 0 ? 0 : left[k] - right[k];
}
