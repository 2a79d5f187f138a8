// One value after another from who makes them to who takes them; the maker waits until the taker comes back.

export class Handover<T> {
  #slot = new Slot<T>();
  #end: { error?: unknown } | undefined;
  #taken = () => {};

  /** The maker's: resolves when the taker has done with the value. */
  give(value: T): Promise<void> {
    return new Promise((resolve) => {
      this.#taken = resolve;
      this.#slot.fill(value);
    });
  }

  /** The maker's: no value comes any more; because of `error`, if that is given. */
  end(end: { error?: unknown } = {}): void {
    this.#end = end;
    this.#slot.fill(undefined);
  }

  /** The taker's: has done with the value before; undefined at the end. */
  async take(): Promise<T | undefined> {
    this.release();
    const value = this.#end ? undefined : await this.#slot.filled;
    this.#slot = new Slot();
    if (value === undefined && this.#end && "error" in this.#end) throw this.#end.error;
    return value;
  }

  /** The taker's: has done with the value. */
  release(): void {
    this.#taken();
  }
}

class Slot<T> {
  fill!: (value: T | undefined) => void;
  readonly filled = new Promise<T | undefined>((resolve) => {
    this.fill = resolve;
  });
}
