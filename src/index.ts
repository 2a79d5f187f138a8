// wasm-lstm in Node.

export * from "./library.ts";
export { createModel, resumeModel } from "./node/create-model.ts";
