// Options of what a model is asked to do, as callers give them: refused by name before anything happens.

import { boolean, checkObject } from "./layers.ts";
import { shown } from "./shown.ts";

const INPUT = { lengths: 0, initialState: 0, transfer: 0 };
const BATCH = { ...INPUT, keepState: 0, sampleWeights: 0 };
const FIT = {
  ...{ updates: 0, epochs: 0, shuffle: 0, seed: 0, resume: 0, validationData: 0, validateEvery: 0 },
  ...{ patience: 0, restoreBest: 0, onUpdate: 0, signal: 0, transfer: 0 },
};

/** Of predict, apply and trace; what the arrays hold is batch-input.ts's to know. */
export function checkInputOptions(options: object): void {
  checkNames(options, INPUT);
}

/** Of trainOnBatch and evaluateOnBatch, likewise. */
export function checkBatchOptions(options: object): void {
  checkNames(options, BATCH);
}

export function checkEvaluateOptions(options: object): void {
  checkNames(options, { signal: 0, transfer: 0 });
}

export function checkStreamOptions(options: object): void {
  checkNames(options, { streams: 0 });
}

/** Of fit and train: names, switches and functions. Numbers and data are trainer.ts's to know. */
export function checkFitOptions(options: object): void {
  checkNames(options, FIT);
  const { validationData, onUpdate } = options as Record<string, unknown>;
  if (validationData !== undefined) checkDataset("validationData", validationData);
  if (onUpdate !== undefined && typeof onUpdate !== "function") {
    throw new TypeError(`onUpdate must be a function, got ${shown(onUpdate)}`);
  }
}

/** Throws a TypeError unless sequences can be drawn from `value` by their number. */
export function checkDataset(name: string, value: unknown): void {
  if (typeof (value as { copyInto?: unknown } | null | undefined)?.copyInto === "function") return;
  throw new TypeError(`${name} must be a Dataset of this library, got ${shown(value)}`);
}

function checkNames(options: object, known: object): void {
  checkObject(options, "options", known, "");
  const given = options as Record<string, unknown>;
  for (const name of ["transfer", "keepState", "shuffle", "restoreBest"]) {
    if (Object.hasOwn(known, name) && given[name] !== undefined) boolean(name, given[name]);
  }
  const { signal } = Object.hasOwn(known, "signal") ? given : {};
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.throwIfAborted !== "function") {
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`);
  }
}
