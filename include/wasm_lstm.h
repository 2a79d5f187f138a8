/* The edge core of wasm-lstm: calls and numbers. Made by scripts/edge-header.mjs from the core's sources; docs/edge-api.md
 * tells more.
 *
 * The numbers are for every host. The functions are for a core that wasm2c has turned into C: include the header that it
 * wrote, name its module, and include this one:
 *
 *   #include "core.h"           wasm2c wasm-lstm.wasm --module-name=core -o core.c
 *   #define WL_MODULE core
 *   #include "wasm_lstm.h"
 *
 * Define WL_PREDICTS_ONLY as well for a build that only predicts: its training calls are WL_ERROR_UNSUPPORTED.
 *
 * Addresses are offsets into the core's memory. Every function that returns an int32_t returns a negative WL_ERROR_
 * when it has done nothing. */
#ifndef WASM_LSTM_H
#define WASM_LSTM_H

#include <stdint.h>

#define WL_ABI_VERSION 1

/* What calls return: 0 or more, or one of these. */
enum wl_error {
  /* done */
  WL_ERROR_OK = 0,
  /* the caller was built for another version of the interface */
  WL_ERROR_VERSION = -1,
  /* an address is not a multiple of 64, or outside the memory, or inside the core's own part of it */
  WL_ERROR_ADDRESS = -2,
  /* no model is at this address */
  WL_ERROR_MODEL = -3,
  /* the call does not go here: describe a model, lay it out, pack its weights, then run it */
  WL_ERROR_ORDER = -4,
  /* an argument is out of range */
  WL_ERROR_ARGUMENT = -5,
  /* the model needs more than 2 GiB */
  WL_ERROR_TOO_LARGE = -6,
  /* the memory ends before the model does; grow it to the model's address plus wl_bytes */
  WL_ERROR_MEMORY = -7,
  /* this build of the core does not carry what the model or the call needs */
  WL_ERROR_UNSUPPORTED = -8,
  /* a value that must be finite is not */
  WL_ERROR_NOT_FINITE = -9,
  /* a label, target, length or weight of a sequence is out of range */
  WL_ERROR_TARGET = -10,
  /* the loss is not finite; no weight has changed */
  WL_ERROR_LOSS = -11,
  /* a saved model is of another model, or cut short */
  WL_ERROR_SAVED = -12,
  /* a saved model's checksum does not match */
  WL_ERROR_CHECKSUM = -13,
};

/* What a build carries; wl_features adds them up. */
enum wl_feature {
  WL_FEATURE_TRAINING = 1,
  WL_FEATURE_GRU = 2,
  WL_FEATURE_RNN = 4,
  WL_FEATURE_EXTENDED = 8,
  WL_FEATURE_STACKS = 16,
  WL_FEATURE_BIDIRECTIONAL = 32,
  WL_FEATURE_PROJECTION = 64,
  WL_FEATURE_EVERY_STEP = 128,
  WL_FEATURE_OTHER_HEADS = 256,
  WL_FEATURE_LENGTHS = 512,
  WL_FEATURE_DROPOUT = 1024,
  WL_FEATURE_OTHER_OPTIMIZERS = 2048,
  WL_FEATURE_SCHEDULES = 4096,
  WL_FEATURE_INITIALIZATION = 8192,
  WL_FEATURE_SIMD = 16384,
  WL_FEATURE_RELAXED_SIMD = 32768,
  /* weights are int8; a model that wants f32 weights needs another build */
  WL_FEATURE_INT8 = 65536,
};

/* What a model is for. */
enum wl_use {
  WL_USE_PREDICT = 0,
  WL_USE_TRAIN = 1,
};

/* Kinds of layers. */
enum wl_layer {
  WL_LAYER_LSTM = 0,
  WL_LAYER_GRU = 1,
  WL_LAYER_RNN = 2,
};

