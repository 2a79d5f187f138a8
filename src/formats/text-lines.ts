// The lines of a text in place: no string is made of a line that is not asked for.

const BYTE_ORDER_MARK = "\ufeff";

/** Goes from line to line, leaving out empty ones and comments, which begin with #. */
export class TextLines {
  readonly text: string;
  /** The present line, from 1; it is text[start ... end - 1], without the space around it. */
  line = 0;
  start = 0;
  end = 0;
  #at: number;

  constructor(text: string) {
    this.text = text;
    this.#at = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  next(): boolean {
    while (this.#at < this.text.length) {
      const newline = this.text.indexOf("\n", this.#at);
      this.start = this.#at;
      this.end = newline === -1 ? this.text.length : newline;
      this.#at = this.end + 1;
      this.line++;
      while (this.start < this.end && isSpace(this.text.charCodeAt(this.start))) this.start++;
      while (this.start < this.end && isSpace(this.text.charCodeAt(this.end - 1))) this.end--;
      if (this.start < this.end && this.text[this.start] !== "#") return true;
    }
    return false;
  }

  /** A copy of the present line. */
  value(): string {
    return this.text.slice(this.start, this.end);
  }
}

/** Space, tab or carriage return. */
function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}
