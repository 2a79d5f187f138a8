// Who takes part in the race: this library, and TensorFlow.js in the forms that the benchmark measures.

import type { Model, Tensors } from "wasm-lstm";
import { CLASSES, SIDE } from "../images-protocol.ts";
import type { Settings } from "../settings.ts";
import { newModel } from "../train/models.ts";
import type { PeerAnswer, PeerOrder, PeerQuestion } from "./peer-protocol.ts";

export interface Contender {
  key: string;
  title: string;
  text: string;
  /** Whether it takes part unless told otherwise. */
  isUsual: boolean;
  start(settings: Settings, weights: Tensors): Promise<Racer>;
}

/** One that stands ready. */
export interface Racer {
  /** One update; the loss before it. The arrays are given away. */
  train(x: Float32Array<ArrayBuffer>, labels: Int32Array<ArrayBuffer>): Promise<number>;
  close(): void;
}

/** TensorFlow.js adds this, its epsilon, where Adam's paper does. */
const THEIR_ADAM = { epsilon: 1e-7, epsilonForm: "paper" } as const;
/** The library's forget gate begins open: it adds this to its bias. */
const FORGET_BIAS = 1;

export const CONTENDERS: Contender[] = [
  {
    key: "ours",
    title: "wasm-lstm",
    text: "as above, on one thread",
    isUsual: true,
    async start(settings, weights) {
      const model = await ours(settings);
      await model.setWeights(weights);
      return {
        train: async (x, labels) => (await model.trainOnBatch(x, labels, { transfer: true })).loss,
        close: () => model.close(),
      };
    },
  },
  peer("tuned", "TensorFlow.js, tuned", "wasm backend, back-propagation by hand", "wasm", true),
  peer("layers", "TensorFlow.js, layers", "wasm backend, as its users write it", "wasm", true),
  peer("cpu", "TensorFlow.js, cpu", "plain JavaScript: seconds for an update", "cpu", false),
];

/** The model that all begin from. */
export function ours(settings: Settings): Promise<Model> {
  const build = settings.build === "auto" ? undefined : settings.build;
  return newModel({ ...settings, layer: "lstm" }, { threads: 1, build, ...THEIR_ADAM });
}

function peer(
  key: string,
  title: string,
  text: string,
  backend: PeerOrder["backend"],
  isUsual: boolean,
): Contender {
  const form = key === "tuned" ? "tuned" : "layers";
  return {
    key,
    title,
    text,
    isUsual,
    start: (settings, weights) =>
      startPeer({
        backend,
        form,
        learningRate: settings.rate,
        forgetBias: FORGET_BIAS,
        weights,
        sizes: {
          timeSteps: SIDE,
          features: SIDE,
          projectionUnits: 0,
          units: settings.units,
          classes: CLASSES,
        },
      }),
  };
}

async function startPeer(order: PeerOrder): Promise<Racer> {
  const worker = new Worker(new URL("../workers/race-worker.ts", import.meta.url), { type: "module" });
  const ask = (question: PeerQuestion, transfer: Transferable[] = []) =>
    new Promise<number>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<PeerAnswer>) => {
        if ("error" in data) reject(new Error(data.error));
        else resolve(data.loss);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "TensorFlow.js could not be loaded"));
      };
      worker.postMessage(question, transfer);
    });
  try {
    await ask({ order });
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    train: (x, labels) => ask({ x, labels }, [x.buffer, labels.buffer]),
    close: () => worker.terminate(),
  };
}
