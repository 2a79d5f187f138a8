// What a running core is to the host.

/** The exports of assembly/index.ts; addresses, plans and cells are byte offsets into `memory`. */
export interface Core {
  readonly memory: WebAssembly.Memory;
  planBase(): number;
  describe(plan: number, B: number, T: number, I: number, P: number, trains: number): void;
  addLayer(
    plan: number,
    type: number,
    units: number,
    bidirectional: number,
    resetBefore: number,
    peepholes: number,
    projection: number,
    forgetBias: number,
    clip: number,
    dropout: number,
    recurrentDropout: number,
  ): void;
  setHead(plan: number, type: number, C: number, everyStep: number, dropout: number): void;
  layout(plan: number): number;
  at(plan: number, region: number): number;
  sizeOf(plan: number, region: number): number;
  cellOf(plan: number, k: number): number;
  regionOf(cell: number, region: number): number;
  sizeOfCell(cell: number, region: number): number;
  setTile(plan: number, layout: number, rows: number, wide: boolean): void;
  probe(plan: number, layout: number, n: number): void;
  initialize(plan: number, seedLow: number, seedHigh: number, normal: number): void;
  runPhase(plan: number, phase: number, n: number, worker: number, workers: number): void;
}

/** One page now, grown once to what the plan needs; `shared`: threads can share it. */
export function coreMemory(shared: boolean): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
}
