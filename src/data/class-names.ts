// Class names: their natural order, and from a name to its class. No files, no datasets.

/** Most names an error message lists. */
const MAX_LISTED = 12;

/** Longest part of a name an error message repeats. */
const MAX_QUOTED = 60;

/** Each name once, sorted: by value if all are numbers, else digits in a name by value ("step2" < "step10"). */
export function sortClassNames(names: Iterable<string>): string[] {
  const unique = [...new Set(names)];
  const numeric = unique.every((name) => /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(name));
  if (numeric) return unique.sort((a, b) => Number(a) - Number(b) || compare(a, b));
  // Digits at odd places, the text around them at even ones.
  const parts = new Map(unique.map((name) => [name, name.split(/(\d+)/)]));
  return unique.sort((a, b) => compareParts(parts.get(a)!, parts.get(b)!) || compare(a, b));
}

/** Labels as they are read, one after another, to classes. */
export class ClassIndex {
  readonly #known: readonly string[] | undefined;
  readonly #indices: Map<string, number>;

  /** With `known` names only those are classes, in that order; else all that come are, sorted at the end. */
  constructor(known?: readonly string[]) {
    this.#known = known;
    this.#indices = new Map(known?.map((name, i) => [name, i]));
  }

  /** A number for the label, the same whenever it comes; -1 if it is none of the known names. */
  add(label: string): number {
    const index = this.#indices.get(label);
    if (index !== undefined || this.#known !== undefined) return index ?? -1;
    this.#indices.set(label, this.#indices.size);
    return this.#indices.size - 1;
  }

  /** The names so far, or the known ones. */
  names(): Iterable<string> {
    return this.#indices.keys();
  }

  /** All class names, and for each number that `add` gave its class. */
  finish(): { classNames: readonly string[]; classOf: Int32Array } {
    const classNames = this.#known ?? sortClassNames(this.#indices.keys());
    const classOf = new Int32Array(this.#indices.size);
    for (const [i, name] of classNames.entries()) classOf[this.#indices.get(name)!] = i;
    return { classNames, classOf };
  }
}

/** Names for a message, quoted; the rest is counted. */
export function listNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all
    .slice(0, MAX_LISTED)
    .map((name) => JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}...` : name));
  if (all.length > MAX_LISTED) return `${shown.join(", ")} and ${all.length - MAX_LISTED} more`;
  return all.length === 0 ? "none" : shown.join(", ");
}

function compareParts(a: string[], b: string[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = i % 2 === 0 ? compare(a[i], b[i]) : compareDigits(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** By value, however many digits there are. */
function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, "");
  const y = b.replace(/^0+/, "");
  return x.length - y.length || compare(x, y);
}

/** By code unit, the same order in every engine and locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
