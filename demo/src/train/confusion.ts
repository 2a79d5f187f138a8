// The confusion matrix as a table: shades for eyes, counts for everyone; a cell of mistakes is a button that shows
// them. Arrow keys walk through the buttons.

import { CLASSES } from "../images-protocol.ts";

/** Share of a digit's images from which on a mistake has the strongest shade; the root lets single ones be seen. */
const OFTEN = 0.05;

export interface Confusion {
  label: number;
  taken: number;
}

export class ConfusionTable {
  readonly #buttons: HTMLButtonElement[][] = [];

  constructor(table: HTMLTableElement, onPick: (pick: Confusion) => void) {
    const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
    const head = table.createTHead().insertRow();
    head.insertCell();
    head.append(...digits.map((digit) => heading(String(digit), "col")));
    const body = table.createTBody();
    for (const label of digits) {
      const row = body.insertRow();
      row.append(heading(String(label), "row"));
      this.#buttons.push(
        digits.map((taken) => {
          const button = document.createElement("button");
          button.type = "button";
          button.tabIndex = -1;
          button.disabled = true;
          button.addEventListener("click", () => onPick({ label, taken }));
          row.insertCell().append(button);
          return button;
        }),
      );
    }
    table.addEventListener("keydown", (event) => this.#walk(event));
    this.#buttons[0][1].tabIndex = 0;
  }

  show(confusion: readonly (readonly number[])[]): void {
    for (const [label, row] of confusion.entries()) {
      const support = row.reduce((a, b) => a + b, 0) || 1;
      for (const [taken, count] of row.entries()) {
        const button = this.#buttons[label][taken];
        const isRight = label === taken;
        const share = count / support;
        button.textContent = count === 0 ? "" : String(count);
        button.disabled = isRight || count === 0;
        button.classList.toggle("right", isRight);
        const shade = isRight ? share : Math.min(1, Math.sqrt(share / OFTEN));
        button.style.setProperty("--share", shade.toFixed(3));
        button.title = isRight
          ? `${count} of ${support} were taken for ${taken}, as they are`
          : `${count} of ${support}: ${label} taken for ${taken}`;
        button.setAttribute("aria-label", button.title);
      }
    }
  }

  #walk(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    let [row, column] = place(this.#buttons, event.target);
    do {
      row += step[0];
      column += step[1];
    } while (this.#buttons[row]?.[column]?.disabled);
    const next = this.#buttons[row]?.[column];
    if (!next) return;
    for (const button of this.#buttons.flat()) button.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function place(buttons: HTMLButtonElement[][], target: EventTarget | null): [number, number] {
  const row = buttons.findIndex((row) => row.some((button) => button === target));
  return [row, buttons[row]?.indexOf(target as HTMLButtonElement) ?? -1];
}

function heading(text: string, scope: string): HTMLTableCellElement {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}
