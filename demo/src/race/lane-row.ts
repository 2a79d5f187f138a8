// A contender's lane: whether it takes part, and how long its updates take.

import { short } from "../figures.ts";
import { CONTENDERS, type Contender } from "./contender.ts";

export class LaneRow {
  readonly item = document.createElement("li");
  readonly #contender: Contender;
  readonly #box: HTMLInputElement;

  constructor(contender: Contender) {
    this.#contender = contender;
    const { key, title, text, isUsual } = contender;
    this.item.dataset.key = key;
    this.item.innerHTML =
      "<label><input type='checkbox'> <b></b><small></small></label>" +
      "<span class='track'><i hidden></i></span><span class='ms'></span><span class='times'></span>";
    this.#box = this.#get("input");
    this.#box.name = key;
    this.#box.checked = isUsual;
    this.#get("b").textContent = title;
    this.#get("small").textContent = text;
    this.end();
  }

  get takesPart(): boolean {
    return this.#box.checked;
  }

  begin(): void {
    this.#box.disabled = true;
    this.#get(".track i").hidden = true;
    this.#get(".ms").textContent = "";
    this.#get(".times").textContent = "";
  }

  end(): void {
    this.#box.disabled = this.#contender === CONTENDERS[0];
  }

  /** Milliseconds: its own, the slowest contender's, and the first one's. */
  show(ms: number, slowest: number, first: number): void {
    const bar = this.#get(".track i");
    bar.hidden = false;
    bar.style.width = `${(100 * ms) / slowest}%`;
    this.#get(".ms").textContent = `${short(ms)} ms`;
    this.#get(".times").textContent = ms === first ? "an update" : `${short(ms / first)} times as long`;
  }

  #get<E extends HTMLElement>(selector: string): E {
    return this.item.querySelector<E>(selector)!;
  }
}
