// One model: its weights, its memory, and what can be done with a batch. Knows neither files nor epochs.

import { Optimizer, Phase, Region, Schedule, Setting } from "../assembly/regions.ts";
import { type ModelConfig, type ModelOptions, modelConfig, whole } from "./config.ts";
import { type Build, chooseBuild } from "./core/builds.ts";
import { loadCore, sharedMemory } from "./core/load.ts";
import { ModelMemory } from "./core/memory.ts";
import { TileChoice } from "./core/tiles.ts";
import { Batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { checkWeights, type Dialect, decodeWeights, encodeWeights } from "./formats/dialects.ts";
import { type Evaluation, Tally } from "./metrics.ts";
import { type Runner, SerialRunner } from "./runner.ts";
import { Stream } from "./stream.ts";
import { Pool } from "./threads/pool.ts";
import { type FitOptions, type History, train, type UpdateResult } from "./trainer.ts";
import { Turns } from "./turns.ts";
import type { Tensors } from "./types.ts";

export interface BatchResult {
  /** Mean softmax cross-entropy of the batch, nats. */
  loss: number;
  /** Share of the batch whose most probable class is the label. */
  accuracy: number;
}

export interface SequenceOptions extends LengthsOption {
  /**
   * true: begin from the state in which the batch before ended, row by row, instead of from zero. The gradient
   * ends at the border (truncated back-propagation). Needs a batch of as many sequences as the one before.
   */
  keepState?: boolean;
}

export interface LengthsOption {
  /**
   * Steps of each sequence, 0 to timeSteps; default all. What lies behind a sequence's end, finite values, changes nothing: its state
   * stays as it is at the end, and the head reads that (TensorFlow's `sequence_length`).
   */
  lengths?: ArrayLike<number>;
}

export interface Prediction {
  /** The most probable class of each sequence. */
  classes: Int32Array;
  /** [n, classes], each row sums to 1. */
  probabilities: Float32Array;
}

export interface Applied extends Prediction {
  /** [n, classes], before the softmax. */
  logits: Float32Array;
  /** h of every step, [n, timeSteps, units]. */
  outputs: Float32Array;
  /** The state after the last step, each [n, units]. */
  finalState: { h: Float32Array; c: Float32Array };
}

export interface ModelInfo {
  /** Build of the core that runs. */
  build: Build;
  /** Workers that share an update. */
  threads: number;
  /** Number of parameters. */
  parameters: number;
  /** Bytes of linear memory, fixed for the model's life. */
  memoryBytes: number;
  /** Floating-point operations of the products of one full update as they are done, the projection folded. */
  flopsPerUpdate: number;
  /** The same for the model as it is written down, every product unfolded. */
  naiveFlopsPerUpdate: number;
}

const EVALUATE = [Phase.Pack, Phase.Evaluate, Phase.Summarise];
const PREDICT = [Phase.Pack, Phase.Predict];

/**
 * Makes a model with seeded weights. Throws a TypeError or RangeError naming the option that is wrong, and an
 * Error when no build of the core runs here.
 */
export async function createModel(options: ModelOptions): Promise<LstmModel> {
  const config = modelConfig(options);
  const threads = await threadsOf(config);
  const { build, module } = await chooseBuild(config.build, config.reproducible, threads > 1);
  const core = await loadCore(module, threads > 1 ? sharedMemory() : undefined);
  const memory = new ModelMemory(core, config);
  core.initialize(memory.plan, config.seed % 2 ** 32, Math.floor(config.seed / 2 ** 32));
  const runner =
    threads > 1 ? await Pool.start(core, memory.plan, module, threads) : new SerialRunner(core, memory.plan);
  const tiles = new TileChoice(core, memory.plan, build);
  return new LstmModel({ ...config, build, threads }, memory, runner, tiles);
}

export class LstmModel {
  readonly config: Readonly<ModelConfig>;
  readonly info: Readonly<ModelInfo>;
  readonly #memory: ModelMemory;
  readonly #runner: Runner;
  readonly #tiles: TileChoice;
  readonly #input: Float32Array;
  readonly #labels: Int32Array;
  readonly #lengths: Int32Array;
  readonly #updatePhases: readonly Phase[];
  readonly #classes: Int32Array;
  readonly #probabilities: Float32Array;
  // Rows of the last pass, whose final state can be kept.
  #rows = 0;
  // Pack is needed only after the parameters have changed.
  #packed = false;

  /** @internal Use `createModel`. */
  constructor(
    config: ModelConfig & { build: Build; threads: number },
    memory: ModelMemory,
    runner: Runner,
    tiles: TileChoice,
  ) {
    this.config = Object.freeze(config);
    this.#memory = memory;
    this.#runner = runner;
    this.#tiles = tiles;
    this.#input = memory.floats(Region.Input);
    this.#labels = memory.ints(Region.Labels);
    this.#classes = memory.ints(Region.RowClass);
    this.#probabilities = memory.floats(Region.Probabilities);
    this.#lengths = memory.ints(Region.Lengths);
    setModel(memory, config);
    this.#updatePhases = updatePhases(config);
    this.info = Object.freeze({
      build: config.build,
      threads: config.threads,
      parameters: memory.floats(Region.Parameters).length,
      memoryBytes: memory.bytes,
      ...flops(config),
    });
  }

  /** Updates made since the weights were set. */
  get updates(): number {
    return this.#memory.get(Setting.Updates);
  }

  /** Adam's step size from the next update on. */
  get learningRate(): number {
    return this.#memory.get(Setting.LearningRate);
  }

  set learningRate(value: number) {
    if (!(value > 0 && Number.isFinite(value))) {
      throw new RangeError(`learningRate must be a number above 0, got ${value}`);
    }
    this.#memory.set(Setting.LearningRate, value);
  }

  /**
   * One update from `x` [n, timeSteps, features] (time-major: [timeSteps, n, features]) and n labels,
   * 1 <= n <= batchSize. Returns loss and accuracy of the forward pass, before the update. A loss that is not
   * finite changes no weight.
   */
  async trainOnBatch(
    x: ArrayLike<number>,
    labels: ArrayLike<number>,
    options: SequenceOptions = {},
  ): Promise<BatchResult> {
    return this.#update(this.#take(x, labels, options));
  }

  /** Loss and accuracy of a batch, as trainOnBatch, without an update. */
  async evaluateOnBatch(
    x: ArrayLike<number>,
    labels: ArrayLike<number>,
    options: SequenceOptions = {},
  ): Promise<BatchResult> {
    const n = this.#take(x, labels, options);
    this.#run(EVALUATE, n);
    return this.#result(n);
  }

  /** @internal The next n rows of `batches`, straight into linear memory, and one update. */
  updateFrom(batches: Batches, n: number): BatchResult {
    this.#pull(batches, n);
    return this.#update(n);
  }

  /** @internal Accuracy and loss of the rows of the last update with the weights as they are now. */
  evaluateAgain(n: number): BatchResult {
    this.#run(EVALUATE, n);
    return this.#result(n);
  }

  /**
   * Trains on `dataset` and returns what each update reported; see `train` for the same as an iterator.
   * Throws an Error when a loss is not finite (the last good weights stay) and the signal's reason when aborted.
   */
  async fit(dataset: Dataset, options: FitOptions = {}): Promise<History> {
    const history: History = { loss: [], accuracy: [], validation: [] };
    for await (const { step, loss, accuracy, validation } of train(this, dataset, options)) {
      history.loss.push(loss);
      history.accuracy.push(accuracy);
      if (validation) {
        history.validation.push({ step, loss: validation.loss, accuracy: validation.accuracy });
      }
    }
    return history;
  }

  /** As fit, one result at a time. Leaving the loop ends the training after the update in hand. */
  train(dataset: Dataset, options: FitOptions = {}): AsyncGenerator<UpdateResult, void, void> {
    return train(this, dataset, options);
  }

  /** Loss, accuracy with its 95 % interval, and the confusion matrix over a dataset, in its order. */
  async evaluate(dataset: Dataset, options: { signal?: AbortSignal } = {}): Promise<Evaluation> {
    this.checkFits(dataset);
    const tally = new Tally(this.config.classes);
    if (dataset.count === 0) return tally.result();
    const batches = new Batches(dataset, { shuffle: false });
    const turns = new Turns();
    for (let done = 0; done < dataset.count; ) {
      options.signal?.throwIfAborted();
      const n = Math.min(this.config.batchSize, dataset.count - done);
      this.#pull(batches, n);
      this.#run(EVALUATE, n);
      tally.add(this.#labels, this.#classes, n, this.#memory.get(Setting.Loss));
      done += n;
      await turns.give();
    }
    return tally.result();
  }

  /** Classes and probabilities of any number of sequences, `x` [n, timeSteps, features], time-major if configured. */
  async predict(x: ArrayLike<number>, { lengths }: LengthsOption = {}): Promise<Prediction> {
    const { classes: C } = this.config;
    const count = this.#countOf(x, lengths);
    const classes = new Int32Array(count);
    const probabilities = new Float32Array(count * C);
    await this.#eachPart(x, lengths, count, (first, n) => {
      classes.set(this.#classes.subarray(0, n), first);
      probabilities.set(this.#probabilities.subarray(0, n * C), first * C);
    });
    return { classes, probabilities };
  }

  /** As predict, with logits, every step's output (zero behind a sequence's end), and the final state. */
  async apply(x: ArrayLike<number>, { lengths }: LengthsOption = {}): Promise<Applied> {
    const { classes: C, timeSteps: T, units: H } = this.config;
    const count = this.#countOf(x, lengths);
    const applied: Applied = {
      classes: new Int32Array(count),
      probabilities: new Float32Array(count * C),
      logits: new Float32Array(count * C),
      outputs: new Float32Array(count * T * H),
      finalState: { h: new Float32Array(count * H), c: new Float32Array(count * H) },
    };
    await this.#eachPart(x, lengths, count, (first, n) => this.#copyApplied(applied, first, n));
    return applied;
  }

  /**
   * Inference step by step: `streams` sequences at once, each with a state of its own, on a copy of the weights
   * as they are now.
   */
  async stream({ streams = 1 }: { streams?: number } = {}): Promise<Stream> {
    whole("streams", streams, 1, 2 ** 20);
    const { schedule: _, ...config } = this.config;
    const options = { ...config, timeSteps: 1, batchSize: streams, threads: 1, timeMajor: false };
    const single = await createModel(options);
    single.setWeights(this.weights());
    return new Stream(single);
  }

  /** @internal One step of every stream; the state is kept where `keep`, else begins from zero. */
  step(x: ArrayLike<number>, keep: boolean): Prediction & { outputs: Float32Array } {
    const { batchSize: n, classes: C, units: H } = this.config;
    whole("number of sequences in x", this.#countOf(x), n, n);
    if (keep) this.#carryState(n);
    this.#copyIn(x, undefined, 0, n, n);
    this.#memory.set(Setting.InitialState, keep ? 1 : 0);
    this.#run(PREDICT, n);
    const z = this.#memory.floats(Region.Z);
    const zStride = z.length / (2 * n);
    const outputs = new Float32Array(n * H);
    for (let row = 0; row < n; row++) {
      outputs.set(z.subarray((n + row) * zStride, (n + row) * zStride + H), row * H);
    }
    return { classes: this.#classes.slice(), probabilities: this.#probabilities.slice(0, n * C), outputs };
  }

  /** @internal The state in which sequence `row` of the last step ended becomes zero. */
  clearState(row: number): void {
    const { batchSize: n, units: H } = this.config;
    const z = this.#memory.floats(Region.Z);
    const zStride = z.length / (2 * n);
    z.fill(0, (n + row) * zStride, (n + row) * zStride + H);
    const cell = this.#memory.floats(Region.CellState);
    const panels = Math.ceil(H / 8);
    for (let p = 0; p < panels; p++) {
      const from = (p * cell.length) / panels + (n + row) * 8;
      cell.fill(0, from, from + 8);
    }
  }

  /** A copy of the weights under their native names: `lstm.kernel` [inputs, 4 units], gates i, f, g, o, and so on. */
  weights(): Tensors {
    return this.#tensors(Region.Parameters);
  }

  /** Gradients of the last trainOnBatch or update, by the mean loss; names and shapes as the weights'. */
  gradients(): Tensors {
    return this.#tensors(Region.Gradients);
  }

  /** Replaces the weights and begins the optimiser anew. Throws a RangeError and changes nothing if one does not fit. */
  setWeights(weights: Tensors, name = "weights"): void {
    checkWeights(weights, this.config, name);
    for (const { name, region } of this.#parameterList()) {
      this.#memory.slot(Region.Parameters, region).set(weights.get(name)!.data);
    }
    this.#memory.floats(Region.FirstMoment).fill(0);
    this.#memory.floats(Region.SecondMoment).fill(0);
    this.#memory.set(Setting.Updates, 0);
    this.#packed = false;
  }

  /** @internal A copy of all parameters as one block. */
  parameters(): Float32Array {
    return this.#memory.floats(Region.Parameters).slice();
  }

  /** @internal Puts such a copy back; the optimiser's state stays. */
  setParameters(block: Float32Array): void {
    this.#memory.floats(Region.Parameters).set(block);
    this.#packed = false;
  }

  /** The weights as a safetensors file, with what `metadata` adds to its header. */
  save(options: { dialect?: Dialect; metadata?: Record<string, string> } = {}): Uint8Array {
    return encodeWeights(this.weights(), options.dialect ?? "native", {
      ...options.metadata,
      forget_bias: String(this.config.forgetBias),
    });
  }

  /** Weights from a safetensors file of either dialect. Throws a RangeError naming `name` and the tensor that does not fit. */
  load(bytes: Uint8Array, name = "weights"): void {
    this.setWeights(decodeWeights(bytes, name).weights, name);
  }

  /** Throws a RangeError naming both shapes unless the dataset's sequences and classes fit the model. */
  checkFits(dataset: Dataset): void {
    const { timeSteps, features, classes } = this.config;
    if (dataset.timeSteps !== timeSteps || dataset.features !== features || dataset.classes > classes) {
      throw new RangeError(
        `${dataset.name} has sequences of [${dataset.timeSteps}, ${dataset.features}] in ${dataset.classes} ` +
          `classes, the model takes [${timeSteps}, ${features}] in ${classes}`,
      );
    }
  }

  /** Ends the model's workers, if it has any; the model is not used again. */
  close(): void {
    this.#runner.close();
  }

  #update(n: number): BatchResult {
    this.#run(this.#updatePhases, n);
    this.#packed = false;
    return this.#result(n);
  }

  #run(phases: readonly Phase[], n: number): void {
    this.#runner.run(this.#packed ? phases.slice(1) : phases, n);
    this.#packed = true;
    this.#rows = n;
    if (this.info.flopsPerUpdate >= FLOPS_WORTH_A_CHOICE) this.#tiles.afterPass(n);
  }

  #result(n: number): BatchResult {
    return { loss: this.#memory.get(Setting.Loss), accuracy: this.#memory.get(Setting.Hits) / n };
  }

  // Rows of a dataset come batch-major; the setting says so to the core for this batch alone.
  #pull(batches: Batches, n: number): void {
    this.#runner.prepare();
    this.#memory.set(Setting.TimeMajor, 0);
    batches.nextInto(this.#input, this.#labels, n, this.#lengths);
    this.#setLengths(batches.dataset.lengths !== undefined, n);
  }

  #carryState(n: number): void {
    if (this.#rows === 0) throw new RangeError("keepState needs a batch before it, and there was none");
    if (n !== this.#rows) {
      throw new RangeError(`keepState needs a batch of ${this.#rows} sequences as the one before, got ${n}`);
    }
    this.#runner.run([Phase.Carry], n);
  }

  // Steps beyond the longest sequence of the batch are not worked through.
  #setLengths(given: boolean, n: number): void {
    const { timeSteps } = this.config;
    const steps = given ? this.#lengths.subarray(0, n).reduce((a, b) => Math.max(a, b), 0) : timeSteps;
    this.#memory.set(Setting.InitialState, 0);
    this.#memory.set(Setting.HasLengths, given ? 1 : 0);
    this.#memory.set(Setting.Steps, steps);
  }

  #take(x: ArrayLike<number>, labels: ArrayLike<number>, options: SequenceOptions): number {
    const { batchSize, classes } = this.config;
    const { lengths, keepState = false } = options;
    const n = this.#countOf(x, lengths);
    whole("number of sequences in x", n, 1, batchSize);
    if (labels.length !== n) {
      throw new RangeError(
        `labels must hold one class per sequence, got ${labels.length} for ${n} sequences`,
      );
    }
    for (let i = 0; i < n; i++) whole(`labels[${i}]`, labels[i], 0, classes - 1);
    if (keepState) this.#carryState(n);
    this.#copyIn(x, lengths, 0, n, n);
    this.#memory.set(Setting.InitialState, keepState ? 1 : 0);
    this.#labels.set(labels);
    return n;
  }

  #countOf(x: ArrayLike<number>, lengths?: ArrayLike<number>): number {
    const { timeSteps, features } = this.config;
    const size = timeSteps * features;
    if (x.length % size !== 0) {
      throw new RangeError(
        `x must hold whole sequences of ${timeSteps} steps x ${features} features = ${size} values, got ${x.length} values`,
      );
    }
    const n = x.length / size;
    if (lengths !== undefined && lengths.length !== n) {
      throw new RangeError(
        `lengths must hold one length per sequence, got ${lengths.length} for ${n} sequences`,
      );
    }
    for (let i = 0; i < (lengths?.length ?? 0); i++) whole(`lengths[${i}]`, lengths?.[i], 0, timeSteps);
    return n;
  }

  // Rows first .. first + n - 1 of x, which holds `count` rows, to the start of the input. NaN is refused.
  #copyIn(
    x: ArrayLike<number>,
    lengths: ArrayLike<number> | undefined,
    first: number,
    n: number,
    count: number,
  ): void {
    const { timeSteps: T, features: I, timeMajor } = this.config;
    this.#runner.prepare();
    const input = this.#input;
    const runs = timeMajor ? T : 1;
    const length = timeMajor ? n * I : n * T * I;
    const values = x instanceof Float32Array ? x : Float32Array.from(x);
    for (let run = 0; run < runs; run++) {
      const from = timeMajor ? (run * count + first) * I : first * T * I;
      input.set(values.subarray(from, from + length), run * length);
    }
    const bad = firstNotFinite(input, runs * length);
    if (bad >= 0) {
      const run = Math.floor(bad / length);
      const at = (timeMajor ? (run * count + first) * I : first * T * I) + (bad % length);
      throw new RangeError(`x[${at}] must be a finite number, got ${x[at]}`);
    }
    this.#memory.set(Setting.TimeMajor, timeMajor ? 1 : 0);
    for (let i = 0; lengths && i < n; i++) this.#lengths[i] = lengths[first + i];
    this.#setLengths(lengths !== undefined, n);
  }

  async #eachPart(
    x: ArrayLike<number>,
    lengths: ArrayLike<number> | undefined,
    count: number,
    take: (first: number, n: number) => void,
  ): Promise<void> {
    const turns = new Turns();
    for (let first = 0; first < count; ) {
      const n = Math.min(this.config.batchSize, count - first);
      this.#copyIn(x, lengths, first, n, count);
      this.#run(PREDICT, n);
      take(first, n);
      first += n;
      await turns.give();
    }
  }

  #copyApplied(applied: Applied, first: number, n: number): void {
    const { classes: C, timeSteps: T, units: H, batchSize: B } = this.config;
    const memory = this.#memory;
    const steps = memory.get(Setting.Steps);
    const ends = memory.get(Setting.HasLengths) === 1 ? this.#lengths : undefined;
    applied.classes.set(this.#classes.subarray(0, n), first);
    applied.probabilities.set(this.#probabilities.subarray(0, n * C), first * C);
    // Panels [columns/8][rows][8] and the rows of z, as assembly/plan.ts lays them out.
    const logits = memory.floats(Region.Logits);
    const z = memory.floats(Region.Z);
    const zStride = z.length / ((T + 1) * B);
    const cell = memory.floats(Region.CellState);
    const cellPanel = cell.length / Math.ceil(H / 8);
    for (let row = 0; row < n; row++) {
      for (let c = 0; c < C; c++) {
        applied.logits[(first + row) * C + c] = logits[(c >> 3) * B * 8 + row * 8 + (c & 7)];
      }
      for (let t = 0; t < (ends ? ends[row] : T); t++) {
        const from = ((t + 1) * n + row) * zStride;
        applied.outputs.set(z.subarray(from, from + H), ((first + row) * T + t) * H);
      }
      for (let u = 0; u < H; u++) {
        const to = (first + row) * H + u;
        applied.finalState.c[to] = cell[(u >> 3) * cellPanel + (steps * n + row) * 8 + (u & 7)];
        applied.finalState.h[to] = z[(steps * n + row) * zStride + u];
      }
    }
  }

  #tensors(block: Region): Tensors {
    return new Map(
      this.#parameterList().map(({ name, region, shape }) => [
        name,
        { shape, data: this.#memory.slot(block, region).slice() },
      ]),
    );
  }

  #parameterList() {
    const { features: I, projectionUnits: P, units: H, classes: C } = this.config;
    const projection = [
      { name: "projection.kernel", region: Region.ProjectionKernel, shape: [I, P] },
      { name: "projection.bias", region: Region.ProjectionBias, shape: [P] },
    ];
    return [
      ...(P > 0 ? projection : []),
      { name: "lstm.kernel", region: Region.Kernel, shape: [P || I, 4 * H] },
      { name: "lstm.recurrent_kernel", region: Region.RecurrentKernel, shape: [H, 4 * H] },
      { name: "lstm.bias", region: Region.Bias, shape: [4 * H] },
      { name: "head.kernel", region: Region.HeadKernel, shape: [H, C] },
      { name: "head.bias", region: Region.HeadBias, shape: [C] },
    ];
  }
}

