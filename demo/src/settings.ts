// What a visitor can set: names, ranges, and the address by which a run is shared.

import type { Build, LayerType } from "wasm-lstm";

export interface Settings {
  layer: LayerType;
  units: number;
  /** Images of an update. */
  batch: number;
  rate: number;
  /** Passes over the training images. */
  epochs: number;
  seed: number;
  build: "auto" | Build;
  threads: "auto" | number;
}

export const DEFAULTS: Readonly<Settings> = {
  layer: "lstm",
  units: 128,
  batch: 128,
  rate: 0.005,
  epochs: 2,
  seed: 1,
  build: "auto",
  threads: "auto",
};

const NUMBERS = {
  units: { low: 4, high: 256, whole: true },
  batch: { low: 8, high: 512, whole: true },
  rate: { low: 0.00001, high: 1, whole: false },
  epochs: { low: 1, high: 20, whole: true },
  seed: { low: 0, high: 2 ** 31, whole: true },
};
const WORDS = { layer: ["lstm", "gru", "rnn"], build: ["auto", "relaxed", "simd", "scalar"] };
const MAX_THREADS = 64;

/** A value as typed -> the setting's; undefined if it cannot be that. */
export function readSetting<K extends keyof Settings>(key: K, text: string): Settings[K] | undefined {
  const value = key in WORDS ? word(key as keyof typeof WORDS, text) : number(key, text);
  return value as Settings[K] | undefined;
}

/** What a number may be, in words. */
export function rangeText(key: keyof typeof NUMBERS): string {
  const { low, high, whole } = NUMBERS[key];
  return `${whole ? "a whole number" : "a number"} from ${low} to ${high}`;
}

function word(key: keyof typeof WORDS, text: string): string | undefined {
  return WORDS[key].find((word) => word === text);
}

function number(key: keyof Settings, text: string): number | "auto" | undefined {
  if (key === "threads" && text === "auto") return text;
  const { low, high, whole } =
    key === "threads" ? { low: 1, high: MAX_THREADS, whole: true } : NUMBERS[key as keyof typeof NUMBERS];
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return value >= low && value <= high && (!whole || Number.isInteger(value)) ? value : undefined;
}

/** The state of a shared run, to be compared with. */
export interface Mark {
  update: number;
  /** First digits of the weights' SHA-256, in hex. */
  hash: string;
}

/** The part of an address behind #: what differs from the defaults, and the mark of a run. */
export function toHash(settings: Settings, mark?: Mark): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(settings)) {
    if (value !== DEFAULTS[key as keyof Settings] || (key === "seed" && mark))
      parameters.set(key, String(value));
  }
  if (mark) {
    parameters.set("update", String(mark.update));
    parameters.set("sha256", mark.hash);
  }
  return parameters.toString();
}

export interface Shared {
  settings: Settings;
  mark?: Mark;
  /** What the address says that could not be used. */
  refused: string[];
}

export function fromHash(hash: string): Shared {
  const settings: Settings = { ...DEFAULTS };
  const refused: string[] = [];
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [key, text] of parameters) {
    if (key === "update" || key === "sha256" || !(key in DEFAULTS)) continue;
    const value = readSetting(key as keyof Settings, text);
    if (value === undefined) refused.push(`${key}=${text.slice(0, 20)}`);
    else Object.assign(settings, { [key]: value });
  }
  const update = Number(parameters.get("update"));
  const digits = parameters.get("sha256") ?? "";
  const mark = Number.isInteger(update) && update > 0 && /^[0-9a-f]{8,64}$/.test(digits);
  return { settings, refused, ...(mark && { mark: { update, hash: digits } }) };
}
