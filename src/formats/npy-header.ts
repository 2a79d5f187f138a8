// The header of a .npy file: a Python dictionary with three keys, read token by token and never run.

import { fail, quote } from "./json-reader.ts";

/** NumPy's limit on dimensions. */
const MAX_DIMENSIONS = 64;

/** A string without escapes, a whole number (Python 2 ends it in L), a word or a sign; spaces before it. */
const TOKEN = /[ \t\r\n]*(?:'([^'\\\n]*)'|"([^"\\\n]*)"|(\d+)L?|([A-Za-z]+)|([{}():,[\]]))/y;

export interface NpyHeader {
  /** Byte order, kind and size, as in <f4. */
  descr: string;
  fortranOrder: boolean;
  shape: number[];
}

interface Token {
  kind: "string" | "number" | "word" | "sign" | "end";
  text: string;
}

export function readNpyHeader(text: string, name: string): NpyHeader {
  const tokens = tokenize(text, name);
  let at = 0;
  const next = (): Token => tokens[Math.min(at++, tokens.length - 1)];
  const expected = (what: string, got: Token): never =>
    fail(name, `header: expected ${what}, got ${got.kind === "end" ? "its end" : quote(got.text)}`);
  const take = (sign: string): void => {
    const token = next();
    if (token.kind !== "sign" || token.text !== sign) expected(sign, token);
  };
  const isNext = (sign: string): boolean => tokens[at]?.kind === "sign" && tokens[at].text === sign;
  const list = (close: string, readItem: () => void): void => {
    while (!isNext(close)) {
      readItem();
      if (!isNext(close)) take(",");
    }
    take(close);
  };

  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  const readShape = (): number[] => {
    const sizes: number[] = [];
    take("(");
    list(")", () => {
      const token = next();
      const size = token.kind === "number" ? Number(token.text) : Number.NaN;
      if (!Number.isSafeInteger(size)) expected("whole numbers from 0 to 2^53 - 1 for the shape", token);
      if (sizes.push(size) > MAX_DIMENSIONS) expected(`at most ${MAX_DIMENSIONS} dimensions`, token);
    });
    return sizes;
  };

  take("{");
  list("}", () => {
    const key = next();
    if (key.kind !== "string") expected("a key in quotes", key);
    take(":");
    if (key.text === "descr" && descr === undefined) {
      const token = next();
      if (token.kind !== "string") expected("one type for all elements, such as '<f4'", token);
      descr = token.text;
    } else if (key.text === "fortran_order" && fortranOrder === undefined) {
      const token = next();
      if (token.text !== "True" && token.text !== "False") expected("fortran_order True or False", token);
      fortranOrder = token.text === "True";
    } else if (key.text === "shape" && shape === undefined) shape = readShape();
    else expected("descr, fortran_order and shape, each once", key);
  });
  const rest = next();
  if (rest.kind !== "end") expected("nothing after }", rest);
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    fail(name, "header: expected descr, fortran_order and shape, got fewer");
  }
  return { descr, fortranOrder, shape };
}

function tokenize(text: string, name: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) fail(name, `header: expected a Python dictionary, got ${quote(text.slice(at, end))}`);
    const [, single, double, number, word, sign] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else tokens.push({ kind: "string", text: single ?? double });
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}
