// The names of everything that lies in linear memory, in memory order. Read by the core and by the host,
// so no name and no number is written twice.

/** Regions of a plan. `at(plan, region)` is a region's address, `sizeOf(plan, region)` its length in bytes. */
export enum Region {
  /** f64 [Setting.Count]: hyper-parameters and the optimiser's running state. */
  Settings,
  /** The parameters, one contiguous f32 block: projection, every cell in order, head. */
  Parameters,
  /** [I, P] */
  ProjectionKernel,
  /** [P] */
  ProjectionBias,
  /** [F, C], F the widths of what the head reads. */
  HeadKernel,
  /** [C] */
  HeadBias,
  /** Blocks of the same length and order as Parameters. */
  Gradients,
  FirstMoment,
  SecondMoment,
  /** f64: partial sums of the gradient's squared norm. */
  NormParts,
  /** 64 bytes a worker: what its update works with. */
  Rules,
  /** f32 [B, T, I], or [T, B, I] when time-major: the batch as the host wrote it. */
  Input,
  /** i32 [items]: classes, for a softmax. An item is a sequence, or a step [B, T] when every step has an output. */
  Labels,
  /** f32 [items, C]: targets, for the other heads. */
  Targets,
  /** f32 [B]: weight of each sequence's loss. */
  SampleWeights,
  /** f32 [C]: factor of the loss of each class. */
  ClassWeights,
  /** i32 [B]: steps of each sequence, 0 to T; read when Setting.HasLengths is set. */
  Lengths,
  /** f64 [items]: loss. */
  ItemLoss,
  /** f64 [items]: log of the sum of the exponentials of its logits. */
  ItemLogSum,
  /** i32 [items]: how many of its outputs were right. */
  ItemHits,
  /** i32 [items]: the class with the largest logit. */
  ItemClass,
  /** f32 [items, C]: what the head gives, after its activation. */
  Outputs,
  /** f32 [items rows, F padded]: what the head reads; rows in time-major order, as all below. */
  HeadInput,
  /** Panels [F/8][items][8] */
  DHeadInput,
  /** Panels [C/8][items][8] */
  Logits,
  /** Panels [C/8][items][8] */
  DLogits,
  /** Panels [C/8][F padded][8] */
  PackedHead,
  /** Panels [F/8][C][8] */
  PackedHeadT,
  /** Panels, as PackedHead. */
  DPackedHead,
  /** Panels [P/8][I + 1][8] */
  DPackedProjection,
  Count,
}

/**
 * Regions of one cell: a layer in one direction. H units, h of width R, x of width X, G gates in its tensors.
 * Rows of a step are those of the batch; the cell's own steps run backwards in time when it is reversed.
 */
export enum CellRegion {
  /** [X, G H]; gates i, f, g, o of an LSTM, z, r, n of a GRU. */
  Kernel,
  /** [R, G H] */
  RecurrentKernel,
  /** [G H]; [2, 3 H] when a GRU resets after the product: of x, and of h. */
  Bias,
  /** [3, H]: of i, f, o. */
  Peephole,
  /** [H, R]: from an LSTM's cells to h. */
  InnerKernel,
  /** f32 [(T + 1) * B rows, h | x | 1]: the operand of the cell's product, h of step t in row block t + 1. */
  Z,
  /** f32 [(T + 1) * B rows, h]: h undropped; the same memory as Z unless h is dropped. */
  Hidden,
  /** Panels [groups of H/8][T * B][8]: pre-activations, then gates, then their gradients. Only of one step, [B], when predicting. */
  Gates,
  /** Panels [H/8][(T + 1) * B][8]: the cell state, row block 0 is the initial one. */
  CellState,
  /** Panels [H/8][T * B][8]: tanh of the cell state; of as many steps as the gates. */
  CellTanh,
  /** f32 [T * B rows, H]: the left operand of the inner product, see Cell.inner. */
  Inner,
  /** Panels [R/8][B][8] */
  DHidden,
  /** Panels [H/8][B][8] */
  DCell,
  /** Panels [R/8][B][8]: what comes from the recurrent product, when h is dropped. */
  DRecurrent,
  /** Panels [H/8 or R/8][B][8]: what the inner product gives, forward or back. */
  InnerProduct,
  /** Panels [R/8][T * B][8]: gradient of h behind a recurrent projection. */
  DProjected,
  /** Panels [X/8][T * B][8]: gradient of what the cell reads, when that is a layer's outputs. */
  DInput,
  /** Panels [groups of H/8][h | x | 1][8]: recurrent kernel, input kernel (folded behind a projection), bias. */
  PackedKernel,
  /** Panels [R/8][groups H][8]: recurrent kernel transposed. */
  PackedRecurrentT,
  /** Panels [groups of H/8][P][8]: input kernel behind a projection. */
  PackedInput,
  /** Panels [X/8][groups H][8]: input kernel transposed. */
  PackedInputT,
  /** [3, H padded] */
  PackedPeephole,
  /** Panels [R/8][H][8], or [H/8][R][8]: the inner kernel. */
  PackedInner,
  /** The same transposed. */
  PackedInnerT,
  /** Panels, as PackedKernel. */
  DPackedKernel,
  /** Panels, as PackedInput. */
  DPackedInput,
  /** Panels, as PackedInner. */
  DPackedInner,
  /** Of int8 weights, see quantized.ts: f32, scale of every column of both kernels; i32, sum of its weights. */
  Scales,
  Totals,
  /** [B rows]: what rows of z are rounded to at a step. */
  Codes,
  Count,
}

