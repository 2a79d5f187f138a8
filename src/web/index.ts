// wasm-lstm in a browser.

export * from "../library.ts";
export { createModel, resumeModel } from "./create-model.ts";
