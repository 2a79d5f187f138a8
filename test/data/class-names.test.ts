import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClassIndex, listNames, sortClassNames } from "../../src/data/class-names.ts";

describe("sortClassNames", () => {
  test.each([
    [
      ["10", "9", "1", "-1", "2.5", "9"],
      ["-1", "1", "2.5", "9", "10"],
    ],
    [
      ["step10", "step9", "Step1", "step"],
      ["Step1", "step", "step9", "step10"],
    ],
    [
      ["b", "10", "9", "a"],
      ["9", "10", "a", "b"],
    ],
    [
      ["a1b10", "a1b9", "a01b9", "a1"],
      ["a1", "a01b9", "a1b9", "a1b10"],
    ],
    [
      ["1.0", "1", "01"],
      ["01", "1", "1.0"],
    ],
    [
      ["é", "z", "", "ä"],
      ["", "z", "ä", "é"],
    ],
  ])("%o", (names, sorted) => {
    expect(sortClassNames(names)).toEqual(sorted);
    expect(sortClassNames([...names].reverse())).toEqual(sorted);
  });

  test("gives one order, whatever the order of the names", () => {
    const name = fc.string({ unit: fc.constantFrom(..."a1209.-"), maxLength: 6 });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), fc.nat(), (names, turn) => {
        const sorted = sortClassNames(names);
        const at = names.length === 0 ? 0 : turn % names.length;
        expect(sortClassNames([...names.slice(at), ...names.slice(0, at)])).toEqual(sorted);
        expect([...sorted].sort()).toEqual([...names].sort());
      }),
    );
  });

  test("takes long names of digits in bounded time", () => {
    const digits = "1".repeat(1_000_000);
    expect(sortClassNames([`${digits}2`, `${digits}x`, digits])).toEqual([
      digits,
      `${digits}x`,
      `${digits}2`,
    ]);
  });
});

describe("ClassIndex", () => {
  test("numbers labels as they come, sorts them at the end", () => {
    const index = new ClassIndex();
    expect(["b", "c", "a", "b"].map((label) => index.add(label))).toEqual([0, 1, 2, 0]);
    const { classNames, classOf } = index.finish();
    expect(classNames).toEqual(["a", "b", "c"]);
    expect([...classOf]).toEqual([1, 2, 0]);
  });

  test("keeps the order of known names, all of them, and knows no others", () => {
    const index = new ClassIndex(["z", "a", "__proto__"]);
    expect(["a", "z", "b", "__proto__", "constructor"].map((label) => index.add(label))).toEqual([
      1, 0, -1, 2, -1,
    ]);
    const { classNames, classOf } = index.finish();
    expect(classNames).toEqual(["z", "a", "__proto__"]);
    expect([...classOf]).toEqual([0, 1, 2]);
  });
});

test("listNames quotes, cuts and counts", () => {
  expect(listNames([])).toBe("none");
  expect(listNames(["a", 'b"'])).toBe('"a", "b\\""');
  expect(listNames(["x".repeat(100)])).toBe(`"${"x".repeat(60)}..."`);
  expect(listNames(Array.from({ length: 14 }, (_, i) => `${i}`))).toMatch(/"11" and 2 more$/);
});