/* What a layer has, added up. */
enum wl_layer_flag {
  /* a second cell reads each sequence backwards; outputs stand side by side, forward first */
  WL_LAYER_FLAG_BIDIRECTIONAL = 1,
  /* of an LSTM: the gates see the cell state */
  WL_LAYER_FLAG_PEEPHOLES = 2,
  /* of a GRU: r is multiplied in before the recurrent product (TensorFlow 1), not after it (Keras 2, PyTorch) */
  WL_LAYER_FLAG_RESET_BEFORE = 4,
};

/* Kinds of heads. */
enum wl_head {
  WL_HEAD_SOFTMAX = 0,
  WL_HEAD_SIGMOID = 1,
  WL_HEAD_LINEAR = 2,
};

/* Arrays of a model; f32 if nothing else is said. */
enum wl_array {
  /* [n, steps, features], or [steps, n, features] */
  WL_ARRAY_INPUT = 0,
  /* what the head gives: [n, outputs], or [n, steps, outputs] when every step has an output */
  WL_ARRAY_OUTPUTS = 1,
  /* i32: the class with the largest output of a softmax, [n] or [n, steps] */
  WL_ARRAY_CLASSES = 2,
  /* the state of wl_step and of passes that keep it: for each cell h [batch, width], then of an LSTM c [batch,
   * units] */
  WL_ARRAY_STATE = 3,
  /* all parameters as one block */
  WL_ARRAY_PARAMETERS = 4,
  /* their gradients by the mean loss, after a training step */
  WL_ARRAY_GRADIENTS = 5,
  /* i32: what a softmax should have given, [n] or [n, steps] */
  WL_ARRAY_LABELS = 6,
  /* what another head should have given, as Outputs */
  WL_ARRAY_TARGETS = 7,
  /* i32 [n]: steps of each sequence, 0 to steps */
  WL_ARRAY_LENGTHS = 8,
  /* [n]: factor of each sequence's loss; 1 at first */
  WL_ARRAY_SAMPLE_WEIGHTS = 9,
  /* [outputs]: factor of the loss of each class; 1 at first */
  WL_ARRAY_CLASS_WEIGHTS = 10,
};

/* What wl_parameter tells. */
enum wl_tensor {
  WL_TENSOR_ADDRESS = 0,
  WL_TENSOR_ROWS = 1,
  WL_TENSOR_COLUMNS = 2,
};

/* How a pass takes its batch, added up. */
enum wl_pass {
  /* the input lies [steps, n, features], not [n, steps, features] */
  WL_PASS_TIME_MAJOR = 1,
  /* sequences end where the lengths say */
  WL_PASS_LENGTHS = 2,
  /* the pass begins from the state that lies in WL_ARRAY_STATE, not from zero, and leaves its last state there */
  WL_PASS_KEEP_STATE = 4,
};

/* Settings, for wl_set, and results, for wl_get. */
enum wl_setting {
  WL_SETTING_LEARNING_RATE = 0,
  /* An Optimizer. */
  WL_SETTING_OPTIMIZER = 1,
  WL_SETTING_BETA1 = 2,
  WL_SETTING_BETA2 = 3,
  WL_SETTING_EPSILON = 4,
  /* 1: ε is added as TensorFlow 1 does, beside the uncorrected second moment. */
  WL_SETTING_EPSILON_HAT = 5,
  /* Of SGD and RMSProp; 1: Nesterov's form. */
  WL_SETTING_MOMENTUM = 6,
  WL_SETTING_NESTEROV = 7,
  /* Decay of RMSProp's second moment. */
  WL_SETTING_RHO = 8,
  /* Decoupled from the gradient, as in AdamW. */
  WL_SETTING_WEIGHT_DECAY = 9,
  /* Bounds of the gradient's global norm and of its elements; Infinity: none. */
  WL_SETTING_CLIP_NORM = 10,
  WL_SETTING_CLIP_VALUE = 11,
  /* A Schedule, its period in updates, its factor, and the updates it warms up. */
  WL_SETTING_SCHEDULE = 13,
  WL_SETTING_SCHEDULE_STEPS = 14,
  WL_SETTING_SCHEDULE_RATE = 15,
  WL_SETTING_WARMUP_STEPS = 16,
  /* Whole number below 2^53 that the dropped elements follow from, beside the number of updates. */
  WL_SETTING_DROPOUT_SEED = 17,
  /* beta1 and beta2 to the power of the updates made. */
  WL_SETTING_BETA1_POWER = 24,
  WL_SETTING_BETA2_POWER = 25,
  WL_SETTING_UPDATES = 26,
  /* Learning rate of the last update, by the schedule. */
  WL_SETTING_RATE = 27,
  /* Results of the last pass: mean loss, and outputs that were right. */
  WL_SETTING_LOSS = 28,
  WL_SETTING_HITS = 29,
};

