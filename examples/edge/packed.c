/* See packed.h. */
#include "packed.h"

#include <string.h>

static const uint32_t MAGIC = 0x4d504c57; /* "WLPM" */
static const uint32_t VERSION = 1;
enum { HEADER_BYTES = 80, LAYER_BYTES = 32, UNCHECKED_BYTES = 16, MAX_LAYERS = 32, MAX_DIMENSION = 1 << 20 };

/* Numbers in the file are little-endian, whatever the machine. */
static uint32_t word_at(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float float_at(const uint8_t *p) {
  uint32_t bits = word_at(p);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double double_at(const uint8_t *p) {
  uint64_t bits = word_at(p) | (uint64_t)word_at(p + 4) << 32;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

uint32_t packed_crc32(const uint8_t *bytes, size_t length) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320 & (0u - (crc & 1)));
  }
  return ~crc;
}

static int is_within(uint32_t value, uint32_t least, uint32_t most) { return value >= least && value <= most; }

/* Whether the parts of the file lie in order within it. */
static int is_sound(const struct packed *m, uint32_t length) {
  uint32_t at = HEADER_BYTES + (uint32_t)m->layers * LAYER_BYTES;
  if (m->weights_at > length || m->weight_bytes != length - m->weights_at || at > m->weights_at) return 0;
  if (m->scaling_at != 0) {
    if (m->scaling_at != at || m->weights_at - at < 16u * (uint32_t)m->features) return 0;
    at += 16u * (uint32_t)m->features;
  }
  if (m->names_at == 0) return m->name_count == 0;
  if (m->names_at < at || m->names_at > m->weights_at || m->name_count != (uint32_t)m->outputs) return 0;
  uint32_t ends = 0;
  for (uint32_t i = m->names_at; i < m->weights_at; i++) ends += m->bytes[i] == 0;
  return ends >= m->name_count;
}

enum packed_error packed_open(struct packed *m, const uint8_t *bytes, size_t length) {
  if (length < HEADER_BYTES || word_at(bytes) != MAGIC || word_at(bytes + 4) != VERSION) return PACKED_FOREIGN;
  if (word_at(bytes + 8) != length) return PACKED_CUT;
  if (word_at(bytes + 12) != packed_crc32(bytes + UNCHECKED_BYTES, length - UNCHECKED_BYTES)) return PACKED_DAMAGED;
  uint32_t word[18];
  for (int i = 0; i < 18; i++) word[i] = word_at(bytes + 4 * i);
  int sizes = is_within(word[5], 1, MAX_DIMENSION) && is_within(word[6], 1, MAX_DIMENSION) &&
              is_within(word[7], 0, MAX_DIMENSION) && is_within(word[8], 1, MAX_LAYERS) && word[9] <= 2 &&
              is_within(word[10], 1, MAX_DIMENSION) && word[11] <= 1 && word[4] <= PACKED_INT8;
  if (!sizes) return PACKED_BROKEN;
  m->bytes = bytes;
  m->precision = word[4];
  m->steps = (int32_t)word[5], m->features = (int32_t)word[6], m->projection = (int32_t)word[7];
  m->layers = (int32_t)word[8], m->head = (int32_t)word[9], m->outputs = (int32_t)word[10];
  m->every_step = (int32_t)word[11];
  m->head_dropout = float_at(bytes + 48);
  m->scaling_at = word[13], m->names_at = word[14], m->weights_at = word[15];
  m->name_count = word[16], m->weight_bytes = word[17];
  return is_sound(m, (uint32_t)length) ? PACKED_OK : PACKED_BROKEN;
}

const char *packed_error_text(enum packed_error error) {
  switch (error) {
    case PACKED_OK: return "done";
    case PACKED_FOREIGN: return "no packed model of this version";
    case PACKED_CUT: return "the packed model is cut short";
    case PACKED_DAMAGED: return "the packed model's checksum does not match";
    case PACKED_BROKEN: return "the packed model's parts do not lie within it";
  }
  return "unknown";
}

struct packed_layer packed_layer(const struct packed *model, int32_t l) {
  const uint8_t *p = model->bytes + HEADER_BYTES + l * LAYER_BYTES;
  struct packed_layer layer = {(int32_t)word_at(p), (int32_t)word_at(p + 4), (int32_t)word_at(p + 8), (int32_t)word_at(p + 12),
                               float_at(p + 16),    float_at(p + 20),        float_at(p + 24),        float_at(p + 28)};
  return layer;
}

const char *packed_name(const struct packed *model, int32_t output) {
  if (model->name_count == 0 || output < 0 || output >= model->outputs) return "";
  const char *name = (const char *)model->bytes + model->names_at;
  for (; output > 0; output--) name += strlen(name) + 1;
  return name;
}

void packed_scale(const struct packed *model, float *sample) {
  if (model->scaling_at == 0) return;
  const uint8_t *offset = model->bytes + model->scaling_at, *scale = offset + 8 * model->features;
  for (int32_t i = 0; i < model->features; i++) {
    sample[i] = (float)((sample[i] - double_at(offset + 8 * i)) / double_at(scale + 8 * i));
  }
}
