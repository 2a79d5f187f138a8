// A model's memory with the core that works on it: batches in, phases run, results out. Knows neither files nor epochs;
// model.ts is its public face.

import { Phase, Region, Setting } from "../assembly/regions.ts";
import { BatchInput } from "./batch-input.ts";
import {
  type Checkpoint,
  keptOptions,
  type OptimizerNumbers,
  type TrainingState,
} from "./checkpoint-state.ts";
import type { ModelConfig } from "./config.ts";
import { type Build, pickBuild } from "./core/builds.ts";
import { coreMemory } from "./core/core.ts";
import { ModelMemory } from "./core/memory.ts";
import { copyTensors, type Parameter, parameterList, tensorViews } from "./core/parameters.ts";
import { setModel, updatePhases } from "./core/settings.ts";
import { TileChoice } from "./core/tiles.ts";
import { FLOPS_WORTH_A_CHOICE, flops, threadsOf } from "./cost.ts";
import { type Batch, copyRow } from "./data/batch-views.ts";
import type { Batches } from "./data/batches.ts";
import { firstNotFinite } from "./data/finite.ts";
import type { DataShape } from "./data/shape.ts";
import type { Host } from "./host.ts";
import { whole } from "./layers.ts";
import { type Runner, SerialRunner } from "./runner.ts";
import { checkTensors } from "./tensor-shapes.ts";
import { Pool } from "./threads/pool.ts";
import type { BatchResult, ModelInfo, SequenceOptions, Tensors } from "./types.ts";

const EVALUATE = [Phase.Pack, Phase.Evaluate, Phase.Summarise];
const PREDICT = [Phase.Pack, Phase.Predict];
const TRACE = [Phase.Pack, Phase.Trace];

/** What an engine runs on, decided. */
export type EngineConfig = ModelConfig & { build: Build; threads: number };

/** Blocks that hold a value for each parameter. */
export type Block = Region.Parameters | Region.Gradients | Region.FirstMoment | Region.SecondMoment;

export class Engine {
  readonly host: Host;
  readonly config: Readonly<EngineConfig>;
  readonly info: Readonly<ModelInfo>;
  readonly memory: ModelMemory;
  readonly input: BatchInput;
  readonly #runner: Runner;
  readonly #tiles: TileChoice;
  readonly #parameters: readonly Parameter[];
  readonly #updatePhases: readonly Phase[];
  // Rows of the last pass, whose final state can be kept.
  #rows = 0;
  // Pack is needed only after the parameters have changed.
  #packed = false;

  /**
   * On what `host` has. Weights follow from the seed; `trains` is false for an engine that only predicts: it has no
   * place for gradients.
   */
  static async start(host: Host, config: ModelConfig, { trains = true } = {}): Promise<Engine> {
    const threads = threadsOf(config, host);
    const build = pickBuild(config.build, config.reproducible);
    const module = await host.compile(build, threads > 1);
    const core = await host.instantiate(module, coreMemory(threads > 1));
    const memory = new ModelMemory(core, config, { trains });
    const isNormal = config.kernelInitializer === "randomNormal" ? 1 : 0;
    core.initialize(memory.plan, config.seed % 2 ** 32, Math.floor(config.seed / 2 ** 32), isNormal);
    const runner =
      threads > 1
        ? await Pool.start(core, memory.plan, module, threads, host.threads!.start, host.threads!.patienceMs)
        : new SerialRunner(core, memory.plan);
    const tiles = new TileChoice(core, memory.plan, build);
    return new Engine(host, { ...config, build, threads }, memory, runner, tiles);
  }

