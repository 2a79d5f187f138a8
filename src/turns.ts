// Turns of the event loop for whoever computes for long, so that timers, messages, signals and a page's drawing go on.

// The longest time without one.
const TURN_MS = 15;

export class Turns {
  #last = performance.now();

  /** Gives a turn if the last one is long enough ago. */
  async give(): Promise<void> {
    const passed = performance.now() - this.#last;
    if (passed >= 0 && passed < TURN_MS) return; // below 0 the clock was set back
    await new Promise<void>(nextTurn);
    this.#last = performance.now();
  }
}

// Browsers stretch repeated timers to 4 ms, but not messages.
function nextTurn(done: () => void): void {
  if (globalThis.setImmediate !== undefined) {
    setImmediate(done);
    return;
  }
  waiting.push(done);
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  channel.port2.postMessage(undefined);
}

const waiting: (() => void)[] = [];
// One for all turns, and held here: a port that nobody holds may be gone before its message arrives.
let channel: MessageChannel | undefined;
