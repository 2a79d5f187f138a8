import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDecimal } from "../../src/formats/decimal.ts";

const parse = (text: string) => parseDecimal(text, 0, text.length);

describe("parseDecimal", () => {
  test.each([
    "0",
    "-0",
    "+7",
    "1.5",
    "-1.5e3",
    ".5",
    "5.",
    "1E-7",
    "1e+22",
    "1e23",
    "9007199254740993",
    "0.1",
    "1.7976931348623157e308",
    "5e-324",
    "123456789012345678901234567890",
    "0.000000000000000000000000000001",
    "3.141592653589793238462643383",
    "1e-400",
    "17976931348623157e292",
    "007",
    "2.2250738585072011e-308",
  ])("%s is what JavaScript makes of it", (text) => {
    expect(parse(text)).toBe(Number(text));
  });

  test("takes spaces and tabs around, and only the part it is given", () => {
    expect(parse(" \t-2.5 ")).toBe(-2.5);
    expect(parseDecimal("1,23,4", 2, 4)).toBe(23);
    expect(parseDecimal("1e5", 0, 1)).toBe(1);
    expect(parseDecimal("12.5e3", 0, 4)).toBe(12.5);
    expect(parseDecimal("-1", 0, 1)).toBeNaN();
    expect(parseDecimal("1e-1", 0, 3)).toBeNaN();
  });

  test.each([
    "",
    " ",
    "-",
    ".",
    "e5",
    "-.e1",
    "1e",
    "1e+",
    "0x10",
    "1_000",
    "1,5",
    "1 5",
    "Infinity",
    "-Infinity",
    "NaN",
    "nan",
    "1e999",
    "--1",
    "1.2.3",
    "1e5.5",
    "12px",
    "0b1",
    "0o7",
    "١",
    "1\n",
    "1n",
    "true",
  ])("%j is no number", (text) => {
    expect(parse(text)).toBeNaN();
  });

  test("every number comes back, as JavaScript writes it and with many digits", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e300, max: 1e300, noNaN: true }),
        fc.nat({ max: 25 }),
        (value, digits) => {
          expect(parse(String(value))).toBe(Number(String(value)));
          expect(parse(value.toExponential(digits))).toBe(Number(value.toExponential(digits)));
          const fixed = (value % 1e6).toFixed(digits);
          expect(parse(fixed)).toBe(Number(fixed));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("is NaN exactly where the grammar says so", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789+-.eE x"), maxLength: 8 });
    fc.assert(
      fc.property(text, (text) => {
        const valid =
          /^ *[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)? *$/i.test(text) && Number.isFinite(Number(text));
        expect(parse(text)).toBe(valid ? Number(text) : Number.NaN);
      }),
      { numRuns: 5000 },
    );
  });
});
