// What Node loads in place of the compiled files one by one.

import { expect, test } from "vitest";

test("exports what the library's entry does, under its own names", async () => {
  const load = (file: string) => import(new URL(`../dist/src/${file}`, import.meta.url).href);
  const [bundle, entry] = await Promise.all([load("node-bundle/index.js"), load("index.js")]);
  expect(Object.keys(bundle).sort()).toEqual(Object.keys(entry).sort());
  const isFunction = (name: string) => typeof entry[name] === "function";
  const functions = Object.keys(entry).filter(isFunction);
  expect(functions.length).toBeGreaterThan(20);
  expect(functions.map((name) => bundle[name].name)).toEqual(functions);
});
