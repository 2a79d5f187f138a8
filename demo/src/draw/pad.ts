// Where a visitor draws: with a pointer of any kind, or with arrow keys. Keeps ink, and no strokes: however much is
// drawn, it is one picture.

import { colour, onThemeChange } from "../theme.ts";

/** Width of the pen as a share of the pad: about three of the 28 pixels of a digit that fills it. */
const PEN = 0.082;
/** Steps of the pen by a key, as a share of the pad. */
const KEY_STEP = 0.025;
const KEYS: Record<string, [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

export interface PadListener {
  /** There is more ink. */
  onInk(): void;
  /** The pen was lifted. */
  onLift(): void;
  onClear(): void;
}

export class Pad {
  readonly #surface: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  /** Ink alone, black on nothing. */
  readonly #ink: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;
  readonly #listener: PadListener;
  readonly #pen = { x: 0.5, y: 0.25, isDown: false, isShown: false };
  #isDrawing = false;
  /** Whether the ink is a picture that was put here, to make room for the first stroke. */
  #isPicture = false;

  /** `place` takes the focus and has a canvas. */
  constructor(place: HTMLElement, listener: PadListener) {
    const canvas = place.querySelector("canvas")!;
    this.#surface = place;
    place.tabIndex = 0;
    this.#canvas = canvas;
    this.#listener = listener;
    const ink = document.createElement("canvas");
    ink.width = canvas.width;
    ink.height = canvas.height;
    this.#ink = ink.getContext("2d", { willReadFrequently: true })!;
    this.#ink.lineCap = "round";
    this.#ink.lineJoin = "round";
    this.#ink.lineWidth = PEN * canvas.width;
    place.addEventListener("pointerdown", (event) => this.#down(event));
    place.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      place.addEventListener(end, () => this.#up());
    }
    place.addEventListener("keydown", (event) => this.#key(event));
    place.addEventListener("blur", () => this.#hidePen());
    onThemeChange(() => this.#paint());
    this.#paint();
  }

  /** Side in pixels, and the ink of each, 0 to 255. */
  read(): { side: number; ink: Uint8Array } {
    const side = this.#canvas.width;
    const { data } = this.#ink.getImageData(0, 0, side, side);
    const ink = new Uint8Array(side * side);
    for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3];
    return { side, ink };
  }

  clear(): void {
    this.#isPicture = false;
    this.#ink.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#paint();
    this.#listener.onClear();
  }

  /** Puts a picture in place of what was drawn. */
  put(picture: HTMLCanvasElement): void {
    const side = this.#canvas.width;
    this.#ink.clearRect(0, 0, side, side);
    this.#ink.drawImage(picture, 0, 0, side, side);
    this.#isPicture = true;
    this.#paint();
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#surface.focus({ preventScroll: true });
    this.#surface.setPointerCapture(event.pointerId);
    this.#pen.isShown = false;
    this.#isDrawing = true;
    [this.#pen.x, this.#pen.y] = this.#place(event);
    this.#line(this.#pen.x, this.#pen.y);
  }

  #move(event: PointerEvent): void {
    if (!this.#isDrawing) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) this.#line(...this.#place(part));
  }

  #up(): void {
    if (!this.#isDrawing) return;
    this.#isDrawing = false;
    this.#listener.onLift();
  }

  #key(event: KeyboardEvent): void {
    const pen = this.#pen;
    const step = KEYS[event.key];
    if (step) {
      const [x, y] = [pen.x + step[0] * KEY_STEP, pen.y + step[1] * KEY_STEP].map((v) =>
        Math.min(1, Math.max(0, v)),
      );
      pen.isShown = true;
      if (pen.isDown) this.#line(x, y);
      pen.x = x;
      pen.y = y;
    } else if (event.key === " ") {
      pen.isShown = true;
      pen.isDown = !pen.isDown;
      if (pen.isDown) this.#line(pen.x, pen.y);
      else this.#listener.onLift();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
    this.#paint();
  }

  #hidePen(): void {
    this.#pen.isShown = false;
    this.#pen.isDown = false;
    this.#paint();
  }

  /** From where the pen was. */
  #line(x: number, y: number): void {
    if (this.#isPicture) this.clear();
    const side = this.#canvas.width;
    const pen = this.#pen;
    this.#ink.beginPath();
    this.#ink.moveTo(pen.x * side, pen.y * side);
    this.#ink.lineTo(x * side, y * side);
    this.#ink.stroke();
    pen.x = x;
    pen.y = y;
    this.#paint();
    this.#listener.onInk();
  }

  #place({ clientX, clientY }: PointerEvent): [number, number] {
    const box = this.#surface.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  #paint(): void {
    const context = this.#canvas.getContext("2d")!;
    const { width: side } = this.#canvas;
    context.clearRect(0, 0, side, side);
    context.globalCompositeOperation = "source-over";
    context.drawImage(this.#ink.canvas, 0, 0);
    // The ink takes the page's colour.
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour("ink");
    context.fillRect(0, 0, side, side);
    context.globalCompositeOperation = "source-over";
    const { x, y, isShown, isDown } = this.#pen;
    if (!isShown) return;
    context.beginPath();
    context.arc(x * side, y * side, (PEN * side) / 2 + 4, 0, 2 * Math.PI);
    context.lineWidth = 5;
    context.strokeStyle = colour(isDown ? "orange" : "blue");
    context.stroke();
  }
}
