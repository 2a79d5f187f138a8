// Turns of the event loop for whoever computes for long, so that timers, signals and a page's drawing go on.

// The longest time without one.
const TURN_MS = 15;

export class Turns {
  #last = performance.now();

  /** Gives a turn if the last one is long enough ago. */
  async give(): Promise<void> {
    if (performance.now() - this.#last < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}