/* Values of WL_SETTING_OPTIMIZER. */
enum wl_optimizer {
  WL_OPTIMIZER_ADAM = 0,
  WL_OPTIMIZER_SGD = 1,
  WL_OPTIMIZER_RMS_PROP = 2,
};

/* Values of WL_SETTING_SCHEDULE. */
enum wl_schedule {
  WL_SCHEDULE_CONSTANT = 0,
  WL_SCHEDULE_STEP = 1,
  WL_SCHEDULE_EXPONENTIAL = 2,
  WL_SCHEDULE_COSINE = 3,
};

/* The text of an error. */
static inline const char *wl_error_text(int32_t error) {
  switch (error) {
    case WL_ERROR_OK: return "done";
    case WL_ERROR_VERSION: return "the caller was built for another version of the interface";
    case WL_ERROR_ADDRESS: return "an address is not a multiple of 64, or outside the memory, or inside the core's own part of it";
    case WL_ERROR_MODEL: return "no model is at this address";
    case WL_ERROR_ORDER: return "the call does not go here: describe a model, lay it out, pack its weights, then run it";
    case WL_ERROR_ARGUMENT: return "an argument is out of range";
    case WL_ERROR_TOO_LARGE: return "the model needs more than 2 GiB";
    case WL_ERROR_MEMORY: return "the memory ends before the model does; grow it to the model's address plus wl_bytes";
    case WL_ERROR_UNSUPPORTED: return "this build of the core does not carry what the model or the call needs";
    case WL_ERROR_NOT_FINITE: return "a value that must be finite is not";
    case WL_ERROR_TARGET: return "a label, target, length or weight of a sequence is out of range";
    case WL_ERROR_LOSS: return "the loss is not finite; no weight has changed";
    case WL_ERROR_SAVED: return "a saved model is of another model, or cut short";
    case WL_ERROR_CHECKSUM: return "a saved model's checksum does not match";
  }
  return error > 0 ? wl_error_text(WL_ERROR_OK) : "an error that this header does not know";
}

