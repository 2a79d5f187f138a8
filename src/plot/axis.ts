// An axis: which values it spans, linear or logarithmic, and the round numbers along it.

export interface Tick {
  value: number;
  text: string;
}

export interface Axis {
  ticks: Tick[];
  /** Where a value stands: 0 at the axis' low end, 1 at its high end. */
  place(value: number): number;
}

/** A range of more decades than this is shown on a logarithmic axis. */
const LINEAR_DECADES = 1.5;

/** Share of a logarithmic axis that is left free at its ends, where there are no ticks to end at. */
const LOG_MARGIN = 0.05;

/** Numbers below this are 0 to an axis: their tenths would no longer have all digits. */
const SMALLEST = 1e-300;

/** Of a step or of a decade: far more than rounding, far less than can be seen. */
const TINY = 1e-9;

/** A linear axis of about `most` ticks; its ends are `low` and `high` moved out to a tick, or as they are if `exact`. */
export function linearAxis(low: number, high: number, most: number, exact = false): Axis {
  const size = Math.max(Math.abs(low), Math.abs(high), SMALLEST);
  const span = high - low > TINY * size ? high - low : size > SMALLEST ? size : 1;
  const step = niceStep(span / Math.max(1, most - 1));
  // What rounding makes of a whole number of steps is that number.
  const [inside, outside] = exact ? [Math.ceil, Math.floor] : [Math.floor, Math.ceil];
  const sign = exact ? -1 : 1;
  const first = inside(low / step + sign * TINY);
  const last = outside((low + span) / step - sign * TINY);
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - TINY));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { value, text: tickText(value, decimals) };
  });
  const [from, to] = exact ? [low, low + span] : [first * step, last * step];
  return { ticks, place: (value) => (value - from) / (to - from) };
}

/** A logarithmic axis with a tick each decade, or each few, and at 2 and 5 where there is room; low is above 0. */
export function logAxis(low: number, high: number, most: number): Axis {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const factors = 3 * (to - from) <= most ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.round((to - from) / most));
  const ticks: Tick[] = [];
  for (let power = Math.floor(from); power <= to; power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const value = factor * 10 ** power;
      const place = Math.log10(value);
      if (place < from - TINY || place > to + TINY) continue;
      ticks.push({ value, text: tickText(value, Math.max(0, -power)) });
    }
  }
  const margin = (to - from) * LOG_MARGIN;
  return { ticks, place: (value) => (Math.log10(value) - from + margin) / (to - from + 2 * margin) };
}

/** The axis that shows numbers best: logarithmic if all are above 0 and far apart, else linear from 0, or below. */
export function axisFor(values: readonly number[], most: number, exact = false): Axis {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (finite.length === 0) return linearAxis(0, 1, most, exact);
  if (low > 0 && high / low > 10 ** LINEAR_DECADES) return logAxis(low, high, most);
  return linearAxis(Math.min(0, low), high, most, exact);
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((own) => own * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function tickText(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || decimals > 4) return value === 0 ? "0" : value.toExponential(0).replace("e+", "e");
  const text = value.toFixed(decimals);
  return size >= 1e4 ? text.replace(/\B(?=(\d{3})+$)/g, ",") : text;
}
