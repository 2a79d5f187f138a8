// The edge core without a JavaScript engine: wasm2c and gcc, and interpreters, against the host of TypeScript.

import { spawnSync } from "node:child_process";
import { counted } from "../figures.mjs";

const NATIVE = /^(x86-64|aarch64)\b.* (\d+) lines equal, (\d+) mistakes refused/;
const INTERPRETED = /^(wabt|Binaryen)'s interpreter.* equal/;

export default {
  name: "native",
  promise: "The same bits without JavaScript: wasm2c and gcc, and WebAssembly's interpreters",
  command: "npm run trust -- --only native",
  async run({ short, say }) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["scripts/edge.mjs", ...(short ? ["x86-64"] : [])],
      {
        encoding: "utf8",
      },
    );
    const lines = stdout.split("\n");
    const natives = lines.map((line) => NATIVE.exec(line)).filter(Boolean);
    const interpreted = lines.filter((line) => INTERPRETED.test(line));
    const missing = lines.filter((line) => line.includes("not run"));
    for (const line of [...missing, ...lines.filter((line) => line.includes("FAILED"))]) say(line);
    if (status !== 0) throw new Error(`scripts/edge.mjs ended with ${status}: ${stderr.slice(-500)}`);
    const equal = natives.reduce((sum, [, , count]) => sum + Number(count), 0);
    return {
      passed: natives.some(([, machine]) => machine === "x86-64"),
      figure:
        `${equal} losses, classes and SHA-256 of weights equal in ${counted(natives.length, "program")} in C ` +
        `(${[...new Set(natives.map(([, machine]) => machine))].join(", ")}), ${counted(interpreted.length, "interpreter's run")}` +
        `${missing.length > 0 ? `; ${missing.length} not run for want of tools` : ""}`,
    };
  },
};
