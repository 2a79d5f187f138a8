// Numbers as the table's rows have them.

/** 1,000 models. */
export function counted(count, what) {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
