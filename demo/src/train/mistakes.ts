// Test images that the model takes for something else: to look at, and to be read row by row.

import { digitCanvas } from "../digit-picture.ts";
import { percent } from "../figures.ts";
import { IMAGE } from "../images-protocol.ts";
import { onThemeChange } from "../theme.ts";
import type { Confusion } from "./confusion.ts";
import type { Mistake } from "./test-model.ts";

/** As many as are shown at once. */
const MOST = 24;

export class MistakeList {
  readonly #list: HTMLElement;
  readonly #title: HTMLElement;
  readonly #all: HTMLButtonElement;
  readonly #empty: HTMLElement;
  readonly #onPick: (image: number) => void;
  #mistakes: readonly Mistake[] = [];
  #pixels: Uint8Array = new Uint8Array(0);
  #only: Confusion | undefined;

  constructor(
    places: { list: HTMLElement; title: HTMLElement; all: HTMLButtonElement; empty: HTMLElement },
    onPick: (image: number) => void,
  ) {
    this.#list = places.list;
    this.#title = places.title;
    this.#all = places.all;
    this.#empty = places.empty;
    this.#onPick = onPick;
    this.#all.addEventListener("click", () => this.only(undefined));
    onThemeChange(() => this.#paint());
  }

  show(mistakes: readonly Mistake[], pixels: Uint8Array): void {
    this.#mistakes = mistakes;
    this.#pixels = pixels;
    // What a visitor is about to choose stays where it is.
    if (!this.#list.matches(":hover, :focus-within")) this.#paint();
  }

  /** Mistakes of one kind; of all kinds when undefined. */
  only(kind: Confusion | undefined): void {
    this.#only = kind;
    this.#paint();
  }

  #paint(): void {
    const only = this.#only;
    const shown = this.#mistakes.filter(
      ({ label, taken }) => !only || (label === only.label && taken === only.taken),
    );
    this.#title.textContent = only
      ? `${only.label} taken for ${only.taken}: ${shown.length}`
      : "Its mistakes, the surest first";
    this.#all.hidden = only === undefined;
    this.#empty.hidden = shown.length > 0;
    this.#list.replaceChildren(...shown.slice(0, MOST).map((mistake) => this.#item(mistake)));
  }

  #item({ image, label, taken, probability }: Mistake): HTMLLIElement {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Watch it being read";
    const words = document.createElement("span");
    words.textContent = `${label} → ${taken}`;
    const more = document.createElement("span");
    more.className = "visually-hidden";
    more.textContent = `, ${percent(probability, 0)} sure`;
    button.append(digitCanvas(this.#pixels.subarray(image * IMAGE, (image + 1) * IMAGE)), words, more);
    button.addEventListener("click", () => this.#onPick(image));
    item.append(button);
    return item;
  }
}
