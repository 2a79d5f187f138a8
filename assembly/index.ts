// The export list of the core.

export { at, layout, planBase, sizeOf } from "./plan";
export { initialize } from "./initialize";
export { probe, setTile } from "./products";
export { runPhase } from "./step";
