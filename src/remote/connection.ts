// Calls over a port, both ways, answered in any order. Values are what structured cloning takes, and errors keep
// their type and message by it.

import { buffersOf } from "./buffers.ts";

type Calls = Record<string, (...args: never[]) => unknown>;
type Handlers<C extends Calls> = {
  [K in keyof C]: (...args: Parameters<C[K]>) => ReturnType<C[K]> | Promise<ReturnType<C[K]>>;
};

type Message =
  | { call: number | undefined; method: string; args: unknown[] }
  | { answer: number; value?: unknown; error?: unknown; failed: boolean };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One end. `Theirs` is what the other end answers, `Ours` what this one does. */
export class Connection<Theirs extends Calls, Ours extends Calls> {
  readonly #port: MessagePort;
  readonly #handlers: Handlers<Ours>;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #failure: Error | undefined;

  constructor(port: MessagePort, handlers: Handlers<Ours>) {
    this.#port = port;
    this.#handlers = handlers;
    port.onmessage = ({ data }: MessageEvent<Message>) => this.#receive(data);
  }

  /** Moves the buffers of `transfer`, copies all else. */
  call<K extends keyof Theirs & string>(
    method: K,
    args: Parameters<Theirs[K]>,
    transfer: Transferable[] = [],
  ): Promise<ReturnType<Theirs[K]>> {
    if (this.#failure) return Promise.reject(this.#failure);
    const call = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#post({ call, method, args }, transfer);
      this.#waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** As call, without an answer; what is told arrives before what is called or answered later. */
  tell<K extends keyof Theirs & string>(method: K, args: Parameters<Theirs[K]>): void {
    if (!this.#failure) this.#post({ call: undefined, method, args });
  }

  /** Every call that waits, and every one to come, fails with `error`. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#port.close();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #receive(message: Message): Promise<void> {
    if ("answer" in message) {
      const waiting = this.#waiting.get(message.answer);
      this.#waiting.delete(message.answer);
      if (message.failed) waiting?.reject(message.error);
      else waiting?.resolve(message.value);
      return;
    }
    const { call, method, args } = message;
    try {
      const value = await this.#handlers[method](...(args as never));
      if (call !== undefined) this.#post({ answer: call, value, failed: false }, buffersOf(value));
    } catch (error) {
      if (call !== undefined) this.#postError(call, error);
    }
  }

  #postError(answer: number, error: unknown): void {
    try {
      this.#post({ answer, error, failed: true });
    } catch {
      this.#post({ answer, error: new Error(String(error)), failed: true });
    }
  }

  #post(message: Message, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
