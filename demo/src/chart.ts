// A chart of curves over updates, in the page's colours, as wide as its place.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Colour, colour, onThemeChange } from "./theme.ts";

export interface Line {
  label: string;
  colour: Colour;
  width: number;
  dash?: number[];
  /** Points instead of a line through all. */
  points?: boolean;
}

export interface ChartOptions {
  lines: Line[];
  /** Of the logarithmic scale, from its lower end to its upper end. */
  range(low: number, high: number): [number, number];
  /** Where the scale has marks. */
  marks: number[];
  text(value: number): string;
  /** What x reaches at least, from its first value. */
  span: number;
  /** Small values above. */
  upsideDown?: boolean;
  /** Told what is under the pointer; undefined when it leaves. */
  onPoint?(index: number | undefined): void;
}

const HEIGHT = 232;
const FONT = "12px system-ui, sans-serif";

export class Chart {
  readonly #place: HTMLElement;
  readonly #options: ChartOptions;
  #plot: uPlot;
  #data: uPlot.AlignedData;

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#place = place;
    this.#options = options;
    this.#data = [[], ...options.lines.map(() => [])];
    this.#plot = this.#make();
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(place);
    onThemeChange(() => {
      this.#plot.destroy();
      this.#plot = this.#make();
    });
  }

  /** x, then one column for each line. */
  set(data: uPlot.AlignedData): void {
    this.#data = data;
    this.#plot.setData(data);
  }

  #size() {
    return { width: Math.max(200, this.#place.clientWidth), height: HEIGHT };
  }

  #make(): uPlot {
    const { lines, range, marks, text, span, upsideDown, onPoint } = this.#options;
    const axis = { stroke: colour("soft"), font: FONT, ticks: { show: false } };
    const grid = { stroke: colour("line"), width: 1 };
    return new uPlot(
      {
        ...this.#size(),
        legend: { show: false },
        padding: [8, 20, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: {
          x: { time: false, range: (_, low, high) => [low ?? 0, Math.max(high ?? 0, (low ?? 0) + span)] },
          y: {
            distr: 3,
            dir: upsideDown ? -1 : 1,
            range: (_, low, high) => range(low ?? Number.NaN, high ?? Number.NaN),
          },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 26,
            label: "updates",
            labelSize: 18,
            labelFont: FONT,
            values: (_, values) => values.map(String),
          },
          {
            ...axis,
            grid,
            size: 48,
            splits: (_, __, low, high) => marks.filter((mark) => mark >= low && mark <= high),
            filter: (_, splits) => splits,
            values: (_, values) => values.map((value) => (value === null ? "" : text(value))),
          },
        ],
        series: [
          {},
          ...lines.map(({ label, colour: name, width, dash, points }) => ({
            label,
            stroke: colour(name),
            width,
            dash,
            spanGaps: true,
            points: { show: points ?? false, size: 6, fill: colour(name) },
          })),
        ],
        hooks: { setCursor: [({ cursor: { idx } }) => onPoint?.(idx ?? undefined)] },
      },
      this.#data,
      this.#place,
    );
  }
}
