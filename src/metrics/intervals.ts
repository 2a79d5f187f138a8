// How sure a share is: intervals for counted hits.

/** Wilson's score interval for `hits` of `count` (E. B. Wilson 1927), z = 1.96 for 95 %. [0, 1] when count is 0. */
export function wilsonInterval(hits: number, count: number, z = 1.959963984540054): [number, number] {
  if (count === 0) return [0, 1];
  const p = hits / count;
  const scale = 1 / (1 + (z * z) / count);
  const centre = (p + (z * z) / (2 * count)) * scale;
  const half = z * Math.sqrt((p * (1 - p)) / count + (z * z) / (4 * count * count)) * scale;
  // At the ends the two cancel but for rounding.
  return [hits === 0 ? 0 : Math.max(0, centre - half), hits === count ? 1 : Math.min(1, centre + half)];
}

/**
 * Hits among decisions that come in groups, one group a sequence: the steps of one sequence are alike, so a thousand
 * of them tell less than a thousand sequences would.
 */
export class GroupedHits {
  #hits = 0;
  #decisions = 0;
  #groups = 0;
  // Over the groups: sums of hits^2, hits * decisions and decisions^2.
  #hh = 0;
  #hd = 0;
  #dd = 0;

  /** One group; groups without decisions do not count. */
  add(hits: number, decisions: number): void {
    if (decisions === 0) return;
    this.#hits += hits;
    this.#decisions += decisions;
    this.#groups++;
    this.#hh += hits * hits;
    this.#hd += hits * decisions;
    this.#dd += decisions * decisions;
  }

  /** 0 without decisions. */
  get share(): number {
    return this.#decisions === 0 ? 0 : this.#hits / this.#decisions;
  }

  /**
   * 95 % interval of the share: Wilson's for as many independent decisions as would make the share vary as much as
   * it does between the groups (Kish 1965, effective sample size; variance of a ratio estimate by Taylor's series).
   */
  get interval(): [number, number] {
    const n = this.#effectiveCount();
    return wilsonInterval(this.#hits === this.#decisions ? n : this.share * n, n);
  }

  #effectiveCount(): number {
    const [p, n, total] = [this.share, this.#groups, this.#decisions];
    if (n === total) return total;
    if (n === 1 || p === 0 || p === 1) return n;
    // var(p) = n / (n - 1) * sum (hits - p decisions)^2 / total^2
    const squares = this.#hh - 2 * p * this.#hd + p * p * this.#dd;
    const variance = ((n / (n - 1)) * Math.max(0, squares)) / (total * total);
    return Math.min(total, (p * (1 - p)) / variance);
  }
}