/** Entries of Region.Settings, each one f64. */
export enum Setting {
  LearningRate,
  /** An Optimizer. */
  Optimizer,
  Beta1,
  Beta2,
  Epsilon,
  /** 1: ε is added as TensorFlow 1 does, beside the uncorrected second moment. */
  EpsilonHat,
  /** Of SGD and RMSProp; 1: Nesterov's form. */
  Momentum,
  Nesterov,
  /** Decay of RMSProp's second moment. */
  Rho,
  /** Decoupled from the gradient, as in AdamW. */
  WeightDecay,
  /** Bounds of the gradient's global norm and of its elements; Infinity: none. */
  ClipNorm,
  ClipValue,
  /** First parameter that is trained; those before it stay. */
  TrainableFrom,
  /** A Schedule, its period in updates, its factor, and the updates it warms up. */
  Schedule,
  ScheduleSteps,
  ScheduleRate,
  WarmupSteps,
  /** Whole number below 2^53 that the dropped elements follow from, beside the number of updates. */
  DropoutSeed,
  /** 1 when the pass drops elements. */
  Dropout,
  /** 1 when the input lies [T, B, I]. */
  TimeMajor,
  /** 1 when the sequences of the batch end where Region.Lengths says. */
  HasLengths,
  /** 1 when step 0 begins from h and c as they lie in row block 0 of Hidden and CellState, 0 from zero. */
  InitialState,
  /** Steps that the pass works through: T, or the longest length of the batch. */
  Steps,
  /** Items of the batch: sequences, or their steps in all when every step has an output. */
  Items,
  /** beta1 and beta2 to the power of the updates made. */
  Beta1Power,
  Beta2Power,
  Updates,
  /** Learning rate of the last update, by the schedule. */
  Rate,
  /** Results of the last pass: mean loss, and outputs that were right. */
  Loss,
  Hits,
  Count,
}

/**
 * The phases of a batch. An update is Pack, Train, KernelGradients, ProjectionGradients, Update, in this order;
 * of the head alone, Pack, Evaluate, HeadGradients, Update.
 */
export enum Phase {
  /** Parameters into panels; needed before any pass after the parameters have changed. */
  Pack,
  /** The final state of the pass before, of as many rows and steps, becomes the initial state. */
  Carry,
  /** Forward: what the head gives. */
  Predict,
  /** The same, and the gates of every step stay; of a plan that trains. */
  Trace,
  /** Forward, and the loss of each item. */
  Evaluate,
  /** Forward, loss and backward through time. */
  Train,
  /** Gradients of the cells and of the head; mean loss and hits. */
  KernelGradients,
  /** Gradients of the projection; begins the update. */
  ProjectionGradients,
  /** Gradients of the head alone, after Evaluate; mean loss and hits; begins the update. */
  HeadGradients,
  /** The gradient's norm; needed before Update when Setting.ClipNorm is finite. */
  Norm,
  /** The optimiser. */
  Update,
  /** Mean loss and hits, after Evaluate. */
  Summarise,
}

/** What a cell is. */
export enum CellType {
  Lstm,
  Gru,
  Rnn,
}

/** What a head makes of its logits, and the loss that goes with it; see kernels/loss.ts. */
export enum HeadType {
  Softmax,
  Sigmoid,
  Linear,
}

/** How the left operand of a product lies in memory; see kernels/gemm.ts. */
export enum Layout {
  Rows,
  Panels,
  Columns,
}

/** Rules of update; see kernels/optimizer.ts. */
export enum Optimizer {
  Adam,
  Sgd,
  RmsProp,
}

/** How the learning rate changes over the updates; see update.ts. */
export enum Schedule {
  Constant,
  Step,
  Exponential,
  Cosine,
}