// An update as phases. Freezing all but the head leaves the way back through time out.
function updatePhases({ trainable, clipNorm }: ModelConfig): Phase[] {
  const gradients =
    trainable === "all"
      ? [Phase.Train, Phase.KernelGradients, Phase.ProjectionGradients]
      : [Phase.Evaluate, Phase.HeadGradients];
  const norm = clipNorm < Number.POSITIVE_INFINITY ? [Phase.Norm] : [];
  return [Phase.Pack, ...gradients, ...norm, Phase.Update];
}

const OPTIMIZER_NUMBERS = {
  adam: Optimizer.Adam,
  adamw: Optimizer.Adam,
  sgd: Optimizer.Sgd,
  rmsprop: Optimizer.RmsProp,
};

const SCHEDULE_NUMBERS = {
  constant: Schedule.Constant,
  step: Schedule.Step,
  exponential: Schedule.Exponential,
  cosine: Schedule.Cosine,
};

/** @internal What the configuration tells the core; before its first pass. */
export function setModel(memory: ModelMemory, config: ModelConfig): void {
  const { type, steps = 1, rate = type === "cosine" ? 0 : 0.1, warmup = 0 } = config.schedule;
  const headOffset = memory.slot(Region.Parameters, Region.HeadKernel).byteOffset;
  const settings: [Setting, number][] = [
    [Setting.ForgetBias, config.forgetBias],
    [Setting.Steps, config.timeSteps],
    [Setting.LearningRate, config.learningRate],
    [Setting.Optimizer, OPTIMIZER_NUMBERS[config.optimizer]],
    [Setting.Beta1, config.beta1],
    [Setting.Beta2, config.beta2],
    [Setting.Epsilon, config.epsilon],
    [Setting.EpsilonHat, config.epsilonForm === "tf1" ? 1 : 0],
    [Setting.Momentum, config.momentum],
    [Setting.Nesterov, config.nesterov ? 1 : 0],
    [Setting.Rho, config.rho],
    [Setting.WeightDecay, config.weightDecay],
    [Setting.ClipNorm, config.clipNorm],
    [Setting.ClipValue, config.clipValue],
    [
      Setting.TrainableFrom,
      config.trainable === "all" ? 0 : (headOffset - memory.floats(Region.Parameters).byteOffset) / 4,
    ],
    [Setting.Schedule, SCHEDULE_NUMBERS[type]],
    [Setting.ScheduleSteps, steps],
    [Setting.ScheduleRate, rate],
    [Setting.WarmupSteps, warmup],
  ];
  for (const [setting, value] of settings) memory.set(setting, value);
}

