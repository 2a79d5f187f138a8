// wasm-lstm in Node.

export * from "./library.ts";
export { createModel, loadModel, resumeModel } from "./node/create-model.ts";
