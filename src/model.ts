// A model as its users meet it: its weights, and what can be done with batches and datasets.

import { Region, Setting } from "../assembly/regions.ts";
import { checkBatchOptions, checkInputOptions, checkStreamOptions } from "./call-options.ts";
import type { Checkpoint } from "./checkpoint-state.ts";
import { type ModelOptions, modelConfig } from "./config.ts";
import type { BatchSource } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { Engine, type EngineConfig } from "./engine.ts";
import { checkFits, evaluate } from "./evaluate.ts";
import type { Host } from "./host.ts";
import { whole } from "./layers.ts";
import { checkLearningRate } from "./learning-rate.ts";
import type { Evaluation } from "./metrics.ts";
import type { SaveOptions } from "./model-file.ts";
import { apply, predict, trace } from "./predict.ts";
import { Stream } from "./stream.ts";
import { type FitOptions, type History, train, type UpdateResult } from "./trainer.ts";
import type {
  Applied,
  BatchResult,
  EvaluateOptions,
  InitialStateOption,
  LengthsOption,
  ModelInfo,
  Prediction,
  SequenceOptions,
  Tensors,
  Trace,
} from "./types.ts";

/**
 * Makes a model with seeded weights on what `host` has. Throws a TypeError or RangeError naming the option that is
 * wrong, and an Error when no build of the core runs here.
 */
export async function createModelOn(host: Host, options: ModelOptions): Promise<LstmModel> {
  return new LstmModel(await Engine.start(host, modelConfig(options)));
}

export class LstmModel {
  readonly #engine: Engine;

  /** @internal Use `createModel`. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Every option, with those that were left out. */
  get config(): Readonly<EngineConfig> {
    return this.#engine.config;
  }

  get info(): Readonly<ModelInfo> {
    return this.#engine.info;
  }

  /** Updates made since the weights were set. */
  get updates(): number {
    return this.#engine.memory.get(Setting.Updates);
  }

  /** Step size from the next update on, before the schedule. */
  get learningRate(): number {
    return this.#engine.memory.get(Setting.LearningRate);
  }

  set learningRate(value: number) {
    checkLearningRate(value);
    this.#engine.memory.set(Setting.LearningRate, value);
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
    checkBatchOptions(options);
    return this.#engine.update(this.#engine.take(x, targets, options));
  }

  /** Loss and accuracy of a batch, as trainOnBatch, without an update; nothing is dropped. */
  async evaluateOnBatch(
    x: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: SequenceOptions = {},
  ): Promise<BatchResult> {
    checkBatchOptions(options);
    return this.#engine.evaluate(this.#engine.take(x, targets, options));
  }

  /**
   * Trains and returns what each update reported; see `train` for the same as an iterator. Throws an Error when a loss
   * is not finite (the weights stay as they were), or the weights are not at its end, and the signal's reason when aborted.
   */
  async fit(data: Dataset | BatchSource, options: FitOptions = {}): Promise<History> {
    const history: History = { loss: [], accuracy: [], validation: [] };
    for await (const { step, loss, accuracy, validation } of this.train(data, options)) {
      history.loss.push(loss);
      history.accuracy.push(accuracy);
      if (validation) {
        history.validation.push({ step, loss: validation.loss, accuracy: validation.accuracy });
      }
    }
    return history;
  }

