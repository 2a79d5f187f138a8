// The export list of the core.

export { addLayer, describe, layout, setHead } from "./layout";
export { at, cellOf, planBase, sizeOf } from "./plan";
export { regionOf, sizeOfCell } from "./cell";
export { initialize } from "./initialize";
export { probe, setTile } from "./products";
export { runPhase } from "./step";
