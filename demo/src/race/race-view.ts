// The race on the page: who takes part, bars of milliseconds, and the losses over each other.

import { Chart, type Line } from "../chart.ts";
import type { Images } from "../images-protocol.ts";
import { notify, reason } from "../notices.ts";
import type { Settings } from "../settings.ts";
import { CONTENDERS, type Contender } from "./contender.ts";
import { LaneRow } from "./lane-row.ts";
import { type Lane, largestDifference, ROUNDS, race, typicalMs } from "./race.ts";

/** Each lies within the one before, so that equal curves can all be seen. */
const LINES: Omit<Line, "label">[] = [
  { colour: "blue-pale", width: 9 },
  { colour: "blue", width: 5 },
  { colour: "orange", width: 2 },
  { colour: "ink", width: 1, dash: [2, 4] },
];

const get = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

export class RaceView {
  readonly #rows = new Map<Contender, LaneRow>();
  readonly #settings: () => Settings;
  readonly #images: (count: number) => Promise<Images>;
  readonly #onStart: () => void;
  #chart: Chart | undefined;
  #abort: AbortController | undefined;

  /** `onStart` makes room on the processor. */
  constructor(settings: () => Settings, images: (count: number) => Promise<Images>, onStart: () => void) {
    this.#settings = settings;
    this.#images = images;
    this.#onStart = onStart;
    for (const contender of CONTENDERS) this.#rows.set(contender, new LaneRow(contender));
    get("lanes").append(...[...this.#rows.values()].map(({ item }) => item));
    get("race-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#abort) this.#abort.abort();
      else this.#race();
    });
  }

  async #race(): Promise<void> {
    const button = get("race-start");
    const abort = new AbortController();
    this.#abort = abort;
    button.textContent = "Stop";
    const contenders = CONTENDERS.filter((contender) => this.#rows.get(contender)!.takesPart);
    const doing = (text: string) => {
      get("race-doing").textContent = text;
    };
    for (const row of this.#rows.values()) row.begin();
    try {
      this.#onStart();
      const listener = { onDoing: doing, onUpdate: (lanes: readonly Lane[]) => this.#show(lanes) };
      await race(contenders, this.#settings(), this.#images, listener, abort.signal);
      doing("Finished");
    } catch (error) {
      doing(abort.signal.aborted ? "Stopped" : "Ended early");
      if (!abort.signal.aborted) notify(`The race could not go on: ${reason(error)}`, "trouble");
    } finally {
      this.#abort = undefined;
      button.textContent = "Race";
      for (const row of this.#rows.values()) row.end();
    }
  }

  #show(lanes: readonly Lane[]): void {
    const typical = lanes.map(typicalMs);
    const slowest = Math.max(...typical.filter(Number.isFinite));
    for (const [i, { contender }] of lanes.entries()) {
      if (Number.isFinite(typical[i])) this.#rows.get(contender)!.show(typical[i], slowest, typical[0]);
    }
    get("race-figure").hidden = false;
    this.#chart ??= makeChart();
    get("race-keys").replaceChildren(...lanes.map(({ contender }) => keyOf(contender)));
    const longest = lanes[0].losses.length;
    const columns = CONTENDERS.map((contender) => {
      const losses = lanes.find((lane) => lane.contender === contender)?.losses ?? [];
      return Array.from({ length: longest }, (_, i) => losses[i] ?? null);
    });
    this.#chart.set([Array.from({ length: longest }, (_, i) => i + 1), ...columns]);
    const difference = largestDifference(lanes);
    get("race-difference").textContent =
      difference === undefined
        ? ""
        : `The largest difference between two losses is ${difference.toFixed(7)}: single precision, summed in another order.`;
  }
}

function makeChart(): Chart {
  return new Chart(get("race-chart"), {
    lines: LINES.map((line, i) => ({ ...line, label: CONTENDERS[i].title })),
    span: ROUNDS - 1,
    range: (low, high) => [Math.min(0.5, 0.9 * (low || 0.5)), Math.max(2.5, high || 0)],
    marks: [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3],
    text: String,
  });
}

function keyOf(contender: Contender): HTMLElement {
  const key = document.createElement("span");
  key.className = `key lane-${CONTENDERS.indexOf(contender)}`;
  key.textContent = contender.title;
  return key;
}
