// Places that a page meets: no network, hosts without headers, no storage, phones, screen readers.

import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browse, browseWithoutStorage, host, SMALL, Visit } from "./visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await browse();
});
afterAll(() => browser.close());

async function isIsolated(visit: Visit): Promise<boolean> {
  return visit.page.evaluate(() => crossOriginIsolated);
}

test("after the first visit no network is needed", async () => {
  const server = await host();
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=1`, browser);
  await visit.reads("#offline", "works without a network");
  await visit.reads("#doing", "Ready");
  await server.close();
  await visit.page.reload();
  await visit.reads("#doing", "Ready");
  expect(await isIsolated(visit)).toBe(true);
  await visit.train(2);
  for (const id of ["#safetensors", "#onnx"]) {
    await Promise.all([visit.page.waitForEvent("download"), visit.page.click(id)]);
  }
  await visit.leave();
});

test("a host without headers: isolated by the page's own worker, after one load", async () => {
  const server = await host({});
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=2`, browser);
  await expect.poll(() => isIsolated(visit).catch(() => false), { timeout: 30_000 }).toBe(true);
  await visit.train(2);
  expect(await visit.text("#engine")).toBe("relaxed SIMD, 2 threads");
  await visit.leave();
  await server.close();
});

test("no isolation at all: one thread, and no error", async () => {
  const server = await host({});
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=2`, browser, { serviceWorkers: "block" });
  await visit.train(2);
  expect(await isIsolated(visit)).toBe(false);
  expect(await visit.text("#engine")).toBe("relaxed SIMD, one thread");
  expect(await visit.page.isDisabled("select[name=threads]")).toBe(true);
  await visit.leave();
  await server.close();
});

test("forbidden storage: it says so, and trains", async () => {
  const server = await host();
  const { context, close } = await browseWithoutStorage();
  const visit = await Visit.in(context, `${server.page}#${SMALL}&threads=1`);
  await visit.reads("#offline", "This browser keeps nothing for the page");
  await visit.train(2);
  expect(visit.messages).toEqual([]);
  await close();
  await server.close();
});

test("a phone: nothing sticks out, and a finger and too much ink are read", async () => {
  const server = await host();
  const phone = {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
    deviceScaleFactor: 2,
  };
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=1`, browser, phone);
  const { page } = visit;
  await visit.train(2);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const rows = Array.from({ length: 31 }, (_, i) => i / 30);
  await visit.draw(
    rows.flatMap(
      (y) =>
        [
          [0, y],
          [1, y],
        ] as const,
    ),
  );
  expect(await visit.notices()).toContain("more ink than paper");
  await visit.reads("#verdict-status", /^Read as \d/);
  await page.click("#clear");
  await page.locator("#pad").tap();
  await visit.reads("#verdict-status", /^Read as \d/);
  await visit.leave();
  await server.close();
});

test("keys alone train, draw and read; axe finds nothing, light or dark", async () => {
  const server = await host();
  const visit = await Visit.to(`${server.page}#${SMALL}&threads=1`, browser, { reducedMotion: "reduce" });
  const { page } = visit;
  await visit.reads("#doing", "Ready");
  await page.focus("#start");
  await page.keyboard.press("Enter");
  await expect
    .poll(() => page.locator("#confusion button:not([disabled])").count(), { timeout: 60_000 })
    .toBeGreaterThan(0);
  await page.keyboard.press("Enter");
  await visit.reads("#start", "Resume");
  await page.focus("#pad");
  for (const key of [" ", ...new Array(12).fill("ArrowDown"), " "]) await page.keyboard.press(key);
  await visit.reads("#verdict-status", /^Read as \d, \d+ %/);
  await page.focus("#row");
  await page.keyboard.press("Home");
  expect(await visit.text("#row-text")).toBe("1 of 28");

  await page.addScriptTag({ content: axe.source }).catch(() => page.evaluate(axe.source));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
      );
    });
    expect(violations).toEqual([]);
  }
  await visit.leave();
  await server.close();
});