/* Every function as F(result, name, parameters), for tables and bindings of other hosts. */
#define WL_FUNCTIONS(F) \
  F(int32_t, wl_abi_version, (void)) \
  F(int32_t, wl_features, (void)) \
  F(int32_t, wl_first_address, (void)) \
  F(int32_t, wl_begin, (uint32_t model, int32_t abi, int32_t batch, int32_t steps, int32_t features, int32_t projection, int32_t use)) \
  F(int32_t, wl_add_layer, (uint32_t model, int32_t type, int32_t units, int32_t flags, int32_t projection, float forget_bias, float cell_clip, float dropout, float recurrent_dropout)) \
  F(int32_t, wl_set_head, (uint32_t model, int32_t type, int32_t outputs, int32_t every_step, float dropout)) \
  F(int32_t, wl_bytes, (uint32_t model)) \
  F(int32_t, wl_init, (uint32_t model)) \
  F(int32_t, wl_address, (uint32_t model, int32_t array)) \
  F(int32_t, wl_size, (uint32_t model, int32_t array)) \
  F(int32_t, wl_parameter_count, (uint32_t model)) \
  F(int32_t, wl_parameter, (uint32_t model, int32_t index, int32_t what)) \
  F(int32_t, wl_randomize, (uint32_t model, int32_t seed_low, int32_t seed_high, int32_t normal)) \
  F(int32_t, wl_pack, (uint32_t model)) \
  F(int32_t, wl_forward, (uint32_t model, int32_t n, int32_t flags)) \
  F(int32_t, wl_step, (uint32_t model, int32_t n)) \
  F(int32_t, wl_reset, (uint32_t model, int32_t row)) \
  F(int32_t, wl_evaluate, (uint32_t model, int32_t n, int32_t flags)) \
  F(int32_t, wl_train, (uint32_t model, int32_t n, int32_t flags)) \
  F(int32_t, wl_train_head, (uint32_t model, int32_t n, int32_t flags)) \
  F(int32_t, wl_set, (uint32_t model, int32_t index, double value)) \
  F(double, wl_get, (uint32_t model, int32_t index)) \
  F(int32_t, wl_saved_bytes, (uint32_t model)) \
  F(int32_t, wl_save, (uint32_t model, uint32_t to)) \
  F(int32_t, wl_restore, (uint32_t model, uint32_t from, int32_t bytes))

#ifdef WL_MODULE
#define WL_PASTE_(a, b, c) a##b##c
#define WL_PASTE(a, b, c) WL_PASTE_(a, b, c)
#define WL_CALL(name) WL_PASTE(w2c_, WL_MODULE, _##name)

typedef WL_PASTE(w2c_, WL_MODULE, ) wl_core;

#ifdef WL_PREDICTS_ONLY
#define WL_TRAINING_CALL(name) WL_WITHOUT_##name
#define WL_WITHOUT_wl_randomize(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_evaluate(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_train(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_train_head(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_set(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_get(...) (0.0 / 0.0)
#define WL_WITHOUT_wl_saved_bytes(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_save(...) WL_ERROR_UNSUPPORTED
#define WL_WITHOUT_wl_restore(...) WL_ERROR_UNSUPPORTED
#else
#define WL_TRAINING_CALL(name) WL_CALL(name)
#endif

/* Version of this interface. */
static inline int32_t wl_abi_version(wl_core *core) {
  return (int32_t)WL_CALL(wl_abi_version)(core);
}

/* What this build carries: WL_FEATURE_ numbers, added up. */
static inline int32_t wl_features(wl_core *core) {
  return (int32_t)WL_CALL(wl_features)(core);
}

/* The first address, a multiple of 64, at which a model may lie; what lies before is the core's own. */
static inline int32_t wl_first_address(wl_core *core) {
  return (int32_t)WL_CALL(wl_first_address)(core);
}

/* Begins the description of a model at an address, a multiple of 64; memory must reach some 700 bytes behind it,
 * and 500 more for each cell. What was there is lost. abi: WL_ABI_VERSION as the caller knows it. batch: sequences
 * side by side, the most of a pass. steps: the longest sequence, 1 for a model that only streams. features: values
 * of a step. projection: units of a linear projection of the input, 0 for none. use: WL_USE_PREDICT, or
 * WL_USE_TRAIN for a model with gradients and an optimiser's state as well. Dimensions from 1 to 2^20. */
static inline int32_t wl_begin(wl_core *core, uint32_t model, int32_t abi, int32_t batch, int32_t steps, int32_t features, int32_t projection, int32_t use) {
  return (int32_t)WL_CALL(wl_begin)(core, model, abi, batch, steps, features, projection, use);
}

/* Adds a layer above those there are, 32 at most. type: WL_LAYER_; units: from 1 to 2^20; flags: WL_LAYER_FLAG_,
 * added up. Of an LSTM: projection, units of its recurrent projection, 0 for none; forget_bias, added to the forget
 * gate, 1 as a rule, finite; cell_clip, bound of the cell state above 0, INFINITY for none. Of training: dropout,
 * share of what the layer reads, and recurrent_dropout, of h in the recurrent product, that is dropped, from 0 to
 * below 1. */
