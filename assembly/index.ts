// The export list of the core.

export { at, layout, planBase, setTile, sizeOf } from "./plan";
export { initialize } from "./initialize";
export { runPhase } from "./step";
