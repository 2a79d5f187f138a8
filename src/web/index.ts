// wasm-lstm in a browser.

export * from "../library.ts";
export { createModel, loadModel, resumeModel } from "./create-model.ts";
