// TensorFlow.js in a worker: the very forms that the benchmark measures.

import "@tensorflow/tfjs-backend-cpu";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import { startLayers } from "peers/tensorflow-layers.mjs";
import { startTuned } from "peers/tensorflow-tuned.mjs";
import type { PeerAnswer, PeerOrder, PeerQuestion } from "../race/peer-protocol.ts";

interface Peer {
  train(batch: { x: Float32Array; labels: Int32Array }): number | Promise<number>;
}

let peer: Peer | undefined;

const answer = (message: PeerAnswer) => self.postMessage(message);

self.onmessage = async ({ data }: MessageEvent<PeerQuestion>) => {
  try {
    if ("order" in data) {
      peer = await started(data.order);
      answer({ loss: Number.NaN });
    } else {
      answer({ loss: await peer!.train(data) });
    }
  } catch (error) {
    answer({ error: String((error as Error).message ?? error) });
  }
};

async function started(order: PeerOrder): Promise<Peer> {
  wasm.setWasmPaths({
    "tfjs-backend-wasm.wasm": plain,
    "tfjs-backend-wasm-simd.wasm": simd,
    "tfjs-backend-wasm-threaded-simd.wasm": simd,
  });
  // One thread each.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (!(await tf.setBackend(order.backend)))
    throw new Error(`its backend ${order.backend} does not start here`);
  tf.enableProdMode();
  return (order.form === "tuned" ? startTuned : startLayers)(order);
}
