// The package bundled as users bundle it, with no configuration, and the pages loaded.

import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROWSERS, type BrowserName, open, start } from "./support/browsers.ts";
import { type Bundled, bundlers, serveVite } from "./support/bundle.ts";
import { expected, type Trained } from "./support/expected.ts";
import { type ServerOptions, serve } from "./support/server.ts";

const browsers = new Map<BrowserName, Browser>();
beforeAll(async () => {
  for (const name of BROWSERS) browsers.set(name, await start(name));
});
afterAll(() => Promise.all([...browsers.values()].map((browser) => browser.close())));

const UPDATES = 3;
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

async function trainIn({ folder }: Bundled, name: BrowserName, server: ServerOptions, options: object = {}) {
  const { url, requests, close } = await serve(folder, server);
  const outcome = await open<Trained>(browsers.get(name)!, url, { updates: UPDATES, options }).finally(close);
  return { ...outcome, missing: requests.filter(({ status }) => status !== 200).map(({ path }) => path) };
}

describe.each(Object.keys(bundlers))("%s", (bundler) => {
  let bundled: Bundled;
  beforeAll(async () => {
    bundled = await bundlers[bundler]("app");
  });

  test("trains in a worker, and nobody complains", async () => {
    expect(bundled.warnings).toEqual([]);
    const place = { build: "simd", worker: true };
    for (const name of BROWSERS) {
      const { value, error, messages, missing } = await trainIn(bundled, name, {});
      expect({ error, messages, missing }).toEqual({ error: undefined, messages: [], missing: [] });
      expect(value).toEqual({ ...(await expected(UPDATES)), ...place, threads: 1 });
      const isolated = await trainIn(bundled, name, { isolated: true }, { threads: 2 });
      expect(isolated.value).toEqual({ ...(await expected(UPDATES)), ...place, threads: 2 });
    }
  });

  test("trains under a policy that knows files alone", async () => {
    // Vite and webpack have made a file of the worker; elsewhere it is not there, and the page's thread trains.
    const hasFile = bundler === "vite" || bundler === "webpack";
    const { value, error } = await trainIn(bundled, "chromium", { policy: STRICT });
    expect(error).toBeUndefined();
    expect(value).toEqual({ ...(await expected(UPDATES)), build: "simd", worker: hasFile, threads: 1 });
  });
});

describe("cores in files of their own", () => {
  test.each(["vite", "webpack"])("%s brings them", async (bundler) => {
    const bundled = await bundlers[bundler]("streaming-app");
    expect(bundled.warnings).toEqual([]);
    for (const name of BROWSERS) {
      const { value, error, messages, missing } = await trainIn(bundled, name, {});
      expect({ error, messages, missing }).toEqual({ error: undefined, messages: [], missing: [] });
      expect(value).toMatchObject({ ...(await expected(UPDATES)), worker: true });
    }
  });
});

test("Vite's development server", async () => {
  for (const entry of ["app", "streaming-app"] as const) {
    const { url, close } = await serveVite(entry);
    try {
      for (const name of BROWSERS) {
        const { value, error } = await open<Trained>(browsers.get(name)!, url, { updates: UPDATES });
        expect(error).toBeUndefined();
        expect(value).toMatchObject({ ...(await expected(UPDATES)), worker: true });
      }
    } finally {
      await close();
    }
  }
});
