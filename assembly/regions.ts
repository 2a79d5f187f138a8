// The names of everything that lies in linear memory, in memory order. Read by the core and by the host,
// so no name and no number is written twice.

/** Regions of a plan. `at(plan, region)` is a region's address, `sizeOf(plan, region)` its length in bytes. */
export enum Region {
  /** f64 [Setting.Count]: hyper-parameters and the optimiser's running state. */
  Settings,
  /** The parameters, one contiguous f32 block; the regions up to HeadBias are its tensors, in order. */
  Parameters,
  /** [I, P] */
  ProjectionKernel,
  /** [P] */
  ProjectionBias,
  /** [X, 4H], X = P with a projection, else I; gates i, f, g, o in every 4H. */
  Kernel,
  /** [H, 4H] */
  RecurrentKernel,
  /** [4H] */
  Bias,
  /** [H, C] */
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
  /** i32 [B] */
  Labels,
  /** i32 [B]: steps of each sequence, 0 to T; read when Setting.HasLengths is set. */
  Lengths,
  /** f64 [B]: cross-entropy of each row. */
  RowLoss,
  /** f64 [B]: log of the sum of the exponentials of its logits. */
  RowLogSum,
  /** i32 [B]: the class with the largest logit. */
  RowClass,
  /** f32 [B, C]: softmax of the logits. */
  Probabilities,
  /** f32 [(T + 1) * B rows, h | x | 1]: the operand of the cell's product, h of step t in row block t + 1. */
  Z,
  /** Panels [4H/8][T * B][8]: pre-activations, then gates, then their gradients. */
  Gates,
  /** Panels [H/8][(T + 1) * B][8]: the cell state, row block 0 is the initial one. */
  CellState,
  /** Panels [H/8][T * B][8]: tanh of the cell state. */
  CellTanh,
  /** Panels [H/8][B][8] */
  DHidden,
  /** Panels [H/8][B][8] */
  DCell,
  /** Panels [C/8][B][8] */
  Logits,
  /** Panels [C/8][B][8] */
  DLogits,
  /** Panels [4H/8][h | x | 1][8]: recurrent kernel, folded input kernel, folded bias. */
  PackedKernel,
  /** Panels [H/8][4H][8]: recurrent kernel transposed. */
  PackedRecurrentT,
  /** Panels [4H/8][P][8]: input kernel behind a projection. */
  PackedInput,
  /** Panels [P/8][4H][8]: the same transposed. */
  PackedInputT,
  /** Panels [C/8][H][8] */
  PackedHead,
  /** Panels [H/8][C][8] */
  PackedHeadT,
  /** Panels, as PackedKernel. */
  DPackedKernel,
  /** Panels, as PackedInput. */
  DPackedInput,
  /** Panels [P/8][I + 1][8] */
  DPackedProjection,
  /** Panels, as PackedHead. */
  DPackedHead,
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
  ForgetBias,
  /** 1 when the input lies [T, B, I]. */
  TimeMajor,
  /** 1 when the sequences of the batch end where Region.Lengths says. */
  HasLengths,
  /** 1 when step 0 begins from h and c as they lie in row block 0 of Z and CellState, 0 from zero. */
  InitialState,
  /** Steps that the pass works through: T, or the longest length of the batch. */
  Steps,
  /** beta1 and beta2 to the power of the updates made. */
  Beta1Power,
  Beta2Power,
  Updates,
  /** Learning rate of the last update, by the schedule. */
  Rate,
  /** Results of the last pass: mean loss, and rows whose class was right. */
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
  /** Forward: probabilities and classes. */
  Predict,
  /** Forward, and the loss of each row. */
  Evaluate,
  /** Forward, loss and backward through time. */
  Train,
  /** Gradients of the cell and of the head; mean loss and hits. */
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