static inline int32_t wl_add_layer(wl_core *core, uint32_t model, int32_t type, int32_t units, int32_t flags, int32_t projection, float forget_bias, float cell_clip, float dropout, float recurrent_dropout) {
  return (int32_t)WL_CALL(wl_add_layer)(core, model, type, units, flags, projection, forget_bias, cell_clip, dropout, recurrent_dropout);
}

/* Ends the description: what reads the last layer. type: WL_HEAD_; outputs: from 1 to 2^20; every_step: 1 for an
 * output at every step, 0 for one from the state after a sequence's last; dropout: as a layer's. */
static inline int32_t wl_set_head(wl_core *core, uint32_t model, int32_t type, int32_t outputs, int32_t every_step, float dropout) {
  return (int32_t)WL_CALL(wl_set_head)(core, model, type, outputs, every_step, dropout);
}

/* Bytes of a model from its address on; the same wherever it lies. */
static inline int32_t wl_bytes(wl_core *core, uint32_t model) {
  return (int32_t)WL_CALL(wl_bytes)(core, model);
}

/* Lays the model out: from here on its memory and its arrays stay where they are. Clears it, sets the optimiser to
 * the defaults (Adam, learning rate 0.001, no clipping) and all weights to 0; they are written next, then wl_pack. */
static inline int32_t wl_init(wl_core *core, uint32_t model) {
  return (int32_t)WL_CALL(wl_init)(core, model);
}

/* Address of an array, WL_ARRAY_. One that the model has no use for is WL_ERROR_UNSUPPORTED. */
static inline int32_t wl_address(wl_core *core, uint32_t model, int32_t array) {
  return (int32_t)WL_CALL(wl_address)(core, model, array);
}

/* Bytes of an array. */
static inline int32_t wl_size(wl_core *core, uint32_t model, int32_t array) {
  return (int32_t)WL_CALL(wl_size)(core, model, array);
}

/* How many parameter tensors the model has. They are, in this order: kernel [features, projection] and bias of the
 * input projection; of each layer, and then of its second direction, kernel [inputs, gates x units], recurrent
 * kernel [width, gates x units], bias [gates x units] (of a GRU that resets after the product [2, gates x units]),
 * peepholes [3, units], projection kernel [units, width]; kernel [width, outputs] and bias of the head. What a
 * model lacks is left out. Gates: i, f, g, o of an LSTM, z, r, n of a GRU. */
static inline int32_t wl_parameter_count(wl_core *core, uint32_t model) {
  return (int32_t)WL_CALL(wl_parameter_count)(core, model);
}

/* Of parameter tensor `index`, row-major f32: WL_TENSOR_ADDRESS, _ROWS (1 of a vector) or _COLUMNS. */
static inline int32_t wl_parameter(wl_core *core, uint32_t model, int32_t index, int32_t what) {
  return (int32_t)WL_CALL(wl_parameter)(core, model, index, what);
}

/* Initial weights from a seed of 64 bits, as the TypeScript host's: normal 1 draws projection and head from N(0,
 * 1). Then wl_pack. */
static inline int32_t wl_randomize(wl_core *core, uint32_t model, int32_t seed_low, int32_t seed_high, int32_t normal) {
  (void)core, (void)model, (void)seed_low, (void)seed_high, (void)normal;
  return (int32_t)WL_TRAINING_CALL(wl_randomize)(core, model, seed_low, seed_high, normal);
}

/* Checks that all weights are finite and makes them ready for passes; needed whenever the caller has written some. */
static inline int32_t wl_pack(wl_core *core, uint32_t model) {
  return (int32_t)WL_CALL(wl_pack)(core, model);
}

