/* See refuse.h. */
#include "refuse.h"

#include <math.h>
#include <stdio.h>

#include "packed.h"

static void say(const char *what, const char *answer) { printf("refused %-28s %s\n", what, answer); }

/* A model of one unit at an address; what its last call said. */
static int32_t small(wl_core *core, uint32_t model) {
  int32_t error = wl_begin(core, model, WL_ABI_VERSION, 1, 1, 1, 0, WL_USE_PREDICT);
  if (error < 0) return error;
  wl_add_layer(core, model, WL_LAYER_LSTM, 1, 0, 0, 1, INFINITY, 0, 0);
  wl_set_head(core, model, WL_HEAD_SOFTMAX, 2, 0, 0);
  error = wl_init(core, model);
  return error < 0 ? error : wl_pack(core, model);
}

void refuse_all(wl_core *core, uint8_t *file, size_t length) {
  struct packed packed;
  uint32_t model = (uint32_t)wl_first_address(core);
  say("a file cut short", packed_error_text(packed_open(&packed, file, length - 1)));
  file[length / 2] ^= 1;
  say("a changed bit", packed_error_text(packed_open(&packed, file, length)));
  file[length / 2] ^= 1;
  say("another version", wl_error_text(wl_begin(core, model, WL_ABI_VERSION + 1, 1, 1, 1, 0, WL_USE_PREDICT)));
  say("an odd address", wl_error_text(small(core, model + 4)));
  say("an address outside memory", wl_error_text(small(core, 0x7fffffc0)));
  wl_begin(core, model, WL_ABI_VERSION, 1 << 20, 1 << 20, 1, 0, WL_USE_PREDICT);
  wl_add_layer(core, model, WL_LAYER_LSTM, 1 << 20, 0, 0, 1, INFINITY, 0, 0);
  wl_set_head(core, model, WL_HEAD_SOFTMAX, 2, 0, 0);
  say("a model too large", wl_error_text(wl_init(core, model)));
  say("a step of such a model", wl_error_text(wl_step(core, model, 1)));
  if (small(core, model) < 0) return;
  float *input = edge_at(core, wl_address(core, model, WL_ARRAY_INPUT));
  float *state = edge_at(core, wl_address(core, model, WL_ARRAY_STATE));
  *input = 1;
  wl_step(core, model, 1);
  float before = *state;
  *input = NAN;
  int32_t error = wl_step(core, model, 1);
  say("a sample that is no number", wl_error_text(error));
  if (*state == before) say("", "the state is as it was; leave the sample out, or hold the last one");
}
