// The ten digits with a bar each, as high as the digit is probable.

import { percent } from "../figures.ts";
import { CLASSES } from "../images-protocol.ts";

/** Fills the list; the function that it returns shows probabilities [10] and which digit is ahead, -1: none. */
export function digitsOf(list: HTMLElement): (shares: Float32Array, ahead: number) => void {
  const items = Array.from({ length: CLASSES }, (_, digit) => {
    const item = document.createElement("li");
    const name = document.createElement("b");
    const share = document.createElement("span");
    name.textContent = String(digit);
    share.className = "visually-hidden";
    item.append(name, share);
    return { item, share };
  });
  list.replaceChildren(...items.map(({ item }) => item));
  return (shares, ahead) => {
    for (const [digit, { item, share }] of items.entries()) {
      item.style.setProperty("--share", shares[digit].toFixed(4));
      item.classList.toggle("ahead", digit === ahead);
      share.textContent = ahead === -1 ? "" : percent(shares[digit], 0);
    }
  };
}
