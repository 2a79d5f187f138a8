// Values of anyone's in messages: short, whatever they are.

/** Longest text that a message repeats. */
export const MAX_SHOWN = 60;

/** A value as a message names it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : cut(String(value));
}

/** Text of a file for a message: quoted, and cut when long. */
export function quote(text: string): string {
  return JSON.stringify(cut(text));
}

/** Text of a file for a terminal: no control characters, which a terminal would obey, and no breaks. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}

/** Names for a message, cut when many. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 12).map(quote).join(", ");
  return all.length === 0 ? "none" : all.length > 12 ? `${shown} and ${all.length - 12} more` : shown;
}

/** [28,512] */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).map(shown).join(",")}${shape.length > 8 ? ",..." : ""}]`;
}

function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
