// TensorFlow.js as a contender. Options: `backend` wasm or cpu; `form` cell, layers (both idiomatic) or tuned.

import "@tensorflow/tfjs-backend-cpu";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as wasm from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { startCell } from "./tensorflow-cell.mjs";
import { startLayers } from "./tensorflow-layers.mjs";
import { startTuned } from "./tensorflow-tuned.mjs";

const FORMS = { cell: startCell, layers: startLayers, tuned: startTuned };

export async function start(order) {
  const { backend, form } = order.options;
  if (backend === "wasm") await configureWasm(order.threads);
  if (!(await tf.setBackend(backend))) {
    throw new Error(`its backend ${backend} does not start with ${order.threads} threads in Node`);
  }
  const threads = backend === "wasm" ? wasm.getThreadsCount() : 1;
  if (threads !== order.threads) {
    throw new Error(`the backend runs ${threads} of ${order.threads} threads`);
  }
  tf.enableProdMode();
  const side = FORMS[form](order);
  const linear = tf.backend().wasm;
  return {
    about: { name: `TensorFlow.js ${tf.version_core}, ${backend}${simdText()}, ${form}` },
    linearBytes: () => linear?.HEAPU8.byteLength,
    ...side,
  };
}

async function configureWasm(threads) {
  const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${dirname(main)}/`);
  if (threads === 1) return;
  // Its own flag switches threads off in Node (github.com/tensorflow/tfjs/issues/3830). Switched on, 4.22 gives
  // the worker a blob address, which Node's Worker refuses; with that mended by hand, it starts and still reports
  // one thread. So this is asked for, and refused above unless the threads are really there.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  wasm.setThreadsCount(threads);
}

function simdText() {
  return tf.getBackend() === "wasm" ? " with SIMD" : "";
}