  /** As fit, one result at a time. Leaving the loop ends the training after the update in hand. */
  train(data: Dataset | BatchSource, options: FitOptions = {}): AsyncGenerator<UpdateResult, void, void> {
    return train(this.#engine, data, options);
  }

  /** Loss and what else the head's kind of output allows, over a dataset, in its order. */
  async evaluate(dataset: Dataset, options: EvaluateOptions = {}): Promise<Evaluation> {
    return evaluate(this.#engine, dataset, options);
  }

  /** What the head gives for any number of sequences, `x` [n, timeSteps, features], time-major if configured. */
  async predict(x: ArrayLike<number>, options: LengthsOption & InitialStateOption = {}): Promise<Prediction> {
    checkInputOptions(options);
    return predict(this.#engine, x, options);
  }

  /** As predict, with logits, every step's output (zero behind a sequence's end), and the final state. */
  async apply(x: ArrayLike<number>, options: LengthsOption & InitialStateOption = {}): Promise<Applied> {
    checkInputOptions(options);
    return apply(this.#engine, x, options);
  }

  /** As apply, with the gates and cell states of every step: for looking at what the layers do. */
  async trace(x: ArrayLike<number>, options: LengthsOption & InitialStateOption = {}): Promise<Trace> {
    checkInputOptions(options);
    return trace(this.#engine, x, options);
  }

  /**
   * Inference step by step: `streams` sequences at once, each with a state of its own, on a copy of the weights
   * as they are now. A bidirectional layer needs the whole sequence and is refused.
   */
  async stream(options: { streams?: number } = {}): Promise<Stream> {
    checkStreamOptions(options);
    const { streams = 1 } = options;
    whole("streams", streams, 1, 2 ** 20);
    if (this.config.layers.some(({ bidirectional }) => bidirectional)) {
      throw new RangeError("a stream reads forward only, this model has a bidirectional layer");
    }
    const config = { ...this.config, timeSteps: 1, batchSize: streams, threads: 1, timeMajor: false };
    const weights = this.#engine.tensors(Region.Parameters);
    const engine = await Engine.start(this.#engine.host, config, { trains: false });
    engine.setTensors(Region.Parameters, weights);
    return new Stream(engine);
  }

  /**
   * A copy of the weights under their native names: `layers.0.kernel` [inputs, 4 units], gates i, f, g, o, and so on;
   * those of a layer's second direction under `layers.0.reverse.`.
   */
  async weights(): Promise<Tensors> {
    return this.#engine.tensors(Region.Parameters);
  }

  /** Gradients of the last trainOnBatch or update, by the mean loss; names and shapes as the weights'. */
  async gradients(): Promise<Tensors> {
    return this.#engine.tensors(Region.Gradients);
  }

  /** Replaces the weights and begins the optimiser anew. Throws a RangeError and changes nothing if one does not fit. */
  async setWeights(weights: Tensors, name = "weights"): Promise<void> {
    this.#engine.checkTensors(weights, name);
    this.#engine.setTensors(Region.Parameters, weights);
    this.#engine.resetOptimizer();
  }

  /**
   * A safetensors file of the model, from which `loadModel` makes it again, with what `metadata` adds to its header.
   * Throws a RangeError for a weight that is not finite.
   */
  async save(options: SaveOptions = {}): Promise<Uint8Array> {
    const weights = this.#engine.tensors(Region.Parameters);
    const { encodeWeights } = await this.#engine.host.files!();
    return encodeWeights(weights, this.config, options);
  }

  /** Weights from a file of any format. Throws a RangeError naming `name` and the tensor that does not fit. */
  async load(bytes: Uint8Array, name = "weights"): Promise<void> {
    const { decodeWeights } = await this.#engine.host.files!();
    await this.setWeights(await decodeWeights(bytes, name, this.config), name);
  }

  /**
   * Weights and optimiser as they are now: see `encodeCheckpoint` for a file of it, `resumeModel` for the way back. A
   * training that is to go on exactly is kept by its `UpdateResult.checkpoint`.
   */
  async checkpoint(): Promise<Checkpoint> {
    return this.#engine.checkpoint();
  }

  /** @internal Use `resumeModel`. */
  async restore(checkpoint: Checkpoint, name = "checkpoint"): Promise<void> {
    this.#engine.restore(checkpoint, name);
  }

  /** Throws a RangeError naming both shapes unless the dataset's sequences, and what is known of them, fit the model. */
  checkFits(dataset: Dataset): void {
    checkFits(this.config, dataset);
  }

  /** Ends the model's workers, if it has any; the model is not used again. */
  close(): void {
    this.#engine.close();
  }
}
