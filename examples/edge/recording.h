/* A recording of sensors.mjs: samples one after another, and the class of each window of them. */
#ifndef EDGE_RECORDING_H
#define EDGE_RECORDING_H

#include <stdint.h>
#include <string.h>

struct recording {
  int32_t features, steps, window;
  const float *samples;  /* [steps, features] */
  const int32_t *labels; /* [steps / window] */
};

/* u32 "WLRC", features, steps, window; then the samples and the labels, all little-endian. 0 unless it is whole. */
static inline int recording_open(struct recording *r, const uint8_t *bytes, size_t length, int32_t features, int32_t classes) {
  int32_t head[4];
  if (length < sizeof head) return 0;
  memcpy(head, bytes, sizeof head);
  r->features = head[1], r->steps = head[2], r->window = head[3];
  if (head[0] != 0x43524c57 || r->features != features || r->steps < 1 || r->steps > 1 << 20 || r->window < 1) return 0;
  int32_t windows = r->steps / r->window;
  if (windows < 1 || length != sizeof head + 4 * ((size_t)r->steps * (size_t)features + (size_t)windows)) return 0;
  r->samples = (const float *)(const void *)(bytes + sizeof head);
  r->labels = (const int32_t *)(const void *)(r->samples + r->steps * features);
  for (int32_t w = 0; w < windows; w++) {
    if (r->labels[w] < 0 || r->labels[w] >= classes) return 0;
  }
  return 1;
}

#endif
