// The package as it lies, without a bundler, in real browsers: where the engine runs, on how many threads, and that
// the bits are those of Node everywhere.

import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tally } from "../support/tally.ts";
import { exercise } from "./fixtures/exercise.js";
import { KNOWN_ANSWERS } from "./fixtures/known-answers.js";
import { BROWSERS, open, start } from "./support/browsers.ts";
import { expected, library, type Trained } from "./support/expected.ts";
import { PROJECT } from "./support/places.ts";
import { type ServerOptions, serve } from "./support/server.ts";

const SELF = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'";

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

  describe("content security policies", () => {
    test.each<[string, string, Partial<Trained>]>([
      ["workers from text", `${SELF}; worker-src blob:`, { worker: true, threads: 2 }],
      ["workers from files alone", SELF, { worker: true, threads: 2 }],
      ["no workers", `${SELF}; worker-src 'none'`, { worker: false, threads: 1 }],
    ])("%s", async (_, policy, place) => {
      const { value, error } = await train({ policy, isolated: true }, 3, { threads: 2 });
      expect({ error, value }).toEqual({ value: { ...(await expected(3)), build: "simd", ...place } });
    });

    test("only a worker is an error of its own where there can be none", async () => {
      const { error } = await train({ policy: `${SELF}; worker-src 'none'` }, 1, { worker: true });
      expect(error).toMatch(/^Error: the model's worker failed/);
    });

    test("a worker from an address", async () => {
      const options = { worker: "/node_modules/wasm-lstm/dist/src/bundle/engine-worker.js", threads: 2 };
      const { value, messages } = await train({ policy: SELF, isolated: true }, 3, options);
      expect(messages).toEqual([]);
      expect(value).toMatchObject({ ...(await expected(3)), worker: true, threads: 2 });
    });
  });

  describe("cores in files of their own", () => {
    test.each<[string, ServerOptions, number]>([
      ["with their type", {}, 1],
      ["with another", { wasmType: "text/plain" }, 1],
      ["for threads", { isolated: true, policy: `${SELF}; worker-src blob:` }, 2],
    ])("%s", async (_, server, threads) => {
      const { value, error, messages } = await train(server, 3, { threads }, "streaming.html");
      expect({ error, messages }).toEqual({ error: undefined, messages: [] });
      expect(value).toEqual({ ...(await expected(3)), build: "simd", worker: true, threads });
    });

    test("from a folder, and an error that names the file which is not there", async () => {
      const folder = (wasmFolder: string) => train({}, 3, { wasmFolder }, "streaming.html");
      expect((await folder("/node_modules/wasm-lstm/dist/build")).value).toMatchObject(await expected(3));
      expect((await folder("/elsewhere/")).error).toMatch(
        /^Error: http:\/\/localhost:\d+\/elsewhere\/simd.wasm could not be loaded: HTTP 404$/,
      );
    });
  });

  test.each(["simd", "scalar"].flatMap((build) => [1, 2, 3].map((threads) => [build, threads] as const)))(
    "known answers: the %s build on %i threads",
    async (build, threads) => {
      const { url, close } = await serve(PROJECT, { isolated: true });
      const given = { build, threads };
      const outcome = await open(browser, `${url}plain/known-answers.html`, given).finally(close);
      expect(outcome).toEqual({ value: KNOWN_ANSWERS.map(({ sha256 }) => sha256), messages: [] });
      tally("answers", KNOWN_ANSWERS.length);
    },
  );

  test.each<[string, ServerOptions, object]>([
    ["a worker", {}, {}],
    ["a worker with threads", { isolated: true }, { threads: 2 }],
    ["the page's own thread", {}, { worker: false }],
  ])("everything a model does, in %s", async (_, server, options) => {
    const { url, close } = await serve(PROJECT, server);
    const outcome = await open(browser, `${url}plain/exercise.html`, { options }).finally(close);
    const here = await exercise(await library(), { options: {} });
    expect(here.left).toEqual([120, 5]);
    expect(outcome).toEqual({ value: { ...here, left: [0, 0] }, messages: [] });
  });

  test("builds: the best that the engine understands, and the one that is asked for", async () => {
    const builds = [{ reproducible: false }, { build: "scalar" }, { build: "simd" }];
    const outcomes = [];
    for (const options of builds) outcomes.push(await train({}, 3, options));
    expect(outcomes.map(({ value }) => value?.build)).toEqual(["relaxed", "scalar", "simd"]);
    for (const { value } of outcomes.slice(1)) expect(value).toMatchObject(await expected(3));
    const wrong = await train({}, 1, { units: -1 });
    expect(wrong.error).toMatch(/^RangeError: .*units must be a whole number from 1/);
  });
});
