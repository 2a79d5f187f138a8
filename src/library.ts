// The public API of wasm-lstm but for what makes models, of which every place has its own.

export { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
export type { Checkpoint, OptimizerNumbers, TrainingState } from "./checkpoint-state.ts";
export type { ModelConfig, ModelOptions, OptimizerName, ScheduleOptions } from "./config.ts";
export type { Build } from "./core/builds.ts";
export type { Batch, BatchViews } from "./data/batch-views.ts";
export { Batches, type BatchesOptions, type BatchesState, type BatchSource } from "./data/batches.ts";
export { balancedClassWeights } from "./data/class-weights.ts";
export { Dataset, type DatasetParts, oneHot } from "./data/dataset.ts";
export { type FromSequencesOptions, fromSequences, type LabelledSequence } from "./data/ragged.ts";
export { applyScaler, fitScaler, type Scaler } from "./data/scale.ts";
export type { DataShape, Task } from "./data/shape.ts";
export { kFold, type Split, stratifiedSplit } from "./data/split.ts";
export { type OpenSequences, StreamedBatches, type StreamedBatchesOptions } from "./data/streamed-batches.ts";
export { type CsvSequencesOptions, sequencesFromCsv } from "./formats/csv-sequences.ts";
export * from "./formats/models/index.ts";
export { decodeNpy, encodeNpy, type NpyArray } from "./formats/npy.ts";
export { type NpySequencesOptions, sequencesFromArrays } from "./formats/npy-sequences.ts";
export { decodeNpz } from "./formats/npz.ts";
export { sequencesFromTs, type TsOptions } from "./formats/ts.ts";
export type {
  HeadConfig,
  HeadOptions,
  HeadType,
  LayerConfig,
  LayerOptions,
  LayerType,
  ModelDescription,
} from "./layers.ts";
export {
  type ClassEvaluation,
  type ClassScore,
  type Confused,
  classScores,
  type Evaluation,
  type MarkEvaluation,
  type RegressionEvaluation,
  type RegressionScore,
  wilsonInterval,
  worstConfused,
} from "./metrics.ts";
export type { SaveOptions } from "./model-file.ts";
export type { PlaceOptions } from "./place.ts";
export { type ConfusionOptions, confusionSvg } from "./plot/confusion-svg.ts";
export { curveSvg } from "./plot/curve-svg.ts";
export { type ChartOptions, lossChart } from "./plot/loss-chart.ts";
export type { Curves } from "./plot/series.ts";
export type { Model, ModelStream } from "./public-model.ts";
export type { StreamOutput } from "./stream.ts";
export type { FitOptions, History, UpdateResult } from "./trainer.ts";
export type {
  Applied,
  BatchResult,
  CellState,
  CellTrace,
  EvaluateOptions,
  InitialStateOption,
  LengthsOption,
  ModelInfo,
  Prediction,
  SequenceOptions,
  Tensor,
  Tensors,
  Trace,
  TransferOption,
} from "./types.ts";
