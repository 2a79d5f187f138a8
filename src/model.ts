// One model: its weights, its memory, and what can be done with a batch. Knows neither files nor epochs.

import { Phase, Region, Setting } from "../assembly/regions.ts";
import { type ModelConfig, type ModelOptions, modelConfig, whole } from "./config.ts";
import { type Build, pickBuild } from "./core/builds.ts";
import { coreMemory, loadCore } from "./core/load.ts";
import { ModelMemory } from "./core/memory.ts";
import { copyTensors, parameterList } from "./core/parameters.ts";
import { setModel, updatePhases } from "./core/settings.ts";
import { clearFinalState, copyApplied, copyHidden } from "./core/states.ts";
import { TileChoice } from "./core/tiles.ts";
import { FLOPS_WORTH_A_CHOICE, flops, threadsOf } from "./cost.ts";
import { Batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { firstNotFinite } from "./data/finite.ts";
import { checkWeights, type Dialect, decodeWeights, encodeWeights } from "./formats/dialects.ts";
import type { Host } from "./host.ts";
import { checkLearningRate } from "./learning-rate.ts";
import { type Evaluation, Tally } from "./metrics.ts";
import { type Runner, SerialRunner } from "./runner.ts";
import { Stream } from "./stream.ts";
import { Pool } from "./threads/pool.ts";
import { type FitOptions, type History, train, type UpdateResult } from "./trainer.ts";
import { Turns } from "./turns.ts";
import type {
  Applied,
  BatchResult,
  EvaluateOptions,
  LengthsOption,
  ModelInfo,
  Prediction,
  SequenceOptions,
  Tensors,
} from "./types.ts";

const EVALUATE = [Phase.Pack, Phase.Evaluate, Phase.Summarise];
const PREDICT = [Phase.Pack, Phase.Predict];

/**
 * Makes a model with seeded weights on what `host` has. Throws a TypeError or RangeError naming the option that
 * is wrong, and an Error when no build of the core runs here.
 */
export async function makeModel(options: ModelOptions, host: Host): Promise<LstmModel> {
  const config = modelConfig(options);
  const threads = threadsOf(config, host);
  const build = pickBuild(config.build, config.reproducible);
  const module = await host.compile(build, threads > 1);
  const core = await loadCore(module, coreMemory(threads > 1));
  const memory = new ModelMemory(core, config);
  core.initialize(memory.plan, config.seed % 2 ** 32, Math.floor(config.seed / 2 ** 32));
  const runner =
    threads > 1
      ? await Pool.start(core, memory.plan, module, threads, host.threads!.start)
      : new SerialRunner(core, memory.plan);
  const tiles = new TileChoice(core, memory.plan, build);
  return new LstmModel({ ...config, build, threads }, memory, runner, tiles, host);
}

export class LstmModel {
  readonly config: Readonly<ModelConfig>;
  readonly info: Readonly<ModelInfo>;
  readonly #memory: ModelMemory;
  readonly #runner: Runner;
  readonly #tiles: TileChoice;
  readonly #host: Host;
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
    host: Host,
  ) {
    this.config = Object.freeze(config);
    this.#memory = memory;
    this.#runner = runner;
    this.#tiles = tiles;
    this.#host = host;
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
      worker: false,
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
    checkLearningRate(value);
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
  async evaluate(dataset: Dataset, options: EvaluateOptions = {}): Promise<Evaluation> {
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
    await this.#eachPart(x, lengths, count, (first, n) =>
      copyApplied(this.#memory, this.config, applied, first, n),
    );
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
    const single = await makeModel(options, this.#host);
    await single.setWeights(await this.weights());
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
    const outputs = new Float32Array(n * H);
    copyHidden(this.#memory, this.config, n, 1, (row) => outputs.subarray(row * H));
    return { classes: this.#classes.slice(), probabilities: this.#probabilities.slice(0, n * C), outputs };
  }

  /** @internal The state in which sequence `row` of the last step ended becomes zero. */
  clearState(row: number): void {
    clearFinalState(this.#memory, this.config, this.config.batchSize, row);
  }

  /** A copy of the weights under their native names: `lstm.kernel` [inputs, 4 units], gates i, f, g, o, and so on. */
  async weights(): Promise<Tensors> {
    return copyTensors(this.#memory, this.config, Region.Parameters);
  }

  /** Gradients of the last trainOnBatch or update, by the mean loss; names and shapes as the weights'. */
  async gradients(): Promise<Tensors> {
    return copyTensors(this.#memory, this.config, Region.Gradients);
  }

  /** Replaces the weights and begins the optimiser anew. Throws a RangeError and changes nothing if one does not fit. */
  async setWeights(weights: Tensors, name = "weights"): Promise<void> {
    checkWeights(weights, this.config, name);
    for (const { name, region } of parameterList(this.config)) {
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
  async save(options: { dialect?: Dialect; metadata?: Record<string, string> } = {}): Promise<Uint8Array> {
    return encodeWeights(await this.weights(), options.dialect ?? "native", {
      ...options.metadata,
      forget_bias: String(this.config.forgetBias),
    });
  }

  /** Weights from a safetensors file of either dialect. Throws a RangeError naming `name` and the tensor that does not fit. */
  async load(bytes: Uint8Array, name = "weights"): Promise<void> {
    await this.setWeights(decodeWeights(bytes, name).weights, name);
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
}
