// One build of the core, planned for one model: set weights and a batch, run phases by any number of simulated
// workers, read what came out. Workers run one after another, so a result that needs a certain order shows.

import { CellRegion, Layout, Optimizer, Phase, Region, Setting } from "../../assembly/regions.ts";
import { type Core, loadCore } from "../../src/core/load.ts";
import { ModelMemory, type PlanConfig } from "../../src/core/memory.ts";
import { type Parameter, parameterList, tensorViews } from "../../src/core/parameters.ts";
import { setInitialState } from "../../src/core/states.ts";
import { CORE_FOLDER, compileBuild, type TestBuild } from "./builds.ts";
import type { BatchOptions64, FamilyStart, ReferenceModel, Weights64 } from "./reference/index.ts";

/** The phases of an update, in order, without clipping by the norm. */
export const UPDATE = [
  Phase.Pack,
  Phase.Train,
  Phase.KernelGradients,
  Phase.ProjectionGradients,
  Phase.Update,
];
/** The same of the head alone. */
export const HEAD_UPDATE = [Phase.Pack, Phase.Evaluate, Phase.HeadGradients, Phase.Update];
export const LAYOUTS = [Layout.Rows, Layout.Panels, Layout.Columns];
/** What the random numbers of dropout follow from, beside the number of updates. */
export const DROPOUT_SEED = 2 ** 40 + 5;

/** What the bytes behind a plan hold, and how many are watched. */
const GUARD = 0xa5;
const GUARD_BYTES = 16384;
const PAGE_BYTES = 65536;

export interface PlanOptions {
  /** Rows the plan has room for; the model's batch unless given. */
  batchSize?: number;
  timeMajor?: boolean;
  /** false: a plan that only predicts, and takes no targets. */
  trains?: boolean;
  /** Any other, over the defaults: plain Adam in TensorFlow 1's form, nothing dropped. */
  settings?: Partial<Record<Setting, number>>;
}

export interface WorkerOptions {
  workers?: number;
  /** The last worker runs first. */
  reversed?: boolean;
}

export async function loadTestCore(build: TestBuild): Promise<Core | undefined> {
  const module = await compileBuild(CORE_FOLDER, build);
  return module && loadCore(module);
}

// Where the last plan of a core and its guards end; memory behind is still zero.
const usedTo = new WeakMap<Core, number>();

export class PlannedCore {
  readonly core: Core;
  readonly model: ReferenceModel;
  readonly memory: ModelMemory;
  readonly parameters: readonly Parameter[];
  /** n: rows of the batch in place. */
  rows: number;
  readonly regions: readonly PlannedRegion[];
  readonly #trains: boolean;
  readonly #config: PlanConfig;
  readonly #end: number;
  readonly #bytes: number;
  #lengths: ArrayLike<number> | undefined;

