/* The core as this program has it: C written by wasm2c, and the calls of include/wasm_lstm.h on it. */
#ifndef EDGE_H
#define EDGE_H

#include "core.h"
#define WL_MODULE core
#include "wasm_lstm.h"

/* Where address `at` of the core's memory is in this program. */
static inline void *edge_at(wl_core *core, int32_t at) { return w2c_core_memory(core)->data + at; }

#endif
