/* The edge core without JavaScript: a packed model streams a recording and names what it sees, then trains on it.
 *
 *   edge MODEL RECORDING
 *
 * What is printed is the same to the bit as expect.mjs prints with the TypeScript host. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"
#include "packed.h"
#include "recording.h"
#include "refuse.h"
#include "sha256.h"

enum { MODEL_BYTES = 1 << 20, STEPS = 20, BATCH = 16 };

static wl_core core;

/* Ends the program unless a call of the core has done what it should. */
static int32_t sure(int32_t result, const char *call) {
  if (result >= 0) return result;
  fprintf(stderr, "%s: %s\n", call, wl_error_text(result));
  exit(1);
}

static size_t read_file(const char *path, uint8_t *bytes, size_t most) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  size_t length = fread(bytes, 1, most, file);
  fclose(file);
  return length;
}

/* Describes the packed model to the core, gives it its memory and its weights. */
static uint32_t place(const struct packed *packed, int32_t batch, int32_t steps, int32_t use) {
  uint32_t model = (uint32_t)wl_first_address(&core);
  sure(wl_begin(&core, model, WL_ABI_VERSION, batch, steps, packed->features, packed->projection, use), "wl_begin");
  for (int32_t l = 0; l < packed->layers; l++) {
    struct packed_layer y = packed_layer(packed, l);
    sure(wl_add_layer(&core, model, y.type, y.units, y.flags, y.projection, y.forget_bias, y.cell_clip, y.dropout, y.recurrent_dropout),
         "wl_add_layer");
  }
  sure(wl_set_head(&core, model, packed->head, packed->outputs, packed->every_step, packed->head_dropout), "wl_set_head");
  int32_t bytes = sure(wl_bytes(&core, model), "wl_bytes");
  if (!edge_reach(w2c_core_memory(&core), model + (uint64_t)bytes)) sure(WL_ERROR_MEMORY, "memory");
  sure(wl_init(&core, model), "wl_init");
  if ((uint32_t)wl_size(&core, model, WL_ARRAY_PARAMETERS) != packed->weight_bytes) sure(WL_ERROR_SAVED, "weights");
  memcpy(edge_at(&core, wl_address(&core, model, WL_ARRAY_PARAMETERS)), packed->bytes + packed->weights_at, packed->weight_bytes);
  sure(wl_pack(&core, model), "wl_pack");
  printf("memory %" PRId32 " bytes\n", (int32_t)model + bytes);
  return model;
}

/* Sample number `t` of the recording, scaled as the model wants it. */
static void bring(const struct packed *packed, const struct recording *recording, int32_t t, float *to) {
  memcpy(to, recording->samples + t * recording->features, (size_t)recording->features * sizeof *to);
  packed_scale(packed, to);
}

static void stream(const struct packed *packed, const struct recording *recording) {
  uint32_t model = place(packed, 1, 1, WL_USE_PREDICT);
  float *input = edge_at(&core, sure(wl_address(&core, model, WL_ARRAY_INPUT), "wl_address"));
  const int32_t *class = edge_at(&core, sure(wl_address(&core, model, WL_ARRAY_CLASSES), "wl_address"));
  const float *outputs = edge_at(&core, sure(wl_address(&core, model, WL_ARRAY_OUTPUTS), "wl_address"));
  for (int32_t t = 0; t < recording->steps; t++) {
    bring(packed, recording, t, input);
    sure(wl_step(&core, model, 1), "wl_step");
    if ((t + 1) % recording->window != 0) continue;
    uint32_t bits;
    memcpy(&bits, outputs + *class, sizeof bits);
    printf("step %4" PRId32 "  %-6s %.3f (%08" PRIx32 ")\n", t + 1, packed_name(packed, *class), outputs[*class], bits);
  }
}

static void train(const struct packed *packed, const struct recording *recording) {
  int32_t window = recording->window;
  uint32_t model = place(packed, BATCH, window, WL_USE_TRAIN);
  float *input = edge_at(&core, wl_address(&core, model, WL_ARRAY_INPUT));
  int32_t *labels = edge_at(&core, wl_address(&core, model, WL_ARRAY_LABELS));
  int32_t windows = recording->steps / window;
  for (int32_t step = 0; step < STEPS; step++) {
    for (int32_t b = 0; b < BATCH; b++) {
      int32_t w = (step * BATCH + b) % windows;
      for (int32_t t = 0; t < window; t++) bring(packed, recording, w * window + t, input + (b * window + t) * packed->features);
      labels[b] = recording->labels[w];
    }
    sure(wl_train(&core, model, BATCH, 0), "wl_train");
    double loss = wl_get(&core, model, WL_SETTING_LOSS);
    uint64_t bits;
    memcpy(&bits, &loss, sizeof bits);
    printf("train %2" PRId32 "  loss %.6f (%016" PRIx64 ")\n", step + 1, loss, bits);
  }
  char digest[65];
  int32_t weights = wl_address(&core, model, WL_ARRAY_PARAMETERS), bytes = wl_size(&core, model, WL_ARRAY_PARAMETERS);
  sha256_text(digest, edge_at(&core, weights), (size_t)bytes);
  printf("weights %s\n", digest);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s MODEL RECORDING\n", argv[0]);
    return 2;
  }
  wasm2c_core_instantiate(&core);
  static uint8_t model_file[MODEL_BYTES], recording_file[MODEL_BYTES];
  size_t model_length = read_file(argv[1], model_file, sizeof model_file);
  size_t recording_length = read_file(argv[2], recording_file, sizeof recording_file);
  struct packed packed;
  enum packed_error error = packed_open(&packed, model_file, model_length);
  if (error != PACKED_OK) {
    fprintf(stderr, "%s: %s\n", argv[1], packed_error_text(error));
    return 1;
  }
  struct recording recording;
  if (!recording_open(&recording, recording_file, recording_length, packed.features, packed.outputs)) {
    fprintf(stderr, "%s: no recording of %d features and %d classes\n", argv[2], packed.features, packed.outputs);
    return 1;
  }
  stream(&packed, &recording);
  if (wl_features(&core) & WL_FEATURE_TRAINING) train(&packed, &recording);
  refuse_all(&core, model_file, model_length);
  return 0;
}
