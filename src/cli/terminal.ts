// What a person sees and what stops a run: results go to stdout, notes and errors to stderr.

import { errorText } from "../report.ts";

// npm passes on a signal that the terminal has sent to the whole group already.
const SAME_SIGNAL_MS = 300;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

const { stdout, stderr } = process;

export class Terminal {
  /** true: no notes, no lines of progress. */
  quiet = false;
  /** What failed so far; the run went on, and ends with an error's code. */
  readonly failures: unknown[] = [];
  readonly #stop = new AbortController();
  #signalCode = 0;
  #outputClosed = false;
  #lineShown = false;

  /** A reader that has seen enough (`| head`) ends the run quietly; a full disk is a failure. */
  constructor() {
    stderr.on("error", () => {});
    stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (!this.#outputClosed && error.code !== "EPIPE") {
        this.failures.push(new Error(`standard output: ${error.message}`));
      }
      this.#outputClosed = true;
      this.#stop.abort(error);
    });
  }

  /** Whether a person watches. */
  get isShown(): boolean {
    return stdout.isTTY === true && process.env.TERM !== "dumb";
  }

  get columns(): number {
    return stdout.columns;
  }

  /** Aborted when the run is to end, by a signal or because nobody reads its output. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get outputClosed(): boolean {
    return this.#outputClosed;
  }

  /** A line, or several. */
  print(text: string): void {
    this.write(`${text}\n`);
  }

  write(text: string): void {
    this.clearLine();
    if (!this.#outputClosed) stdout.write(text);
  }

  note(text: string): void {
    if (this.quiet) return;
    this.clearLine();
    stderr.write(`${text}\n`);
  }

  /** One line that the next one replaces. */
  showLine(text: string): void {
    this.#lineShown = true;
    stdout.write(`\r${text}\u001b[K`);
  }

  clearLine(): void {
    if (this.#lineShown) stdout.write("\r\u001b[K");
    this.#lineShown = false;
  }

  /** The first signal lets the work in hand end, then saves and reports; the next one quits. */
  watchSignals(): void {
    let first: number | undefined;
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        if (first === undefined) {
          first = performance.now();
          this.#signalCode = code;
          this.#stop.abort(new Error(`stopped by ${signal}`));
          this.note(`${signal}: finishing; once more quits at once`);
        } else if (Math.abs(performance.now() - first) > SAME_SIGNAL_MS) {
          this.clearLine();
          process.exit(code);
        }
      });
    }
  }

  /** Tells what failed; returns the exit code: 0 done, 1 failed, 2 wrong use, else that of the signal. */
  async end(isWrongUse: (failure: unknown) => boolean): Promise<number> {
    await new Promise(setImmediate); // errors of stdout come a turn later
    this.clearLine();
    // A worker that failed is met again by everything that is done with the model.
    for (const text of new Set(this.failures.map(errorText))) stderr.write(`wasm-lstm: ${text}\n`);
    if (this.failures.length > 0) return this.failures.some(isWrongUse) ? 2 : 1;
    return this.#signalCode;
  }
}
