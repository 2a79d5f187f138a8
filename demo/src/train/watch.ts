// An engine whose worker the browser has ended says nothing any more: whoever waits for it watches the time.

const TICK_MS = 1000;
/** What an engine may take for anything. */
const LEAST_SECONDS = 15;
/** The slowest machine that is believed in. */
const LEAST_FLOPS_PER_SECOND = 1e8;

/**
 * `answer`, or an Error when it takes longer than `flops` can. Only seconds in which the page was awake are counted.
 */
export function watched<T>(answer: Promise<T>, flops = 0): Promise<T> {
  let left = LEAST_SECONDS + flops / LEAST_FLOPS_PER_SECOND;
  let timer: ReturnType<typeof setInterval> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (--left < 0) reject(new Error("the engine does not answer any more"));
    }, TICK_MS);
  });
  return Promise.race([answer, silence]).finally(() => clearInterval(timer));
}