  /** Plans anew on `core`; what it held before is gone. */
  constructor(core: Core, model: ReferenceModel, options: PlanOptions = {}) {
    const { batchSize = model.batch, timeMajor = false, trains = true } = options;
    // A plan starts on zeros.
    new Uint8Array(core.memory.buffer).fill(0, core.planBase(), usedTo.get(core));
    this.core = core;
    this.model = model;
    this.rows = model.batch;
    this.#trains = trains;
    this.#config = { ...model, layers: [...model.layers], batchSize };
    const draft = new ModelMemory(core, this.#config, { trains });
    this.regions = regionsOf(core, draft);
    this.#end = Math.max(...this.regions.map(({ address, bytes }) => address + bytes));
    // And here ends before the memory does.
    const missing = Math.ceil((this.#end + GUARD_BYTES - core.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) core.memory.grow(missing);
    this.memory = missing > 0 ? new ModelMemory(core, this.#config, { trains }) : draft;
    this.parameters = parameterList(this.memory, this.#config);
    this.#bytes = core.memory.buffer.byteLength;
    new Uint8Array(core.memory.buffer).fill(GUARD, this.#end, this.#end + GUARD_BYTES);
    usedTo.set(core, this.#end + GUARD_BYTES);
    const settings: Partial<Record<Setting, number>> = {
      [Setting.LearningRate]: 0.001,
      [Setting.Optimizer]: Optimizer.Adam,
      [Setting.Beta1]: 0.9,
      [Setting.Beta2]: 0.999,
      [Setting.Epsilon]: 1e-8,
      [Setting.EpsilonHat]: 1,
      [Setting.ClipNorm]: Number.POSITIVE_INFINITY,
      [Setting.ClipValue]: Number.POSITIVE_INFINITY,
      [Setting.DropoutSeed]: DROPOUT_SEED,
      [Setting.TimeMajor]: timeMajor ? 1 : 0,
      ...options.settings,
    };
    for (const [setting, value] of Object.entries(settings)) this.memory.set(Number(setting), value!);
    if (model.classWeights && trains) this.memory.floats(Region.ClassWeights).set(model.classWeights);
    this.setLengths(undefined);
  }

  /** All that a batch begins with; elements are dropped as the model says. */
  begin({ weights, x, targets, options }: FamilyStart): this {
    this.setWeights(weights).setBatch(x, targets, options.sampleWeights).setLengths(options.lengths);
    this.memory.set(Setting.Dropout, 1);
    return this.setInitialStates(options.initialStates);
  }

  setWeights(weights: Weights64): this {
    const views = tensorViews(this.memory, this.parameters, Region.Parameters);
    for (const [name, values] of weights) views.get(name)!.data.set(values);
    return this;
  }

  /** x [n,T,I], whatever the order the core wants it in, and the targets of n rows, as the reference takes them. */
  setBatch(x: ArrayLike<number>, targets: ArrayLike<number>, sampleWeights?: ArrayLike<number>): this {
    const { timeSteps: T, features: I, head } = this.model;
    const n = x.length / (T * I);
    this.rows = n;
    const input = this.memory.floats(Region.Input);
    const timeMajor = this.memory.get(Setting.TimeMajor) === 1;
    for (let b = 0; b < n; b++) {
      for (let t = 0; t < T; t++) {
        for (let i = 0; i < I; i++) {
          input[(timeMajor ? t * n + b : b * T + t) * I + i] = x[(b * T + t) * I + i];
        }
      }
    }
    this.#count();
    if (!this.#trains) return this;
    if (head.type === "softmax") this.memory.ints(Region.Labels).set(targets);
    else this.memory.floats(Region.Targets).set(targets);
    this.memory.floats(Region.SampleWeights).set(sampleWeights ?? new Array(n).fill(1));
    return this;
  }

  /** The lengths of the batch in place; undefined: all full. Steps behind the longest are not worked through. */
  setLengths(lengths: ArrayLike<number> | undefined): this {
    if (lengths) this.memory.ints(Region.Lengths).set(lengths);
    this.#lengths = lengths;
    this.#count();
    return this;
  }

  /** By layer and direction, as the reference takes them; undefined: zero. */
  setInitialStates(states: BatchOptions64["initialStates"]): this {
    this.memory.set(Setting.InitialState, states ? 1 : 0);
    if (!states) return this;
    const ofCells = states.flat().map(({ h, c }) => {
      const cell = c && c.length > 0 ? Float32Array.from(c) : undefined;
      return { h: Float32Array.from(h!), c: cell };
    });
    setInitialState(this.memory, this.#config, this.rows, ofCells, 0);
    return this;
  }

  /** The pass works through the first `steps` steps of every sequence. */
  setSteps(steps: number): this {
    this.memory.set(Setting.Steps, steps);
    return this;
  }

  #count(): void {
    const { timeSteps: T, head } = this.model;
    const lengths = Array.from({ length: this.rows }, (_, b) => this.#lengths?.[b] ?? T);
    this.memory.set(Setting.HasLengths, this.#lengths ? 1 : 0);
    this.memory.set(Setting.Steps, Math.max(...lengths));
    this.memory.set(Setting.Items, head.everyStep ? lengths.reduce((sum, n) => sum + n, 0) : this.rows);
  }

  /** Every layout's products get this tile. */
  setTile(rows: number, wide: boolean): this {
    for (const layout of LAYOUTS) this.core.setTile(this.memory.plan, layout, rows, wide);
    return this;
  }

  run(phases: readonly Phase[], { workers = 1, reversed = false }: WorkerOptions = {}): this {
    for (const phase of phases) {
      for (let i = 0; i < workers; i++) {
        const worker = reversed ? workers - 1 - i : i;
        this.core.runPhase(this.memory.plan, phase, this.rows, worker, workers);
      }
    }
    return this;
  }

  update(options?: WorkerOptions): this {
    return this.run(UPDATE, options);
  }

  get loss(): number {
    return this.memory.get(Setting.Loss);
  }

  /** As the reference has it. */
  get accuracy(): number {
    const { type, units } = this.model.head;
    const decisions = this.memory.get(Setting.Items) * (type === "sigmoid" ? units : 1);
    return type === "linear" ? Number.NaN : decisions > 0 ? this.memory.get(Setting.Hits) / decisions : 0;
  }

  /** What the head gives, [n,C] or [n,T,C]. */
  outputs(): Float32Array {
    const { timeSteps: T, head } = this.model;
    const items = head.everyStep ? this.rows * T : this.rows;
    return this.memory.floats(Region.Outputs).slice(0, items * head.units);
  }

  gradients(): Map<string, Float32Array> {
    return this.#tensors(Region.Gradients);
  }

  weights(): Map<string, Float32Array> {
    return this.#tensors(Region.Parameters);
  }

  #tensors(block: Region): Map<string, Float32Array> {
    const views = tensorViews(this.memory, this.parameters, block);
    return new Map([...views].map(([name, { data }]) => [name, data.slice()]));
  }

  /** The words of loss, hits, outputs, gradients, parameters and both moments, copied. */
  bits(): Uint32Array {
    const results = Float64Array.of(this.loss, this.memory.get(Setting.Hits));
    const blocks = [Region.Gradients, Region.Parameters, Region.FirstMoment, Region.SecondMoment];
    const parts = [
      new Uint32Array(results.buffer),
      new Uint32Array(this.outputs().buffer),
      ...blocks.map((region) => new Uint32Array(this.memory.floats(region).slice().buffer)),
    ];
    const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let next = 0;
    for (const part of parts) {
      all.set(part, next);
      next += part.length;
    }
    return all;
  }

  /** All words of the plan in place, its own and its directory's too. */
  words(): Uint32Array {
    return new Uint32Array(this.core.memory.buffer, this.memory.plan, (this.#end - this.memory.plan) / 4);
  }

  /** Throws if the memory has grown, or a byte behind the plan or between its regions has changed. */
  assertContained(): void {
    const bytes = new Uint8Array(this.core.memory.buffer);
    if (bytes.length !== this.#bytes) throw new Error(`memory is ${bytes.length} bytes, was ${this.#bytes}`);
    const changed = bytes.subarray(this.#end, this.#end + GUARD_BYTES).findIndex((byte) => byte !== GUARD);
    if (changed >= 0) throw new Error(`byte ${changed} behind the plan has changed`);
    const inOrder = [...this.regions].sort((a, b) => a.address - b.address);
    let reached = inOrder[0].address;
    for (const { name, address, bytes: length } of inOrder) {
      const written = bytes.subarray(reached, Math.max(reached, address)).findIndex((byte) => byte !== 0);
      if (written >= 0) throw new Error(`byte ${written} of the gap before ${name} has been written`);
      reached = Math.max(reached, address + length);
    }
  }
}

export interface PlannedRegion {
  name: string;
  address: number;
  bytes: number;
}

/** Every region that has a place, of the plan and of its cells: this build has none for some, as for int8 codes. */
function regionsOf(core: Core, { plan, cells }: ModelMemory): PlannedRegion[] {
  const ofPlan = Array.from({ length: Region.Count }, (_, region) => ({
    name: Region[region],
    address: core.at(plan, region) >>> 0,
    bytes: core.sizeOf(plan, region),
  }));
  const ofCells = cells.flatMap(({ address }, k) =>
    Array.from({ length: CellRegion.Count }, (_, region) => ({
      name: `${CellRegion[region]} of cell ${k}`,
      address: core.regionOf(address, region) >>> 0,
      bytes: core.sizeOfCell(address, region),
    })),
  );
  return [...ofPlan, ...ofCells].filter(({ address }) => address !== 0);
}
