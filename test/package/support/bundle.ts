// The bundlers, each as its users run it first: an entry, a folder, no configuration. They are not a page's fault
// alone: what they warn of is told too.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { createLogger, createServer, build as vite } from "vite";
import { PROJECT } from "./places.ts";

export interface Bundled {
  /** Holds index.html. */
  folder: string;
  warnings: string[];
}

export type Entry = "app" | "streaming-app";

// A folder of the project's with the sources and a page.
function source(name: string, entry: Entry, script = "./main.js", kind = 'type="module"'): string {
  const folder = `${PROJECT}/${name}-${entry}`;
  mkdirSync(`${folder}/dist`, { recursive: true });
  for (const file of ["train.js", "outcome.js"]) cpSync(`${PROJECT}/${file}`, `${folder}/${file}`);
  cpSync(`${PROJECT}/${entry}.js`, `${folder}/main.js`);
  const page = `<!doctype html><meta charset="utf-8"><title>${name}</title><body><script ${kind} src="${script}"></script></body>\n`;
  writeFileSync(`${folder}/index.html`, page);
  writeFileSync(`${folder}/dist/index.html`, page);
  return folder;
}

export const bundlers: Record<string, (entry: Entry) => Promise<Bundled>> = {
  async vite(entry) {
    const root = source("vite", entry);
    const warnings: string[] = [];
    // How long Vite's own plugins took is not about the package.
    const warn = (message: string) => message.includes("PLUGIN_TIMINGS") || warnings.push(message);
    const silent = createLogger("silent");
    const customLogger = { ...silent, warn, warnOnce: warn, error: warn };
    await vite({ root, configFile: false, logLevel: "warn", customLogger });
    return { folder: `${root}/dist`, warnings };
  },
  async webpack(entry) {
    const cwd = source("webpack", entry);
    // Its output goes to where it runs.
    const script = fileURLToPath(new URL("./webpack.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd });
    return { folder: `${cwd}/dist`, warnings: JSON.parse(stdout) };
  },
  async rollup(entry) {
    const folder = source("rollup", entry);
    const warnings: string[] = [];
    const bundle = await rollup({
      input: `${folder}/main.js`,
      plugins: [nodeResolve()],
      onLog: (_, { message }) => warnings.push(message),
    });
    await bundle.write({ dir: `${folder}/dist` });
    await bundle.close();
    return { folder: `${folder}/dist`, warnings };
  },
  async esbuild(entry) {
    const folder = source("esbuild", entry);
    const options = { bundle: true, minify: true, format: "esm", splitting: true } as const;
    const entryPoints = [`${folder}/main.js`];
    const { warnings } = await esbuild({
      ...options,
      entryPoints,
      outdir: `${folder}/dist`,
      logLevel: "silent",
    });
    return { folder: `${folder}/dist`, warnings: warnings.map(({ text }) => text) };
  },
  async "esbuild, one classic script"(entry) {
    const folder = source("esbuild-classic", entry, "./main.js", "defer");
    const outfile = `${folder}/dist/main.js`;
    const entryPoints = [`${folder}/main.js`];
    const { warnings } = await esbuild({ bundle: true, entryPoints, outfile, logLevel: "silent" });
    return { folder: `${folder}/dist`, warnings: warnings.map(({ text }) => text) };
  },
};

/** Vite's development server. */
export async function serveVite(entry: Entry): Promise<{ url: string; close(): Promise<void> }> {
  const root = source("vite-dev", entry);
  const server = await createServer({ root, configFile: false, logLevel: "silent", server: { port: 0 } });
  await server.listen();
  return { url: server.resolvedUrls!.local[0], close: () => server.close() };
}
