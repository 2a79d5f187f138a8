// One model: its weights, its memory, and what can be done with a batch. Knows neither files nor epochs.

import { Phase, Region, Setting } from "../assembly/regions.ts";
import { BatchInput } from "./batch-input.ts";
import { type ModelConfig, type ModelOptions, modelConfig } from "./config.ts";
import { type Build, chooseBuild } from "./core/builds.ts";
import { loadCore, sharedMemory } from "./core/load.ts";
import { ModelMemory } from "./core/memory.ts";
import { checkTensors, copyTensors, type Parameter, parameterList, tensorViews } from "./core/parameters.ts";
import { setModel, updatePhases } from "./core/settings.ts";
import { clearFinalState, copyFinalState, copyLogits, copyOutputs } from "./core/states.ts";
import { TileChoice } from "./core/tiles.ts";
import { FLOPS_WORTH_A_CHOICE, flops, threadsOf } from "./cost.ts";
import { Batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { type Dialect, decodeWeights, encodeWeights } from "./formats/dialects.ts";
import { layerWidth, whole } from "./layers.ts";
import { type Evaluation, Tally } from "./metrics.ts";
import { type Runner, SerialRunner } from "./runner.ts";
import { Stream } from "./stream.ts";
import { Pool } from "./threads/pool.ts";
import { type FitOptions, type History, train, type UpdateResult } from "./trainer.ts";
import { Turns } from "./turns.ts";
import type {
  Applied,
  BatchResult,
  CellState,
  InitialStateOption,
  LengthsOption,
  ModelInfo,
  Prediction,
  SequenceOptions,
  Tensors,
} from "./types.ts";

const EVALUATE = [Phase.Pack, Phase.Evaluate, Phase.Summarise];
const PREDICT = [Phase.Pack, Phase.Predict];

/**
 * Makes a model with seeded weights. Throws a TypeError or RangeError naming the option that is wrong, and an
 * Error when no build of the core runs here.
 */
export async function createModel(options: ModelOptions): Promise<LstmModel> {
  return makeModel(modelConfig(options), true);
}

// `trains` is false for a model that only predicts: it has no place for gradients.
async function makeModel(config: ModelConfig, trains: boolean): Promise<LstmModel> {
  const threads = await threadsOf(config);
  const { build, module } = await chooseBuild(config.build, config.reproducible, threads > 1);
  const core = await loadCore(module, threads > 1 ? sharedMemory() : undefined);
  const memory = new ModelMemory(core, config, { trains });
  const isNormal = config.kernelInitializer === "randomNormal" ? 1 : 0;
  core.initialize(memory.plan, config.seed % 2 ** 32, Math.floor(config.seed / 2 ** 32), isNormal);
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
  readonly #input: BatchInput;
  readonly #parameters: readonly Parameter[];
  readonly #updatePhases: readonly Phase[];
  readonly #classes: Int32Array;
  readonly #values: Float32Array;
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
    this.#input = new BatchInput(memory, config);
    this.#parameters = parameterList(memory, config);
    this.#classes = memory.ints(Region.ItemClass);
    this.#values = memory.floats(Region.Outputs);
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
   * One update from `x` [n, timeSteps, features] (time-major: [timeSteps, n, features]) and what n sequences should
   * give, 1 <= n <= batchSize: classes for a softmax, [n] or [n, timeSteps] when every step has an output, else numbers,
   * with as many units as the head. Returns loss and accuracy of the forward pass, before the update. A loss that is
   * not finite changes no weight.
   */
  async trainOnBatch(
    x: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: SequenceOptions = {},
  ): Promise<BatchResult> {
    return this.#update(this.#take(x, targets, options));
  }

  /** Loss and accuracy of a batch, as trainOnBatch, without an update; nothing is dropped. */
  async evaluateOnBatch(
    x: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: SequenceOptions = {},
  ): Promise<BatchResult> {
    const n = this.#take(x, targets, options);
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
    const tally = new Tally(this.config.head.units);
    if (dataset.count === 0) return tally.result();
    const batches = new Batches(dataset, { shuffle: false });
    const turns = new Turns();
    for (let done = 0; done < dataset.count; ) {
      options.signal?.throwIfAborted();
      const n = Math.min(this.config.batchSize, dataset.count - done);
      this.#pull(batches, n);
      this.#run(EVALUATE, n);
      tally.add(this.#input.labels, this.#classes, n, this.#memory.get(Setting.Loss));
      done += n;
      await turns.give();
    }
    return tally.result();
  }

  /** What the head gives for any number of sequences, `x` [n, timeSteps, features], time-major if configured. */
  async predict(
    x: ArrayLike<number>,
    options: LengthsOption & InitialStateOption = {},
  ): Promise<Prediction> {
    const count = this.#input.countOf(x, options);
    const prediction = this.#prediction(count);
    await this.#eachPart(x, count, options, (first, n) => this.#copyPrediction(prediction, first, n));
    return prediction;
  }

  /** As predict, with logits, every step's output (zero behind a sequence's end), and the final state. */
  async apply(x: ArrayLike<number>, options: LengthsOption & InitialStateOption = {}): Promise<Applied> {
    const { timeSteps: T, layers, head } = this.config;
    const count = this.#input.countOf(x, options);
    const size = T * layerWidth(layers[layers.length - 1]);
    const prediction = this.#prediction(count);
    const logits = new Float32Array(prediction.values.length);
    const outputs = new Float32Array(count * size);
    const finalState = this.#states(count);
    await this.#eachPart(x, count, options, (first, n) => {
      this.#copyPrediction(prediction, first, n);
      copyLogits(this.#memory, this.config, n, logits.subarray(first * (head.everyStep ? T : 1) * head.units));
      copyOutputs(this.#memory, this.config, n, outputs.subarray(first * size));
      copyFinalState(this.#memory, this.config, n, finalState, first);
    });
    return { ...prediction, logits, outputs, finalState };
  }

  /**
   * Inference step by step: `streams` sequences at once, each with a state of its own, on a copy of the weights
   * as they are now. A bidirectional layer needs the whole sequence and is refused.
   */
  async stream({ streams = 1 }: { streams?: number } = {}): Promise<Stream> {
    whole("streams", streams, 1, 2 ** 20);
    if (this.config.layers.some(({ bidirectional }) => bidirectional)) {
      throw new RangeError("a stream reads forward only, this model has a bidirectional layer");
    }
    const config = { ...this.config, timeSteps: 1, batchSize: streams, threads: 1, timeMajor: false };
    const single = await makeModel(config, false);
    single.setWeights(this.weights());
    return new Stream(single);
  }

  /** @internal One step of every stream; the state is kept where `keep`, else begins from zero. */
  step(x: ArrayLike<number>, keep: boolean): Prediction & { outputs: Float32Array } {
    const { batchSize: n, layers } = this.config;
    whole("number of sequences in x", this.#input.countOf(x), n, n);
    if (keep) this.#carryState(n);
    this.#input.take(x, 0, n, n);
    this.#memory.set(Setting.InitialState, keep ? 1 : 0);
    this.#run(PREDICT, n);
    const prediction = this.#prediction(n);
    this.#copyPrediction(prediction, 0, n);
    const outputs = new Float32Array(n * layerWidth(layers[layers.length - 1]));
    copyOutputs(this.#memory, this.config, n, outputs);
    return { ...prediction, outputs };
  }

  /** @internal The state in which sequence `row` of the last step ended becomes zero. */
  clearState(row: number): void {
    clearFinalState(this.#memory, this.config, this.config.batchSize, row);
  }

  /**
   * A copy of the weights under their native names: `layers.0.kernel` [inputs, 4 units], gates i, f, g, o, and so on; the
   * second direction's under `layers.0.reverse.`.
   */
  weights(): Tensors {
    return copyTensors(this.#memory, this.#parameters, Region.Parameters);
  }

  /** Gradients of the last trainOnBatch or update, by the mean loss; names and shapes as the weights'. */
  gradients(): Tensors {
    return copyTensors(this.#memory, this.#parameters, Region.Gradients);
  }

  /** Replaces the weights and begins the optimiser anew. Throws a RangeError and changes nothing if one does not fit. */
  setWeights(weights: Tensors, name = "weights"): void {
    checkTensors(weights, this.#parameters, name);
    for (const [name, { data }] of tensorViews(this.#memory, this.#parameters, Region.Parameters)) {
      data.set(weights.get(name)!.data);
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
    checkTensors(this.weights(), this.#parameters, "weights");
    return encodeWeights(renamed(this.weights(), "layers.0.", "lstm."), options.dialect ?? "native", {
      ...options.metadata,
    });
  }

  /** Weights from a safetensors file of either dialect. Throws a RangeError naming `name` and the tensor that does not fit. */
  load(bytes: Uint8Array, name = "weights"): void {
    this.setWeights(renamed(decodeWeights(bytes, name).weights, "lstm.", "layers.0."), name);
  }

  /** Throws a RangeError naming both shapes unless the dataset's sequences and classes fit the model. */
  checkFits(dataset: Dataset): void {
    const { timeSteps, features, head } = this.config;
    const classes = head.units;
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
    this.#memory.set(Setting.Dropout, 1);
    try {
      this.#run(this.#updatePhases, n);
    } finally {
      this.#memory.set(Setting.Dropout, 0);
    }
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
    const { head } = this.config;
    const outputs = this.#memory.get(Setting.Items) * (head.type === "sigmoid" ? head.units : 1);
    const accuracy = head.type === "linear" ? Number.NaN : this.#memory.get(Setting.Hits) / outputs;
    return { loss: this.#memory.get(Setting.Loss), accuracy: n > 0 ? accuracy : 0 };
  }

  // Rows of a dataset come batch-major; the setting says so to the core for this batch alone.
  #pull(batches: Batches, n: number): void {
    this.#runner.prepare();
    const { x, labels, lengths } = this.#input;
    batches.nextInto(x, labels, n, lengths);
    this.#input.begin(n, batches.dataset.lengths !== undefined, false);
  }

  #carryState(n: number): void {
    if (this.#rows === 0) throw new RangeError("keepState needs a batch before it, and there was none");
    if (n !== this.#rows) {
      throw new RangeError(`keepState needs a batch of ${this.#rows} sequences as the one before, got ${n}`);
    }
    if (this.config.layers.some(({ bidirectional }) => bidirectional)) {
      throw new RangeError("keepState needs layers that read forward, this model has a bidirectional one");
    }
    this.#runner.run([Phase.Carry], n);
  }

  #take(x: ArrayLike<number>, targets: ArrayLike<number>, options: SequenceOptions): number {
    const { lengths, keepState = false, sampleWeights } = options;
    if (keepState && options.initialState) throw new TypeError("give keepState or initialState, not both");
    const n = this.#input.countOf(x, options);
    whole("number of sequences in x", n, 1, this.config.batchSize);
    this.#input.checkTargets(targets, n, sampleWeights, lengths);
    if (keepState) this.#carryState(n);
    this.#runner.prepare();
    this.#input.take(x, 0, n, n, options);
    if (keepState) this.#memory.set(Setting.InitialState, 1);
    this.#input.takeTargets(targets, n, sampleWeights);
    return n;
  }

  async #eachPart(
    x: ArrayLike<number>,
    count: number,
    options: LengthsOption & InitialStateOption,
    take: (first: number, n: number) => void,
  ): Promise<void> {
    const turns = new Turns();
    for (let first = 0; first < count; ) {
      const n = Math.min(this.config.batchSize, count - first);
      this.#runner.prepare();
      this.#input.take(x, first, n, count, options);
      this.#run(PREDICT, n);
      take(first, n);
      first += n;
      await turns.give();
    }
  }

  // Room for the predictions of `count` sequences.
  #prediction(count: number): Prediction {
    const { head, timeSteps } = this.config;
    const items = count * (head.everyStep ? timeSteps : 1);
    const values = new Float32Array(items * head.units);
    return {
      values,
      probabilities: head.type === "linear" ? new Float32Array(0) : values,
      classes: new Int32Array(head.type === "softmax" ? items : 0),
    };
  }

  // Those of the pass over n rows, to rows `first` on.
  #copyPrediction({ values, classes }: Prediction, first: number, n: number): void {
    const { head, timeSteps } = this.config;
    const items = head.everyStep ? timeSteps : 1;
    values.set(this.#values.subarray(0, n * items * head.units), first * items * head.units);
    if (head.type === "softmax") classes.set(this.#classes.subarray(0, n * items), first * items);
  }

  #states(count: number): CellState[] {
    return this.#memory.cells.map(({ config, units, outputs }) => ({
      h: new Float32Array(count * outputs),
      ...(config.type === "lstm" ? { c: new Float32Array(count * units) } : {}),
    }));
  }
}

function renamed(tensors: Tensors, from: string, to: string): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name.replace(from, to), tensor]));
}
