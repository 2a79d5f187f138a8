// Numbers as the page shows them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const grouped = (value: number) => whole.format(value);

/** 0.9534 -> "95.3 %"; all is said of all alone. */
export function percent(share: number, digits = 1): string {
  const value = 100 * share;
  const most = 100 - 10 ** -digits;
  return `${(share < 1 ? Math.min(value, most) : value).toFixed(digits)} %`;
}

/** Three figures, as far as that makes sense. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1000) return grouped(value);
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}
