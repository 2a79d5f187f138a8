// What the scripts of the edge core use of the built library.
export { EdgeArray } from "../dist/assembly/edge/abi.js";
export { Setting } from "../dist/assembly/regions.js";
export { decodePacked, loadEdge } from "../dist/src/edge/index.js";
