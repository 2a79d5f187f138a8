// Training on the page, from the start button to a network that reads what is drawn.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { longestTask } from "./tasks.ts";
import { browse, host, SMALL, Visit } from "./visit.ts";

let browser: Browser;
let server: Awaited<ReturnType<typeof host>>;
beforeAll(async () => {
  [browser, server] = await Promise.all([browse(), host()]);
});
afterAll(() => Promise.all([browser.close(), server.close()]));

const LINE = [
  [0.5, 0.15],
  [0.5, 0.85],
] as const;
const RING = Array.from({ length: 25 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 24;
  return [0.5 + 0.22 * Math.sin(angle), 0.5 - 0.33 * Math.cos(angle)] as const;
});

test("a stranger trains a network to 95 %, and it reads their digits", async () => {
  const visit = await Visit.to(`${server.page}#units=64&batch=64&rate=0.008&epochs=2&threads=1`, browser);
  const { page } = visit;
  // Playwright has its own script in the page from here on.
  await visit.reads("#doing", "Ready");
  const tasks = await longestTask(browser, page);
  await page.click("#start");
  await expect
    .poll(async () => Number.parseFloat(await visit.text("#test-accuracy")), { timeout: 280_000 })
    .toBeGreaterThan(95);
  expect(await tasks.end()).toBeLessThan(50);
  await visit.pause();

  for (const id of ["loss", "speed", "flops"])
    expect(Number.parseFloat(await visit.text(`#${id}`))).toBeGreaterThan(0);
  expect(await visit.text("#engine")).toMatch(/^relaxed SIMD, one thread$/);
  expect(await visit.text("#hash")).toMatch(/^[0-9a-f]{64}$/);
  const counts = await page.locator("#confusion button").allInnerTexts();
  expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(10_000);

  await visit.draw(LINE);
  await visit.reads("#verdict-status", /^Read as 1, /);
  await page.click("#clear");
  await visit.draw(RING);
  await visit.reads("#verdict-status", /^Read as 0, /);

  // A mistake is read row by row; its kind alone is listed when its cell is picked.
  await page.locator("#mistakes button").first().click();
  await visit.reads("#row-text", "28 of 28");
  expect(await page.getAttribute("#beliefs", "aria-label")).toMatch(/^Opinion: .*\d from row \d/);
  await page.locator("#confusion button:not([disabled])").first().click();
  expect(await visit.text("#mistakes-title")).toMatch(/^\d taken for \d: \d+$/);

  await page.fill("#row", "9");
  expect(await visit.text("#row-text")).toBe("9 of 28");
  expect(await page.getAttribute("#row", "aria-valuetext")).toMatch(/^after row 9: \d with/);
  await visit.leave();
});

test("pause, step, resume, another engine, another seed", async () => {
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=1`, browser);
  const { page } = visit;
  await visit.train(20);
  const paused = await visit.made();
  await page.click("#step");
  await expect.poll(() => visit.made()).toBe(paused + 1);
  await visit.reads("#doing", "Paused");

  await page.selectOption("select[name=build]", "scalar");
  await page.selectOption("select[name=threads]", "1");
  await visit.reads("#engine", "scalar, one thread");
  expect(await visit.made()).toBe(paused + 1);
  await visit.train(paused + 5);
  expect(await visit.text("#engine")).toBe("scalar, one thread");

  await page.fill("input[name=units]", "1000");
  await page.keyboard.press("Enter");
  expect(await visit.text("#settings-error")).toBe("Hidden units must be a whole number from 4 to 256.");
  await page.selectOption("select[name=layer]", "gru");
  await page.fill("input[name=units]", "16");
  await page.keyboard.press("Tab");
  expect(await visit.text("#restart")).toBe("Restart with these");
  await page.click("#reseed");
  await visit.reads("#start", "Pause");
  expect(new URL(page.url()).hash).toMatch(/layer=gru&units=16&.*seed=2/);
  await expect.poll(() => visit.made()).toBeGreaterThan(0);
  await visit.pause();
  expect(await page.locator("#panels b").allInnerTexts()).toEqual([
    "State h",
    "Update gate z",
    "Reset gate r",
    "Candidate n",
  ]);
  await visit.leave();
});

test("a learning rate without sense, and an engine that is lost", async () => {
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=1`, browser);
  const { page } = visit;
  await visit.train(5);
  const made = await visit.made();
  const engine = page.workers().find((worker) => worker.url().startsWith("blob:"))!;
  await engine.evaluate("void setTimeout(() => { throw new Error('out of memory') })");
  await page.click("#start");
  expect(await visit.notices()).toContain("The training stopped: the model's worker failed");
  await visit.train(made + 5);
  await visit.leave();
});
