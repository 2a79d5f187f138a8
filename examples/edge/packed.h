/* Packed models, the files of `wasm-lstm pack`: checked and read in place. src/formats/packed.ts tells the layout. */
#ifndef EDGE_PACKED_H
#define EDGE_PACKED_H

#include <stddef.h>
#include <stdint.h>

enum packed_error {
  PACKED_OK,
  PACKED_FOREIGN, /* no packed model, or of another version */
  PACKED_CUT,     /* shorter or longer than it says */
  PACKED_DAMAGED, /* the checksum does not match */
  PACKED_BROKEN,  /* parts that do not lie within the file */
};

enum packed_precision { PACKED_F32, PACKED_INT8 };

struct packed_layer {
  int32_t type, units, flags, projection;
  float forget_bias, cell_clip, dropout, recurrent_dropout;
};

/* A model in `bytes`, which must outlive it. */
struct packed {
  const uint8_t *bytes;
  uint32_t precision;
  int32_t steps, features, projection, layers;
  int32_t head, outputs, every_step;
  float head_dropout;
  uint32_t scaling_at, names_at, weights_at, name_count, weight_bytes;
};

/* Checks `length` bytes and reads what they say; nothing of `model` is to be used unless it returns PACKED_OK. */
enum packed_error packed_open(struct packed *model, const uint8_t *bytes, size_t length);
const char *packed_error_text(enum packed_error error);

/* Layer number `l`, from 0. */
struct packed_layer packed_layer(const struct packed *model, int32_t l);

/* The name of an output, or "" without names. */
const char *packed_name(const struct packed *model, int32_t output);

/* sample[features] as the model reads it: (value - offset) / scale, as in the training. */
void packed_scale(const struct packed *model, float *sample);

/* CRC-32 as in zlib. */
uint32_t packed_crc32(const uint8_t *bytes, size_t length);

#endif
