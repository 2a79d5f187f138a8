declare module "peers/*" {
  type Start = (order: import("../race/peer-protocol.ts").PeerOrder) => {
    train(batch: { x: Float32Array; labels: Int32Array }): number | Promise<number>;
  };
  export const startTuned: Start;
  export const startLayers: Start;
}
