// The export list of the core.

export { addLayer, at, cellOf, describe, layout, planBase, setHead, sizeOf } from "./plan";
export { regionOf, sizeOfCell } from "./cell";
export { initialize } from "./initialize";
export { probe, setTile } from "./products";
export { runPhase } from "./step";
