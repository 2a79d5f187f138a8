import { expect, test } from "vitest";
import { escaped, polyline, svg, text } from "../../src/plot/svg.ts";
import { elements, parseXml } from "../support/xml.ts";

test("text of any kind is well-formed and comes back", () => {
  const words = `a<b> & "c" \u{1f600} </text>`;
  const root = parseXml(svg(10, 20, words, [text(1, 2, words)]));
  expect(elements(root, "title")[0].text).toBe(words);
  expect(elements(root, "text")[0].text).toBe(words);
});

test("what XML cannot hold is replaced", () => {
  expect(escaped("a\u0000b\u001bc\ud800d\ufffee")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde");
  expect(escaped("tab\tnew\nline")).toBe("tab\tnew\nline");
});

test("has a size, a title, and colours for light and for dark", () => {
  const root = parseXml(svg(10, 20, "t", []));
  expect(root).toMatchObject({
    name: "svg",
    attributes: { width: "10", height: "20", viewBox: "0 0 10 20", role: "img" },
  });
  const style = elements(root, "style")[0].text;
  const [light, dark] = style.split("@media (prefers-color-scheme: dark)");
  const classes = (rules: string) => [...rules.matchAll(/\.(\w+)/g)].map(([, name]) => name);
  expect(classes(light)).toEqual(classes(dark));
  expect(light).not.toBe(dark);
});

test("numbers are short, and no line is drawn of no points", () => {
  expect(text(1.23456, -0.001, "x")).toBe('<text x="1.23" y="0">x</text>');
  expect(
    polyline(
      [
        [1, 2],
        [3.4567, 4],
      ],
      "line",
    ),
  ).toBe('<path class="line" d="M1 2L3.46 4"/>');
  expect(polyline([], "line")).toBe("");
});
