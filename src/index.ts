// wasm-lstm in Node.

export * from "./library.ts";
export { createModel } from "./node/create-model.ts";
