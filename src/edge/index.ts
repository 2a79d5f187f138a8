// wasm-lstm/edge: models for devices, and the edge core run from Node.

export { EdgeArray, EdgeError, EdgePass, EdgeUse } from "../../assembly/edge/abi.ts";
export { decodePacked, encodePacked, type PackedModel, type Precision } from "../formats/packed.ts";
export { openEdge } from "../node/edge-builds.ts";
export { type PackOptions, packModel, type UnpackedModel, unpackModel } from "../pack-model.ts";
export {
  describeEdge,
  type EdgeCore,
  type EdgeOptions,
  edgeFloats,
  edgeInts,
  edgeMemory,
  loadEdge,
  placeEdge,
} from "./edge-core.ts";
export { type PackedOptions, PackedRunner } from "./packed-runner.ts";
