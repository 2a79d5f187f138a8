// Strict decimal numbers, read where they stand in a text: no copy is made of all but the longest.

const TAB = 9;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** Powers of ten that float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** Whole numbers below this times or over one of POWERS round once, hence correctly. */
const EXACT = 2 ** 53;

/**
 * The number that `text[start...end - 1]` spells, spaces around it aside: digits with an optional sign, point and
 * exponent, as in -1.5e3. NaN for all else: nothing, hexadecimal, Infinity, 1_000, 1e999.
 */
export function parseDecimal(text: string, start: number, end: number): number {
  let at = start;
  let last = end;
  while (at < last && isSpace(text.charCodeAt(at))) at++;
  while (last > at && isSpace(text.charCodeAt(last - 1))) last--;
  const begin = at;

  const sign = text.charCodeAt(at);
  if (at < last && (sign === MINUS || sign === PLUS)) at++;
  let digits = 0;
  let decimals = 0;
  let whole = 0;
  let point = false;
  for (; at < last; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0 && digit <= 9) {
      digits++;
      if (point) decimals++;
      whole = whole * 10 + digit;
    } else if (digit === POINT - ZERO && !point) point = true;
    else break;
  }
  if (digits === 0) return Number.NaN;

  let exponent = 0;
  if (at < last) {
    if ((text.charCodeAt(at++) | 32) !== 101) return Number.NaN; // e or E
    const exponentSign = text.charCodeAt(at);
    if (at < last && (exponentSign === MINUS || exponentSign === PLUS)) at++;
    if (at === last) return Number.NaN;
    for (; at < last; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      exponent = Math.min(exponent * 10 + digit, 1e6);
    }
    if (exponentSign === MINUS) exponent = -exponent;
  }

  const power = exponent - decimals;
  if (whole < EXACT && power >= -22 && power <= 22) {
    const size = power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
    return sign === MINUS ? -size : size;
  }
  const value = Number(text.slice(begin, last));
  return Number.isFinite(value) ? value : Number.NaN;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}
