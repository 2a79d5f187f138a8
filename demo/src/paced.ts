// Drawing no more often than eyes need, so that a page stays quick while an engine reports.

/** A function that has `work` done at the next frame, and then not again within `ms`. */
export function paced(work: () => void, ms = 0): () => void {
  let asked = false;
  let last = Number.NEGATIVE_INFINITY;
  const frame = (now: number) => {
    if (now - last < ms) {
      requestAnimationFrame(frame);
      return;
    }
    asked = false;
    last = now;
    work();
  };
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(frame);
  };
}
