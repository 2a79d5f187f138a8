// Reads the JSON header of an untrusted file, value by value as its caller expects them, so that nothing is
// built that was not asked for. The grammar is the one the safetensors reference accepts through serde_json.

import { MAX_SHOWN, quote } from "../shown.ts";

export { quote } from "../shown.ts";

/** serde_json's limit on nesting. */
const MAX_DEPTH = 128;

const SPACE = " \t\n\r";
const DELIMITERS = `,:[]{}"${SPACE}`;

/**
 * Unlike JSON.parse it refuses duplicate keys, counts that are not plain whole numbers (1.0, 1e3, -0), lone
 * surrogates and deep nesting, and it builds no objects, which a key such as __proto__ could corrupt.
 */
export class JsonReader {
  readonly file: string;
  readonly #text: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.file = file;
  }

  /** The next character that is not white space; "" at the end. */
  peek(): string {
    while (this.#at < this.#text.length && SPACE.includes(this.#text[this.#at])) this.#at++;
    return this.#text.charAt(this.#at);
  }

  /** Calls `readValue` for each key; it must read the value. */
  object(where: string, readValue: (key: string) => void): void {
    const keys = new Set<string>();
    this.#list("{", "}", where, () => {
      const key = this.string(`a key of ${where}`);
      if (keys.has(key)) fail(this.file, `${where}: expected each key once, got ${quote(key)} twice`);
      keys.add(key);
      this.#take(":", where);
      readValue(key);
    });
  }

  /** An array of whole numbers, each exact. */
  counts(where: string): number[] {
    const values: number[] = [];
    this.#list("[", "]", where, () => {
      this.peek();
      const token = this.#literal();
      const value = /^(?:0|[1-9][0-9]{0,15})$/.test(token) ? Number(token) : Number.NaN;
      if (!Number.isSafeInteger(value)) {
        fail(this.file, `${where}: expected whole numbers from 0 to 2^53 - 1, got ${quote(token)}`);
      }
      values.push(value);
    });
    return values;
  }

  string(where: string): string {
    if (this.peek() !== '"') this.#expected("a string", where);
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(this.#at, end + 1));
    } catch {
      this.#expected("a well-formed string", where);
    }
    if (/\p{Surrogate}/u.test(value)) this.#expected("a string without lone surrogates", where);
    this.#at = end + 1;
    return value;
  }

  /** Reads over any one value, `depth` levels below the key that is not known. */
  skip(depth = 0): void {
    const where = "an unknown key";
    if (depth > MAX_DEPTH) fail(this.file, `${where}: expected at most ${MAX_DEPTH} nested values, got more`);
    const next = this.peek();
    if (next === "{") this.object(where, () => this.skip(depth + 1));
    else if (next === "[") this.#list("[", "]", where, () => this.skip(depth + 1));
    else if (next === '"') this.string(where);
    else {
      const at = this.#at;
      try {
        JSON.parse(this.#literal());
      } catch {
        this.#at = at;
        this.#expected("a value", where);
      }
    }
  }

  end(): void {
    if (this.peek() !== "") this.#expected("nothing but spaces", "after the header");
  }

  #list(open: string, close: string, where: string, readItem: () => void): void {
    this.#take(open, where);
    if (this.peek() === close) {
      this.#at++;
      return;
    }
    readItem();
    while (this.peek() === ",") {
      this.#at++;
      readItem();
    }
    this.#take(close, where);
  }

  #take(char: string, where: string): void {
    if (this.peek() !== char) this.#expected(char, where);
    this.#at++;
  }

  /** The characters up to the next delimiter: a number, true, false or null, if well-formed. */
  #literal(): string {
    const begin = this.#at;
    while (this.#at < this.#text.length && !DELIMITERS.includes(this.#text[this.#at])) this.#at++;
    return this.#text.slice(begin, this.#at);
  }

  #expected(what: string, where: string): never {
    const rest = this.#text.slice(this.#at, this.#at + MAX_SHOWN + 1);
    const got = rest === "" ? "the end" : quote(rest);
    fail(this.file, `${where}: expected ${what} at character ${this.#at} of the header, got ${got}`);
  }
}

export function fail(file: string, message: string): never {
  throw new RangeError(`${file}: ${message}`);
}
