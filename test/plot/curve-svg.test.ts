import { describe, expect, test } from "vitest";
import { curveSvg } from "../../src/plot/curve-svg.ts";
import { type Element, elements, parseXml, textsOf } from "../support/xml.ts";

const curves = (n: number, validations = 4) => ({
  loss: Array.from({ length: n }, (_, i) => 2 * Math.exp(-i / (n / 5)) + 0.5 + 0.2 * Math.sin(7 * i)),
  accuracy: Array.from({ length: n }, (_, i) => 1 - Math.exp(-i / (n / 5))),
  validation: Array.from({ length: validations }, (_, k) => ({
    step: Math.floor(((k + 1) * n) / validations) - 1,
    loss: 1 / (k + 1),
    accuracy: 0.5 + k / 10,
  })),
});

const drawn = (...args: Parameters<typeof curveSvg>) => parseXml(curveSvg(...args));
const ofClass = (root: Element, classes: string) =>
  elements(root, "path").filter(({ attributes }) => attributes.class === classes);
/** The points of a path. */
const pointsOf = ({ attributes }: Element) =>
  attributes.d
    .slice(1)
    .split("L")
    .map((point) => point.split(" ").map(Number));

describe("curveSvg", () => {
  test("draws loss and accuracy, training and validation, with a dot each", () => {
    const root = drawn(curves(800));
    expect(elements(root, "title")[0].text).toBe("Training: loss and accuracy over the updates");
    expect(textsOf(root)).toEqual(
      expect.arrayContaining(["training", "validation", "loss", "accuracy", "updates"]),
    );
    // One of each colour is the legend's.
    expect(ofClass(root, "line blue")).toHaveLength(3);
    expect(ofClass(root, "line orange")).toHaveLength(3);
    expect(elements(root, "circle")).toHaveLength(8);
    expect(textsOf(root)).toEqual(expect.arrayContaining(["0", "100", "700", "0.0", "1.0"]));
  });

  test("lines go from the left to the right, and stay inside", () => {
    const root = drawn(curves(800));
    const [width, height] = ["width", "height"].map((key) => Number(root.attributes[key]));
    for (const path of elements(root, "path")) {
      for (const [x, y] of pointsOf(path)) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(height);
      }
    }
    for (const { attributes } of elements(root, "text")) {
      expect(Number(attributes.x)).toBeLessThanOrEqual(width);
      expect(Number(attributes.y)).toBeLessThanOrEqual(height);
    }
    const [, loss] = ofClass(root, "line blue");
    const xs = pointsOf(loss).map(([x]) => x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect([xs[0], xs[xs.length - 1]]).toEqual([70, 776]);
  });

  test("the range of the updates is drawn behind the trend, also of a short training", () => {
    for (const n of [40, 800, 100_000]) {
      const [loss] = ofClass(drawn(curves(n)), "blueFill").map((path) => pointsOf(path).map(([, y]) => y));
      const [above, below] = [loss.slice(0, loss.length / 2), loss.slice(loss.length / 2).reverse()];
      const heights = above.map((y, i) => below[i] - y);
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...heights)).toBeGreaterThan(15);
    }
  });

  test("a falling loss falls, a rising accuracy rises", () => {
    const root = drawn(curves(800));
    const [, loss, accuracy] = ofClass(root, "line blue").map((path) => pointsOf(path).map(([, y]) => y));
    expect(loss[0]).toBeLessThan(loss[loss.length - 1] - 100);
    expect(accuracy[0]).toBeGreaterThan(accuracy[accuracy.length - 1] + 100);
  });

  test("a value stands where the axis says: validations of 1 and 0.5 on a linear axis from 0", () => {
    const root = drawn(curves(800));
    const ticks = new Map(
      elements(root, "text")
        .filter(({ attributes }) => attributes["text-anchor"] === "end")
        .slice(0, 6)
        .map(({ attributes, text }) => [text, Number(attributes.y) - 4]),
    );
    const [first, second] = elements(root, "circle").map(({ attributes }) => Number(attributes.cy));
    expect(first).toBeCloseTo(ticks.get("1.0")!, 1);
    expect(second).toBeCloseTo(ticks.get("0.5")!, 1);
  });

  test("numbers to predict have no accuracy: one panel", () => {
    const { loss, validation } = curves(50);
    const none = Array.from(loss, () => Number.NaN);
    const root = drawn({
      loss,
      accuracy: none,
      validation: validation.map((own) => ({ ...own, accuracy: Number.NaN })),
    });
    expect(textsOf(root)).not.toContain("accuracy");
    expect(elements(root, "title")[0].text).toBe("Training: loss over the updates");
    expect(Number(root.attributes.height)).toBeLessThan(Number(drawn(curves(50)).attributes.height));
  });

  test("without validation none is in the legend", () => {
    const root = drawn(curves(50, 0), { title: "Waves" });
    expect(textsOf(root)).toContain("Waves");
    expect(textsOf(root)).not.toContain("validation");
    expect(ofClass(root, "line orange")).toHaveLength(0);
  });

  test.each<[string, number[], number]>([
    ["nothing", [], 0],
    ["one update", [3], 1],
    ["a loss that is not finite", [3, Number.NaN, Number.POSITIVE_INFINITY, 2], 2],
    ["a loss that stays", [1, 1, 1], 3],
    ["a loss of 0", [0, 0], 2],
  ])("draws %s", (_, loss, points) => {
    const root = drawn({ loss, accuracy: [], validation: [] });
    const lines = ofClass(root, "line blue").slice(1);
    expect(lines.flatMap(pointsOf)).toHaveLength(points);
    expect(lines.flatMap(pointsOf).flat().every(Number.isFinite)).toBe(true);
  });

  test("a long training is no larger than a short one, with its dots left out when many", () => {
    const long = curves(200_000, 500);
    expect(curveSvg(long).length).toBeLessThan(70_000);
    expect(elements(drawn(long), "circle")).toHaveLength(0);
  });
});
