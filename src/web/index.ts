// wasm-lstm in a browser.

export * from "../library.ts";
export { createModel } from "./create-model.ts";
