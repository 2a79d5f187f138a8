// What a build of the core carries: everything, unless a target of asconfig.json leaves a part out, as in
// `"use": ["WITHOUT_GRU=1"]`. Passes ask the questions of cell.ts and plan.ts, which are false at compile time for what
// is left out, so that the code behind them goes.

/** Loss, backward pass, gradients and update; without it there are predictions alone. */
export const TRAINING: bool = !isDefined(WITHOUT_TRAINING);
/** Kinds of cells beside the plain LSTM: GRU, plain recurrent cell; peepholes, clip and projection of an LSTM. */
export const GRU: bool = !isDefined(WITHOUT_GRU);
export const RNN: bool = !isDefined(WITHOUT_RNN);
export const EXTENDED: bool = !isDefined(WITHOUT_EXTENDED);
/** Layers above the first. */
export const STACKS: bool = !isDefined(WITHOUT_STACKS);
/** Layers that read backwards as well. */
export const BIDIRECTIONAL: bool = !isDefined(WITHOUT_BIDIRECTIONAL);
/** A linear projection of the input in front of the layers. */
export const PROJECTION: bool = !isDefined(WITHOUT_PROJECTION);
/** Heads that read every step, and heads other than a softmax. */
export const EVERY_STEP: bool = !isDefined(WITHOUT_EVERY_STEP);
export const OTHER_HEADS: bool = !isDefined(WITHOUT_OTHER_HEADS);
/** Sequences that end early. */
export const LENGTHS: bool = !isDefined(WITHOUT_LENGTHS);
export const DROPOUT: bool = !isDefined(WITHOUT_DROPOUT);
/** Optimisers other than Adam, and learning rates that change. */
export const OTHER_OPTIMIZERS: bool = !isDefined(WITHOUT_OTHER_OPTIMIZERS);
export const SCHEDULES: bool = !isDefined(WITHOUT_SCHEDULES);
/** More than one worker to a plan. */
export const THREADS: bool = !isDefined(WITHOUT_THREADS);
/** Random initial parameters. */
export const INITIALIZATION: bool = !isDefined(WITHOUT_INITIALIZATION);
/** Weights of int8 instead of f32, for builds that only predict; `"use": ["INT8=1"]`. See quantized.ts. */
export const QUANTIZED: bool = isDefined(INT8);
/** Whether relaxed SIMD fuses multiply and add; without it its builds give the same bits as all others. */
export const FUSED: bool = !isDefined(WITHOUT_FUSED);
/** σ and tanh on two vectors at a time, and of an LSTM's gates within its own loop. Speed only. */
export const PAIRED_GATES: bool = !isDefined(WITHOUT_PAIRED_GATES);
/** Tiles of products that span two panels; tiles of more than one row. Speed only. */
export const WIDE_TILES: bool = !isDefined(WITHOUT_WIDE_TILES);
export const TALL_TILES: bool = !isDefined(WITHOUT_TALL_TILES);
