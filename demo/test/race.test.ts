// The race against TensorFlow.js.

import { expect, test } from "vitest";
import { browse, host, Visit } from "./visit.ts";

test("the losses are the same, and the bars say who was slower", async () => {
  const [browser, server] = await Promise.all([browse(), host()]);
  const visit = await Visit.to(`${server.page}#units=16&batch=16`, browser);
  const { page } = visit;
  const before = server.requests.length;
  await visit.reads("#doing", "Ready");
  const asked = () => server.requests.slice(before).some(({ path }) => path.includes("race-worker"));
  expect(asked()).toBe(false);
  await page.check("input[name=cpu]");
  await page.click("#race-start");
  await visit.reads("#race-doing", /^Update ([4-9]|[12]\d) of 30/);
  expect(asked()).toBe(true);
  await page.click("#race-start");
  await visit.reads("#race-doing", "Stopped");
  const ms = await page.locator(".lanes .ms").allInnerTexts();
  expect(ms).toHaveLength(4);
  for (const text of ms) expect(text).toMatch(/^[\d.,]+ ms$/);
  const difference = await visit.text("#race-difference");
  expect(Number(/is (\d\.\d+):/.exec(difference)![1])).toBeLessThan(2e-5);
  await visit.leave();
  await Promise.all([browser.close(), server.close()]);
});
