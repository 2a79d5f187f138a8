// The panels of memory and gates: a column for each unit, a line for each row that was read.

import { onThemeChange } from "../theme.ts";
import { type ColourMap, diverging, gradient, sequential } from "./colour-map.ts";
import { insideText, SHEETS, type SheetText } from "./gate-texts.ts";
import { inOrder, paintHeatMap } from "./heat-map.ts";
import type { Reading, Sheet } from "./reading.ts";

/** Share of the memory's values that the scale tells apart. */
const WITHIN = 0.97;

const get = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

interface Panel {
  canvas: HTMLCanvasElement;
  scale: HTMLElement;
  low: HTMLElement;
  high: HTMLElement;
}

export class InsideView {
  readonly #place = get("panels");
  readonly #probe = get("probe");
  readonly #sorted = get<HTMLInputElement>("sorted");
  #panels = new Map<string, Panel>();
  #layer: Reading["layer"] | undefined;
  #reading: Reading | undefined;
  #at: { place: number; row: number } | undefined;

  constructor() {
    this.#sorted.addEventListener("change", () => this.#paint());
    onThemeChange(() => this.#paint());
    this.#build("lstm", 128);
  }

  show(reading: Reading): void {
    this.#reading = reading;
    if (reading.layer !== this.#layer) this.#build(reading.layer, reading.units);
    get("inside-text").textContent = insideText(reading.layer, reading.units);
    this.#paint();
  }

  clear(): void {
    this.#reading = undefined;
    this.#probe.textContent = "\u00a0";
    for (const { canvas } of this.#panels.values()) {
      canvas.getContext("2d")!.clearRect(0, 0, canvas.width, canvas.height);
    }
  }

  /** Tells the values of a unit, named by its place as a share of the width, after a row. */
  probe(share: number, row: number): void {
    if (!this.#reading) return;
    this.#at = { place: Math.floor(share * this.#reading.units), row };
    this.#tell();
  }

  #paint(): void {
    const reading = this.#reading;
    if (!reading) return;
    const order = this.#order();
    const texts = SHEETS[reading.layer];
    for (const sheet of sheetsOf(reading)) {
      const panel = this.#panels.get(sheet.key)!;
      const map = mapOf(sheet, texts[sheet.key]);
      paintHeatMap(panel.canvas, sheet.values, map, order);
      panel.canvas.setAttribute("aria-label", sheetText(sheet, texts[sheet.key], reading.units));
      panel.scale.style.background = gradient(map);
      panel.low.textContent = scaleText(map.low);
      panel.high.textContent = scaleText(map.high);
    }
    this.#tell();
  }

  #order(): Uint16Array {
    const { waking, units } = this.#reading!;
    return this.#sorted.checked ? waking : inOrder(units);
  }

  #tell(): void {
    if (!this.#at || !this.#reading) return;
    const { row, place } = this.#at;
    const unit = this.#order()[place];
    const { units } = this.#reading;
    const values = sheetsOf(this.#reading).map(
      ({ key, values }) => `${key} ${values[row * units + unit].toFixed(2).replace("-", "−")}`,
    );
    this.#probe.textContent = `Row ${row + 1}, unit ${unit}:  ${values.join("  ")}`;
  }

  #build(layer: Reading["layer"], units: number): void {
    this.#layer = layer;
    get("inside-text").textContent = insideText(layer, units);
    this.#panels = new Map();
    const figures = Object.entries(SHEETS[layer]).map(([key, { name, text }]) => {
      const figure = document.createElement("figure");
      figure.innerHTML =
        "<figcaption><b></b><span class='scale'><i></i><span></span><i></i></span><span class='text'></span></figcaption>" +
        "<div class='rows' data-rows='units'><canvas role='img' width='1' height='28'></canvas></div>";
      figure.querySelector("b")!.textContent = name;
      figure.querySelector(".text")!.textContent = text;
      const [low, high] = figure.querySelectorAll<HTMLElement>("i");
      const scale = figure.querySelector<HTMLElement>(".scale span")!;
      const canvas = figure.querySelector("canvas")!;
      canvas.setAttribute("aria-label", `${name}: nothing has been read yet`);
      this.#panels.set(key, { canvas, scale, low, high });
      return figure;
    });
    this.#place.replaceChildren(...figures);
  }
}

function sheetsOf({ memory, gates }: Reading): Sheet[] {
  return [memory, ...gates];
}

function mapOf({ key, values }: Sheet, { signed }: SheetText): ColourMap {
  if (signed) return diverging(1);
  if (key !== "c" && key !== "h") return sequential(0, 1);
  if (key === "h") return diverging(1);
  // A few units far out would leave all others pale.
  const sizes = values.map(Math.abs).sort();
  return diverging(Math.max(0.1, sizes[Math.floor(WITHIN * sizes.length)]));
}

function sheetText({ values }: Sheet, { name }: SheetText, units: number): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const [l, m, h] = [low, mean, high].map((value) => value.toFixed(2));
  return `${name} of ${units} units over 28 rows: from ${l} to ${h}, mean ${m}`;
}

const scaleText = (value: number) =>
  (Number.isInteger(value) ? String(value) : value.toFixed(1)).replace("-", "−");
