// What the panels of gates and memory say of themselves.

import type { LayerType } from "wasm-lstm";

export interface SheetText {
  name: string;
  text: string;
  /** Between -1 and 1, and not between 0 and 1. */
  signed?: boolean;
}

export const SHEETS: Record<LayerType, Record<string, SheetText>> = {
  lstm: {
    c: { name: "Cell state c", text: "The memory. Blue is held above zero, orange below." },
    f: { name: "Forget gate f", text: "How much of the memory is kept. Strong keeps, faint forgets." },
    i: { name: "Input gate i", text: "How much of the new row is let in." },
    g: { name: "Candidate g", text: "What would be written.", signed: true },
    o: { name: "Output gate o", text: "How much of the memory is shown to the next row and to the answer." },
  },
  gru: {
    h: { name: "State h", text: "The memory, which is the output as well." },
    z: {
      name: "Update gate z",
      text: "How much of the state is kept. Strong keeps, faint takes the candidate.",
    },
    r: { name: "Reset gate r", text: "How much of the state the candidate sees." },
    n: { name: "Candidate n", text: "What would be written.", signed: true },
  },
  rnn: { h: { name: "State h", text: "All there is: no gate guards it, and every row rewrites it." } },
};

const FORMULAS: Record<LayerType, string> = {
  lstm: "c becomes f · c + i · g, and o · tanh(c) is what the next row and the answer see of it.",
  gru: "h becomes z · h + (1 − z) · n.",
  rnn: "h becomes tanh(W x + U h + b).",
};

export function insideText(layer: LayerType, units: number): string {
  return `Each of the ${units} columns is a unit, each line one row of your digit, top to bottom as it is read. ${FORMULAS[layer]}`;
}