// Index of the first of n values that is NaN or infinite, or -1. Such a value times zero is NaN and stays NaN in
// a sum; four sums, so that the additions overlap.
function firstNotFinite(values: Float32Array, n: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < n; i += 4) {
    a += values[i] * 0;
    b += values[i + 1] * 0;
    c += values[i + 2] * 0;
    d += values[i + 3] * 0;
  }
  for (; i < n; i++) a += values[i] * 0;
  if (a + b + c + d === 0) return -1;
  return values.subarray(0, n).findIndex((value) => !Number.isFinite(value));
}

// Below it an update is too short for the choice of a tile to pay.
const FLOPS_WORTH_A_CHOICE = 2e7;

// "auto": a thread per core, as long as each has work for longer than the barriers of an update take.
const FLOPS_WORTH_A_THREAD = 4e6;

async function threadsOf(config: ModelConfig): Promise<number> {
  if (config.threads !== "auto") return config.threads;
  const worth = Math.floor(flops(config).flopsPerUpdate / FLOPS_WORTH_A_THREAD);
  return Math.max(1, Math.min(await cores(), worth, config.batchSize));
}

async function cores(): Promise<number> {
  if (globalThis.process?.versions?.node) {
    const { availableParallelism } = await import("node:os");
    return availableParallelism();
  }
  return globalThis.crossOriginIsolated ? globalThis.navigator.hardwareConcurrency : 1;
}

// Two operations a multiply-add. Folded: T steps of [I + 1] and T - 1 of [H] forward and in the weight gradient,
// T - 1 of dh. Naive: projection and cell forward, the same twice backward, less dx.
function flops(c: ModelConfig): { flopsPerUpdate: number; naiveFlopsPerUpdate: number } {
  const { batchSize: B, timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = c;
  const X = P || I;
  const head = 3 * B * H * C;
  const cell = 2 * B * 4 * H * (T * (I + 1) + (T - 1) * H) + B * 4 * H * H * (T - 1);
  const fold = P > 0 ? 3 * (I + 1) * P * 4 * H : 0;
  const naive = B * T * (2 * I * P + 2 * 4 * H * (X + H) + 4 * H * (P > 0 ? X + H : H));
  return { flopsPerUpdate: 2 * (cell + fold + head), naiveFlopsPerUpdate: 2 * (naive + head) };
}
