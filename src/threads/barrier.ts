// Everything atomic: how the workers of a pool meet. Words of one shared Int32Array; a short spin, then sleep.
//
// A job is announced by the caller (worker 0) and ends with a barrier that all have reached, so between jobs
// every other worker waits in `nextJob` and the caller may write the job's words.

/** Words of the shared control block. */
enum Word {
  /** Number of jobs announced; -1 ends the workers. */
  Job,
  /** Workers that have arrived at the barrier, and how many barriers have opened. */
  Arrived,
  Opened,
  /** Set when a worker has failed; its message lies from Message on, MessageLength characters. */
  Failed,
  /** The job: rows of the batch, number of phases, the phases. */
  Rows,
  PhaseCount,
  Phases,
  MessageLength = 24,
  Message,
  Count = 512,
}

const CLOSED = -1;
/** Looks at a word before sleeping: some tens of microseconds, longer than workers are apart at a phase's end. */
const SPINS = 4000;
/** The same between jobs: some hundreds of microseconds, longer than the caller takes to bring the next batch. */
const SPINS_BETWEEN_JOBS = 40_000;
/** How long the caller waits for a worker, which may have died, before it gives up. */
const PATIENCE_MS = 30_000;
/** The longest sleep in one piece. Sleeps that end are counted, so no clock is read and none can jump. */
const SLEEP_MS = 1000;

export const CONTROL_BYTES = 4 * Word.Count;

export interface Job {
  /** Rows of the batch. */
  n: number;
  phases: readonly number[];
}

export class Control {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #workers: number;
  readonly #patienceMs: number;

  constructor(buffer: SharedArrayBuffer, workers: number, patienceMs = PATIENCE_MS) {
    this.#words = new Int32Array(buffer);
    this.#workers = workers;
    this.#patienceMs = patienceMs;
  }

  /** The caller's: wakes the workers, a job is near. A sleeping thread takes a good part of a millisecond to wake. */
  wake(): void {
    Atomics.notify(this.#words, Word.Job);
  }

  /** The caller's: starts a job on all workers. */
  announce({ n, phases }: Job): void {
    const words = this.#words;
    words[Word.Rows] = n;
    words[Word.PhaseCount] = phases.length;
    for (let i = 0; i < phases.length; i++) words[Word.Phases + i] = phases[i];
    Atomics.add(words, Word.Job, 1);
    Atomics.notify(words, Word.Job);
  }

  /** Number of the job announced last; a worker starts from it. */
  get job(): number {
    return Atomics.load(this.#words, Word.Job);
  }

  /** A worker's: waits for the job after `seen`; undefined when the pool is closed. */
  nextJob(seen: number): Job | undefined {
    const words = this.#words;
    wait(words, Word.Job, seen, Number.POSITIVE_INFINITY, SPINS_BETWEEN_JOBS);
    if (Atomics.load(words, Word.Job) === CLOSED) return undefined;
    const phases = Array.from(words.subarray(Word.Phases, Word.Phases + words[Word.PhaseCount]));
    return { n: words[Word.Rows], phases };
  }

  /** Returns when every worker has arrived. Throws when one does not within the patience. */
  meet(): void {
    const words = this.#words;
    const opened = Atomics.load(words, Word.Opened);
    if (Atomics.add(words, Word.Arrived, 1) === this.#workers - 1) {
      Atomics.store(words, Word.Arrived, 0);
      Atomics.add(words, Word.Opened, 1);
      Atomics.notify(words, Word.Opened);
    } else if (!wait(words, Word.Opened, opened, this.#patienceMs, SPINS)) {
      throw new Error(`a worker did not finish its part within ${this.#patienceMs / 1000} s`);
    }
  }

  /** A worker's: keeps the first failure's message for the caller. */
  fail(message: string): void {
    const words = this.#words;
    if (Atomics.compareExchange(words, Word.Failed, 0, 1) !== 0) return;
    const text = message.slice(0, Word.Count - Word.Message);
    for (let i = 0; i < text.length; i++) words[Word.Message + i] = text.charCodeAt(i);
    words[Word.MessageLength] = text.length;
  }

  /** The caller's, between jobs: throws a worker's failure. */
  throwFailure(): void {
    const words = this.#words;
    if (Atomics.load(words, Word.Failed) === 0) return;
    const text = words.subarray(Word.Message, Word.Message + words[Word.MessageLength]);
    throw new Error(`a worker failed: ${String.fromCharCode(...text)}`);
  }

  /** Ends all workers. */
  close(): void {
    Atomics.store(this.#words, Word.Job, CLOSED);
    Atomics.notify(this.#words, Word.Job);
  }
}

// Returns whether the word has left `value` before about `ms` milliseconds were over. Being woken proves nothing: the
// call may have been meant for the barrier before, or say that the change is near; so it looks again.
function wait(
  words: Int32Array<SharedArrayBuffer>,
  word: Word,
  value: number,
  ms: number,
  spins: number,
): boolean {
  const sleep = ms === Number.POSITIVE_INFINITY ? ms : Math.min(ms, SLEEP_MS);
  for (let left = ms; left > 0; ) {
    for (let i = 0; i < spins; i++) if (Atomics.load(words, word) !== value) return true;
    if (Atomics.wait(words, word, value, sleep) === "timed-out") left -= sleep;
  }
  return Atomics.load(words, word) !== value;
}
