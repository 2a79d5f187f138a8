// The name that someone who mistyped may have meant.

/**
 * The name whose initials were typed (`--lr`), or whose beginning (`--learn`), or else the one with the fewest
 * letters to change; undefined when none is near.
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const short = names.find((name) => name.replace(/(\w)\w*-?/g, "$1") === typed && typed.length > 3);
  if (short !== undefined) return short;
  const begun = names.filter((name) => name.startsWith(typed) && typed.length > 3);
  if (begun.length === 1) return begun[0];
  const [best] = names
    .map((name) => ({ name, letters: distance(typed, name) }))
    .sort((a, b) => a.letters - b.letters);
  return best !== undefined && best.letters <= Math.max(2, typed.length / 3) ? best.name : undefined;
}

// Levenshtein's: letters to insert, delete or replace.
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
