// A reading on the page: the image, the opinions after each row, and the cursor that is at the same row everywhere.

import { paintDigit } from "../digit-picture.ts";
import { percent } from "../figures.ts";
import { CLASSES, SIDE } from "../images-protocol.ts";
import { isStill, onThemeChange } from "../theme.ts";
import { sequential } from "./colour-map.ts";
import { digitsOf } from "./digit-bars.ts";
import { inOrder, paintHeatMap } from "./heat-map.ts";
import { InsideView } from "./inside-view.ts";
import { opinion, type Reading } from "./reading.ts";

/** Milliseconds a row takes when it is played. */
const ROW_MS = 55;

const get = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

export class ReadingView {
  readonly #sections = [get("draw"), get("inside")];
  readonly #slider = get<HTMLInputElement>("row");
  readonly #seen = get<HTMLCanvasElement>("seen");
  readonly #beliefs = get<HTMLCanvasElement>("beliefs");
  readonly #digits = digitsOf(get("digits"));
  readonly #inside = new InsideView();
  #reading: Reading | undefined;
  /** Of the sequence's rows, the last that was read, from 0. */
  #row = SIDE - 1;
  #frame = 0;

  constructor() {
    this.#slider.addEventListener("input", () => {
      this.stop();
      this.#go(Number(this.#slider.value) - 1);
    });
    get("play").addEventListener("click", () => this.play());
    for (const section of this.#sections) {
      for (const kind of ["pointermove", "pointerdown"] as const) {
        section.addEventListener(kind, (event) => this.#point(event));
      }
    }
    onThemeChange(() => this.#paint());
    this.#go(this.#row);
  }

  /** Shows a reading; `plays` it row by row, or at once as it is at the end. */
  show(reading: Reading, plays: boolean): void {
    this.#reading = reading;
    this.#paint();
    if (plays) this.play();
    else if (this.#frame === 0) this.#go(SIDE - 1);
    if (!plays) return;
    const { digit, share } = opinion(reading, SIDE - 1);
    get("verdict-status").textContent = `Read as ${digit}, ${percent(share, 0)}`;
  }

  clear(): void {
    this.stop();
    this.#reading = undefined;
    for (const canvas of [this.#seen, this.#beliefs]) {
      canvas.getContext("2d")!.clearRect(0, 0, canvas.width, canvas.height);
    }
    this.#inside.clear();
    this.#go(SIDE - 1);
  }

  /** From the first row to the last, unless the visitor wants no motion. */
  play(): void {
    this.stop();
    if (isStill() || !this.#reading) {
      this.#go(SIDE - 1);
      return;
    }
    const start = performance.now();
    const frame = (now: number) => {
      const row = Math.min(SIDE - 1, Math.floor(Math.max(0, now - start) / ROW_MS));
      if (row !== this.#row) this.#go(row);
      this.#frame = row < SIDE - 1 ? requestAnimationFrame(frame) : 0;
    };
    this.#go(0);
    this.#frame = requestAnimationFrame(frame);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #paint(): void {
    const reading = this.#reading;
    if (!reading) return;
    paintDigit(this.#seen, reading.image, 1);
    paintHeatMap(this.#beliefs, reading.beliefs, sequential(0, 1), inOrder(CLASSES));
    this.#inside.show(reading);
  }

  #point({ target, clientX, clientY, buttons, pointerType }: PointerEvent): void {
    const rows = (target as HTMLElement).closest<HTMLElement>("[data-rows]");
    if (!rows || (pointerType !== "mouse" && buttons === 0)) return;
    const box = rows.getBoundingClientRect();
    const share = (position: number, from: number, size: number) =>
      Math.min(0.9999, Math.max(0, (position - from) / size));
    this.stop();
    this.#go(Math.floor(share(clientY, box.top, box.height) * SIDE));
    if (this.#reading && rows.dataset.rows === "units") {
      this.#inside.probe(share(clientX, box.left, box.width), this.#row);
    }
  }

  #go(row: number): void {
    this.#row = row;
    for (const section of this.#sections) section.style.setProperty("--row", String(row));
    this.#slider.value = String(row + 1);
    get("row-text").textContent = `${row + 1} of ${SIDE}`;
    const reading = this.#reading;
    if (!reading) {
      get("verdict").textContent = "";
      get("verdict-share").textContent = "";
      this.#digits(new Float32Array(CLASSES), -1);
      return;
    }
    const { digit, share } = opinion(reading, row);
    get("verdict").textContent = String(digit);
    get("verdict-share").textContent = `${percent(share, share > 0.995 ? 1 : 0)} sure`;
    this.#slider.setAttribute("aria-valuetext", `after row ${row + 1}: ${digit} with ${percent(share, 0)}`);
    this.#beliefs.setAttribute("aria-label", beliefsText(reading));
    this.#digits(reading.beliefs.subarray(row * CLASSES, (row + 1) * CLASSES), digit);
  }
}

/** When the opinion changed. */
function beliefsText(reading: Reading): string {
  const changes: string[] = [];
  let last = -1;
  for (let row = 0; row < SIDE; row++) {
    const { digit, share } = opinion(reading, row);
    if (digit !== last) changes.push(`${digit} from row ${row + 1}, ${percent(share, 0)}`);
    last = digit;
  }
  return `Opinion: ${changes.join("; ")}`;
}
