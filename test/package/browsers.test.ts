// The package as it lies, without a bundler, in real browsers: where the engine runs, on how many threads, and that
// the bits are those of Node everywhere.

import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROWSERS, open, start } from "./support/browsers.ts";
import { expected, type Trained } from "./support/expected.ts";
import { PROJECT } from "./support/places.ts";
import { type ServerOptions, serve } from "./support/server.ts";

const SELF = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

describe.each(BROWSERS)("%s", (name) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await start(name);
  });
  afterAll(() => browser.close());

  async function train(server: ServerOptions, updates: number, options: object = {}, page = "index.html") {
    const { url, close } = await serve(PROJECT, server);
    try {
      return await open<Trained>(browser, `${url}plain/${page}`, { updates, options });
    } finally {
      await close();
    }
  }

  test.each<[string, ServerOptions, object, Partial<Trained>]>([
    ["a page", {}, {}, { worker: true, threads: 1 }],
    ["an isolated page", { isolated: true }, { threads: 2 }, { worker: true, threads: 2 }],
    [
      "the page's own thread",
      { isolated: true },
      { worker: false, threads: 2 },
      { worker: false, threads: 1 },
    ],
  ])("%s: the published bits after 50 updates", async (_, server, options, place) => {
    const { value, error, messages } = await train(server, 50, options);
    expect({ error, messages }).toEqual({ error: undefined, messages: [] });
    expect(value).toEqual({ ...(await expected(50)), build: "simd", ...place });
  });
});
