// Tells the service worker, after a build, which files make up the page.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Plugin } from "vite";

const WORKER = "service-worker.js";
/** Images, which the page keeps itself, and TensorFlow.js, which is kept when somebody has asked for it. */
const LATER = /\.bin$|\.wasm$|race-worker/;

export function offline(): Plugin {
  let folder = "";
  return {
    name: "offline",
    apply: "build",
    configResolved({ root, build }) {
      folder = `${root}/${build.outDir}`;
    },
    closeBundle() {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
        .filter((file) => file !== WORKER && !LATER.test(file))
        .sort();
      const version = createHash("sha256");
      for (const file of files) version.update(readFileSync(`${folder}/${file}`));
      const path = `${folder}/${WORKER}`;
      const page = { version: version.digest("hex").slice(0, 16), files };
      writeFileSync(path, `self.PAGE = ${JSON.stringify(page)};\n${readFileSync(path, "utf8")}`);
    },
  };
}