  private constructor(
    host: Host,
    config: EngineConfig,
    memory: ModelMemory,
    runner: Runner,
    tiles: TileChoice,
  ) {
    this.host = host;
    this.config = Object.freeze(config);
    this.memory = memory;
    this.input = new BatchInput(memory, config);
    this.#runner = runner;
    this.#tiles = tiles;
    this.#parameters = parameterList(memory, config);
    setModel(memory, config);
    this.#updatePhases = updatePhases(config);
    this.info = Object.freeze({
      build: config.build,
      threads: config.threads,
      worker: false,
      parameters: memory.floats(Region.Parameters).length,
      memoryBytes: memory.bytes,
      ...flops(config),
    });
  }

  /** Numbers of the optimiser besides its moments. */
  get optimizer(): OptimizerNumbers {
    const { memory } = this;
    const updates = memory.get(Setting.Updates);
    return {
      updates,
      learningRate: memory.get(Setting.LearningRate),
      beta1Power: updates === 0 ? 1 : memory.get(Setting.Beta1Power),
      beta2Power: updates === 0 ? 1 : memory.get(Setting.Beta2Power),
    };
  }

  set optimizer({ updates, learningRate, beta1Power, beta2Power }: OptimizerNumbers) {
    const { memory } = this;
    memory.set(Setting.Updates, updates);
    memory.set(Setting.LearningRate, learningRate);
    memory.set(Setting.Beta1Power, beta1Power);
    memory.set(Setting.Beta2Power, beta2Power);
  }

  /** A batch of the caller's, checked. Returns its rows. */
  take(x: ArrayLike<number>, targets: ArrayLike<number>, options: SequenceOptions): number {
    const { input, config, memory } = this;
    const { lengths, keepState = false, sampleWeights, initialState } = options;
    if (keepState && initialState) throw new TypeError("give keepState or initialState, not both");
    const n = input.countOf(x, options);
    whole("number of sequences in x", n, 1, config.batchSize);
    input.checkTargets(targets, n, sampleWeights, lengths);
    if (keepState) this.#checkKeepState(n);
    this.#runner.prepare();
    const values = input.checkedValues(x);
    if (keepState) this.carry(n);
    input.take(values, 0, n, n, options);
    if (keepState) memory.set(Setting.InitialState, 1);
    input.takeTargets(targets, sampleWeights);
    return n;
  }

  /** Part of a larger batch without targets, checked: rows first .. first + n - 1 of `count`. */
  takePart(x: Float32Array, first: number, n: number, count: number, options: SequenceOptions): void {
    this.#runner.prepare();
    this.input.take(x, first, n, count, options);
  }

  /** The next n rows of a dataset, straight into linear memory. */
  pull(batches: Batches, n: number): void {
    this.#runner.prepare();
    batches.nextInto(this.input.views(), n);
    this.input.begin(n, batches.shape.hasLengths, false);
  }

  /** n rows of a batch of such a shape, checked: whoever filled it. */
  put(batch: Batch, shape: DataShape, n: number): void {
    this.input.checkRows(batch, shape, n);
    this.#runner.prepare();
    const views = this.input.views();
    for (let row = 0; row < n; row++) copyRow(shape, batch, row, views, row);
    this.input.begin(n, shape.hasLengths, false);
  }

  /** One update from the batch in place. A loss that is not finite changes no weight. */
  update(n: number): BatchResult {
    this.memory.set(Setting.Dropout, 1);
    try {
      this.#run(this.#updatePhases, n);
    } finally {
      this.memory.set(Setting.Dropout, 0);
    }
    this.#packed = false;
    return this.#result();
  }

  /** Loss and accuracy of the batch in place. */
  evaluate(n: number): BatchResult {
    this.#run(EVALUATE, n);
    return this.#result();
  }

  predict(n: number): void {
    this.#run(PREDICT, n);
  }

  /** As predict; the gates of every step stay in place. Needs an engine that trains. */
  trace(n: number): void {
    this.#run(TRACE, n);
  }

  /** The state in which the last pass ended becomes the one from which the next begins. */
  carry(n: number): void {
    this.#runner.run([Phase.Carry], n);
  }