/* What the head makes of n sequences, 1 <= n <= batch. flags: WL_PASS_, added up. */
static inline int32_t wl_forward(wl_core *core, uint32_t model, int32_t n, int32_t flags) {
  return (int32_t)WL_CALL(wl_forward)(core, model, n, flags);
}

/* One step of n streams, the input [n, features]: from the state to the next state, and what the head makes of it.
 * In a model with an output at every step and more than one step, that of stream b is item b x steps. */
static inline int32_t wl_step(wl_core *core, uint32_t model, int32_t n) {
  return (int32_t)WL_CALL(wl_step)(core, model, n);
}

/* The state of stream `row` becomes zero; of all of them for -1. */
static inline int32_t wl_reset(wl_core *core, uint32_t model, int32_t row) {
  return (int32_t)WL_CALL(wl_reset)(core, model, row);
}

/* As wl_forward, with the loss: see WL_SETTING_LOSS and WL_SETTING_HITS. Nothing is dropped, no weight changes. */
static inline int32_t wl_evaluate(wl_core *core, uint32_t model, int32_t n, int32_t flags) {
  (void)core, (void)model, (void)n, (void)flags;
  return (int32_t)WL_TRAINING_CALL(wl_evaluate)(core, model, n, flags);
}

/* One training step on n sequences: forward, loss, backward through time, the optimiser. Loss and hits are those
 * before the update. */
static inline int32_t wl_train(wl_core *core, uint32_t model, int32_t n, int32_t flags) {
  (void)core, (void)model, (void)n, (void)flags;
  return (int32_t)WL_TRAINING_CALL(wl_train)(core, model, n, flags);
}

/* The same for the head's weights alone, without the way back through time. */
static inline int32_t wl_train_head(wl_core *core, uint32_t model, int32_t n, int32_t flags) {
  (void)core, (void)model, (void)n, (void)flags;
  return (int32_t)WL_TRAINING_CALL(wl_train_head)(core, model, n, flags);
}

/* Changes a setting, WL_SETTING_LEARNING_RATE to WL_SETTING_DROPOUT_SEED, from the next step on; the ranges are
 * docs/edge-api.md's. */
static inline int32_t wl_set(wl_core *core, uint32_t model, int32_t index, double value) {
  (void)core, (void)model, (void)index, (void)value;
  return (int32_t)WL_TRAINING_CALL(wl_set)(core, model, index, value);
}

/* A setting, or a result: WL_SETTING_LOSS and WL_SETTING_HITS of the last pass with a loss, WL_SETTING_UPDATES. NaN
 * for what there is not. */
static inline double wl_get(wl_core *core, uint32_t model, int32_t index) {
  (void)core, (void)model, (void)index;
  return (double)WL_TRAINING_CALL(wl_get)(core, model, index);
}

/* Bytes of a saved model: weights, and of a model that trains the optimiser's state. */
static inline int32_t wl_saved_bytes(wl_core *core, uint32_t model) {
  (void)core, (void)model;
  return (int32_t)WL_TRAINING_CALL(wl_saved_bytes)(core, model);
}

/* Saves the model to wl_saved_bytes bytes at an address, a multiple of 64, outside the model. */
static inline int32_t wl_save(wl_core *core, uint32_t model, uint32_t to) {
  (void)core, (void)model, (void)to;
  return (int32_t)WL_TRAINING_CALL(wl_save)(core, model, to);
}

/* Restores what wl_save has saved, `bytes` of it, of a model with the same layers and head, whatever its batch and
 * steps; then wl_pack. A model that trains begins its optimiser anew if none was saved. Nothing changes when it is
 * refused. */
static inline int32_t wl_restore(wl_core *core, uint32_t model, uint32_t from, int32_t bytes) {
  (void)core, (void)model, (void)from, (void)bytes;
  return (int32_t)WL_TRAINING_CALL(wl_restore)(core, model, from, bytes);
}
#endif

#endif
