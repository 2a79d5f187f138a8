// What visitors take away and bring back: files, links, fingerprints.

import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeModel } from "../../src/formats/models/index.ts";
import { browse, host, SMALL, Visit } from "./visit.ts";

let browser: Browser;
let server: Awaited<ReturnType<typeof host>>;
beforeAll(async () => {
  [browser, server] = await Promise.all([browse(), host()]);
});
afterAll(() => Promise.all([browser.close(), server.close()]));

async function saved(
  visit: Visit,
  button: string,
): Promise<{ name: string; path: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([visit.page.waitForEvent("download"), visit.page.click(button)]);
  const path = await download.path();
  return { name: download.suggestedFilename(), path, bytes: readFileSync(path) };
}

test("a saved training goes on elsewhere; weights are the same in every file; a broken file changes nothing", async () => {
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=1`, browser);
  const { page } = visit;
  await visit.train(10);
  const [made, hash] = [await visit.made(), await visit.text("#hash")];
  const training = await saved(visit, "#save");
  expect(training.name).toBe(`lstm-32-update-${made}.training.safetensors`);
  const weights = [];
  for (const id of ["#safetensors", "#onnx"]) {
    const { name, bytes } = await saved(visit, id);
    const { model } = await decodeModel(bytes, name);
    expect(model.description).toMatchObject({
      timeSteps: 28,
      features: 28,
      head: { type: "softmax", units: 10 },
    });
    weights.push(
      [...model.tensors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { data }]) => Array.from(data)),
    );
  }
  expect(weights[1]).toEqual(weights[0]);

  const other = await Visit.to(server.page, browser);
  await other.page.setInputFiles("#file", training.path);
  await other.reads("#hash", hash);
  expect(await other.notices()).toContain("is open");
  expect(await other.made()).toBe(made);
  expect(await other.page.inputValue("input[name=units]")).toBe("32");
  // Both go on to the same.
  for (const one of [visit, other]) {
    await one.page.click("#step");
    await expect.poll(() => one.made()).toBe(made + 1);
    await one.reads("#hash-label", `after update ${made + 1}`);
  }
  const next = await visit.text("#hash");
  expect(next).not.toBe(hash);
  expect(await other.text("#hash")).toBe(next);

  const broken: [string, Buffer][] = [
    ["cut.safetensors", Buffer.from(training.bytes.subarray(0, 5000))],
    ["digit.png", Buffer.from("\x89PNG\r\n\x1a\nno model", "latin1")],
    ["empty.onnx", Buffer.alloc(0)],
  ];
  for (const [name, buffer] of broken) {
    await page.setInputFiles("#file", { name, mimeType: "application/octet-stream", buffer });
    expect(await visit.notices()).toContain(
      `${name} could not be opened, and the model here stays as it is.`,
    );
    expect(await visit.text("#hash")).toBe(next);
  }
  await page.click("#step");
  await expect.poll(() => visit.made()).toBe(made + 2);
  await visit.leave();
  await other.leave();
});

test("a shared run becomes the same, bit for bit, on another build and another number of threads", async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const visit = await Visit.to(`${server.page}#${SMALL}&build=simd&threads=2&seed=7`, browser, {
    permissions,
  });
  await visit.train(100);
  const update = await visit.made();
  await visit.page.click("#share");
  expect(await visit.notices()).toContain(`the weights after update ${update} are these`);
  const link = await visit.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain(`&update=${update}&sha256=`);
  await visit.leave();

  const other = await Visit.to(link.replace("build=simd&threads=2", "build=scalar&threads=1"), browser);
  await other.page.click("#start");
  await other.reads(
    "#hash-match",
    `After update ${update} the weights were those of the shared run, bit for bit.`,
  );
  await other.pause();
  await other.leave();
});

test("an address that asks for what cannot be", async () => {
  const visit = await Visit.to(`${server.page}#units=99999&rate=fast&batch=64`, browser);
  expect(await visit.notices()).toContain("units=99999, rate=fast; the usual takes its place");
  expect(await visit.page.inputValue("input[name=batch]")).toBe("64");
  expect(await visit.page.inputValue("input[name=units]")).toBe("128");
  await visit.leave();
});