  /** Copies of the tensors in a block, by name. Throws when a worker has failed, for they may be half updated. */
  tensors(block: Block): Tensors {
    this.#runner.check();
    return copyTensors(this.memory, this.#parameters, block);
  }

  /** Throws a RangeError beginning with `name` and changes nothing unless the tensors are exactly the model's, finite. */
  checkTensors(tensors: Tensors, name: string): void {
    checkTensors(tensors, this.config, name);
  }

  /** Puts checked tensors into a block. */
  setTensors(block: Block, tensors: Tensors): void {
    for (const [name, { data }] of tensorViews(this.memory, this.#parameters, block)) {
      data.set(tensors.get(name)!.data);
    }
    if (block === Region.Parameters) this.#packed = false;
  }

  /** The first value of a block that is not finite, as messages name it; undefined if all are. */
  notFiniteIn(block: Block): string | undefined {
    for (const [name, { data }] of tensorViews(this.memory, this.#parameters, block)) {
      const at = firstNotFinite(data, data.length);
      if (at >= 0) return `value ${at} of ${name} is ${data[at]}`;
    }
    return undefined;
  }

  /** Everything that training goes on from to the same bits; throws an Error if that is not finite. */
  checkpoint(training?: TrainingState): Checkpoint {
    for (const block of [Region.Parameters, Region.FirstMoment, Region.SecondMoment] as const) {
      const bad = this.notFiniteIn(block);
      if (bad !== undefined) throw new Error(`no checkpoint of a training that has diverged: ${bad}`);
    }
    return {
      options: keptOptions(this.config),
      weights: this.tensors(Region.Parameters),
      firstMoment: this.tensors(Region.FirstMoment),
      secondMoment: this.tensors(Region.SecondMoment),
      optimizer: this.optimizer,
      ...(training && { training }),
      metadata: {},
    };
  }

  /** Weights, moments and numbers of a checkpoint of such a model. Changes nothing if one does not fit. */
  restore({ weights, firstMoment, secondMoment, optimizer }: Checkpoint, name: string): void {
    this.checkTensors(weights, name);
    this.checkTensors(firstMoment, `${name}: first moment`);
    this.checkTensors(secondMoment, `${name}: second moment`);
    this.setTensors(Region.Parameters, weights);
    this.setTensors(Region.FirstMoment, firstMoment);
    this.setTensors(Region.SecondMoment, secondMoment);
    this.optimizer = optimizer;
  }

  /** Forgets what the optimiser knows. */
  resetOptimizer(): void {
    this.memory.floats(Region.FirstMoment).fill(0);
    this.memory.floats(Region.SecondMoment).fill(0);
    this.memory.set(Setting.Updates, 0);
  }

  /** Ends the workers, if there are any; the engine is not used again. */
  close(): void {
    this.#runner.close();
  }

  #run(phases: readonly Phase[], n: number): void {
    this.#runner.run(this.#packed ? phases.slice(1) : phases, n);
    this.#packed = true;
    this.#rows = n;
    if (this.info.flopsPerUpdate >= FLOPS_WORTH_A_CHOICE) this.#tiles.afterPass(n);
  }

  #result(): BatchResult {
    const { head } = this.config;
    const decisions = this.memory.get(Setting.Items) * (head.type === "sigmoid" ? head.units : 1);
    const share = decisions > 0 ? this.memory.get(Setting.Hits) / decisions : 0;
    return { loss: this.memory.get(Setting.Loss), accuracy: head.type === "linear" ? Number.NaN : share };
  }

  #checkKeepState(n: number): void {
    if (this.#rows === 0) throw new RangeError("keepState needs a batch before it, and there was none");
    if (n !== this.#rows) {
      throw new RangeError(`keepState needs a batch of ${this.#rows} sequences as the one before, got ${n}`);
    }
    if (this.config.layers.some(({ bidirectional }) => bidirectional)) {
      throw new RangeError("keepState needs layers that read forward, this model has a bidirectional one");
    }
  }
}
