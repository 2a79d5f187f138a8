// The numbers that cross the border of the edge core, read by the core, the host's tests and scripts/edge-header.mjs,
// which makes include/wasm_lstm.h of them and of CellType, HeadType and Setting in ../regions.ts: names and texts stand
// in these two files alone.

/** Changes whenever a caller that was built for the one before would no longer work. */
export const ABI_VERSION = 1;

/** What calls return: 0 or a size, an address, a count; or one of these. */
export enum EdgeError {
  /** done */
  Ok = 0,
  /** the caller was built for another version of the interface */
  Version = -1,
  /** an address is not a multiple of 64, or outside the memory, or inside the core's own part of it */
  Address = -2,
  /** no model is at this address */
  Model = -3,
  /** the call does not go here: describe a model, lay it out, pack its weights, then run it */
  Order = -4,
  /** an argument is out of range */
  Argument = -5,
  /** the model needs more than 2 GiB */
  TooLarge = -6,
  /** the memory ends before the model does; grow it to the model's address plus wl_bytes */
  Memory = -7,
  /** this build of the core does not carry what the model or the call needs */
  Unsupported = -8,
  /** a value that must be finite is not */
  NotFinite = -9,
  /** a label, target, length or weight of a sequence is out of range */
  Target = -10,
  /** the loss is not finite; no weight has changed */
  Loss = -11,
  /** a saved model is of another model, or cut short */
  Saved = -12,
  /** a saved model's checksum does not match */
  Checksum = -13,
}

/** What a layer has, added up. */
export enum EdgeLayerFlag {
  /** a second cell reads each sequence backwards; outputs stand side by side, forward first */
  Bidirectional = 1,
  /** of an LSTM: the gates see the cell state */
  Peepholes = 2,
  /** of a GRU: r is multiplied in before the recurrent product (TensorFlow 1), not after it (Keras 2, PyTorch) */
  ResetBefore = 4,
}

/** What a model is for. */
export enum EdgeUse {
  Predict,
  Train,
}

/** How a pass takes its batch, added up. */
export enum EdgePass {
  /** the input lies [steps, n, features], not [n, steps, features] */
  TimeMajor = 1,
  /** sequences end where the lengths say */
  Lengths = 2,
  /** the pass begins from the state that lies in EdgeArray.State, not from zero, and leaves its last state there */
  KeepState = 4,
}

/** Arrays of a model, for wl_address and wl_size; f32 if nothing else is said. */
export enum EdgeArray {
  /** [n, steps, features], or [steps, n, features] */
  Input,
  /** what the head gives: [n, outputs], or [n, steps, outputs] when every step has an output */
  Outputs,
  /** i32: the class with the largest output of a softmax, [n] or [n, steps] */
  Classes,
  /** the state of wl_step and of passes that keep it: for each cell h [batch, width], then of an LSTM c [batch, units] */
  State,
  /** all parameters as one block */
  Parameters,
  /** their gradients by the mean loss, after a training step */
  Gradients,
  /** i32: what a softmax should have given, [n] or [n, steps] */
  Labels,
  /** what another head should have given, as Outputs */
  Targets,
  /** i32 [n]: steps of each sequence, 0 to steps */
  Lengths,
  /** [n]: factor of each sequence's loss; 1 at first */
  SampleWeights,
  /** [outputs]: factor of the loss of each class; 1 at first */
  ClassWeights,
}

/** What wl_parameter tells of a tensor. */
export enum EdgeTensor {
  Address,
  Rows,
  Columns,
}

/** What a build carries, added up; see wl_features. */
export enum EdgeFeature {
  Training = 1,
  Gru = 2,
  Rnn = 4,
  Extended = 8,
  Stacks = 16,
  Bidirectional = 32,
  Projection = 64,
  EveryStep = 128,
  OtherHeads = 256,
  Lengths = 512,
  Dropout = 1024,
  OtherOptimizers = 2048,
  Schedules = 4096,
  Initialization = 8192,
  Simd = 16384,
  RelaxedSimd = 32768,
  /** weights are int8; a model that wants f32 weights needs another build */
  Int8 = 65536,
}
