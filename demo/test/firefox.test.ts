// The same page in Debian's Firefox.

import { launch } from "puppeteer-core";
import { expect, test } from "vitest";
import { host } from "./visit.ts";

test("Firefox trains, and reads a digit that keys have drawn", async () => {
  const server = await host();
  const browser = await launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
  });
  const page = await browser.newPage();
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(`${server.page}#units=32&batch=64&rate=0.01&epochs=1`);
  const text = (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? "");
  await expect.poll(() => text("doing"), { timeout: 60_000 }).toBe("Ready");
  await page.click("#start");
  await expect
    .poll(async () => Number.parseFloat(await text("test-accuracy")), { timeout: 120_000 })
    .toBeGreaterThan(85);
  await page.click("#start");
  await expect.poll(() => text("start"), { timeout: 30_000 }).toMatch(/Resume|Train on/);
  expect(await text("engine")).toMatch(/SIMD, 2 threads$/);
  expect(await text("hash")).toMatch(/^[0-9a-f]{64}$/);
  await page.focus("#pad");
  for (const key of [" ", ...new Array(16).fill("ArrowDown"), " "]) await page.keyboard.press(key);
  await expect.poll(() => text("verdict-status")).toMatch(/^Read as 1, /);
  expect(messages).toEqual([]);
  await browser.close();
  await server.close();
});
