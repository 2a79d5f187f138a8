/* SHA-256 (FIPS 180-4), to compare weights by. */
#ifndef EDGE_SHA256_H
#define EDGE_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* The digest of `length` bytes as 64 hexadecimal digits and a zero byte. */
void sha256_text(char text[65], const uint8_t *bytes, size_t length);

#endif
