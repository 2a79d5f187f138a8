import { shown } from "./shown.ts";

/** Throws a RangeError naming `option` unless `value` is a whole number from `least` to `most`. */
export function whole(option: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new RangeError(`${option} must be a whole number ${range}, got ${shown(value)}`);
  }
}
