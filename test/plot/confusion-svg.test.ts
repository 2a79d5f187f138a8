import { describe, expect, test } from "vitest";
import { confusionSvg } from "../../src/plot/confusion-svg.ts";
import { type Element, elements, parseXml, textsOf } from "../support/xml.ts";

const CONFUSION = [
  [90, 10, 0],
  [0, 1000, 0],
  [1, 0, 0],
];
const drawn = (...args: Parameters<typeof confusionSvg>) => parseXml(confusionSvg(...args));
const cells = (root: Element, colour: string) =>
  elements(root, "rect").filter(({ attributes }) => attributes.class === colour);
const numbersOf = ({ attributes }: Element) => [attributes.x, attributes.y].map(Number);

describe("confusionSvg", () => {
  test("a cell for each count, its number in its middle; zeros are left empty", () => {
    const root = drawn(CONFUSION, { names: ["run", "walk", "<sit>"], title: "Steps" });
    const [right, confused] = [cells(root, "blueFill"), cells(root, "orangeFill")];
    expect([right.length, confused.length]).toEqual([2, 2]);
    const texts = textsOf(root);
    expect(texts).toEqual(
      expect.arrayContaining(["Steps", "run", "walk", "<sit>", "90", "10", "1,000", "1"]),
    );
    expect(texts.filter((own) => own === "run")).toHaveLength(2);
    const counts = elements(root, "text").filter(({ text }) => ["90", "10", "1,000", "1"].includes(text));
    const size = Number(right[0].attributes.width);
    for (const [i, cell] of [right[0], confused[0], right[1], confused[1]].entries()) {
      const [x, y] = numbersOf(cell);
      const [tx, ty] = numbersOf(counts[i]);
      expect(tx).toBeCloseTo(x + size / 2, 1);
      expect(ty).toBeCloseTo(y + size / 2 + 4, 1);
    }
    // Row 0, column 1 is right of row 0, column 0; row 1, column 1 is below it.
    expect(numbersOf(confused[0])[0]).toBeCloseTo(numbersOf(right[0])[0] + size, 1);
    expect(numbersOf(right[1])[1]).toBeCloseTo(numbersOf(right[0])[1] + size, 1);
  });

  test("shades by the share of the row, confused ones by its root", () => {
    const root = drawn(CONFUSION);
    const opacities = (colour: string) =>
      cells(root, colour).map(({ attributes }) => Number(attributes.opacity));
    expect(opacities("blueFill")).toEqual([0.914, 1]);
    expect(opacities("orangeFill")).toEqual([expect.closeTo(0.14 + 0.86 * Math.sqrt(0.1), 3), 1]);
  });

  test("names recall and precision of each class", () => {
    const texts = textsOf(drawn(CONFUSION));
    // Recall 90/100, all, none; precision 90/91, 1000/1010, none.
    expect(texts).toEqual(expect.arrayContaining(["90.0", "100", "98.9", "99.0"]));
    expect(texts.filter((own) => own === "0.0")).toHaveLength(2);
    expect(
      textsOf(
        drawn([
          [99999, 1],
          [0, 5],
        ]),
      ),
    ).toContain("99.9");
  });

  test("all stays inside, whatever the names and the number of classes", () => {
    for (const classes of [1, 2, 10, 40, 41, 300]) {
      for (const length of [1, 200]) {
        const confusion = Array.from({ length: classes }, (_, i) =>
          Array.from({ length: classes }, (_, j) => (i === j ? 123456 : i + 1 === j ? 7 : 0)),
        );
        const names = confusion.map((_, i) => String(i).padEnd(length, "w"));
        const root = drawn(confusion, { names });
        const [width, height] = ["width", "height"].map((key) => Number(root.attributes[key]));
        for (const element of [...elements(root, "text"), ...elements(root, "rect").slice(1)]) {
          const [x, y] = numbersOf(element);
          expect(x).toBeGreaterThan(0);
          expect(x + Number(element.attributes.width ?? 0)).toBeLessThanOrEqual(width);
          expect(y).toBeGreaterThan(0);
          expect(y + Number(element.attributes.height ?? 0)).toBeLessThanOrEqual(height);
        }
        expect(textsOf(root).includes("123,456")).toBe(classes <= 40);
      }
    }
  });

  test("long names are cut and stand upright", () => {
    const root = drawn(
      [
        [1, 0],
        [0, 1],
      ],
      { names: ["somebody walking downstairs", "b"] },
    );
    const named = elements(root, "text").filter(({ text }) => text === "somebody walking …");
    expect(named.map(({ attributes }) => attributes.transform?.slice(0, 10))).toEqual([
      undefined,
      "rotate(-90",
    ]);
  });
});
