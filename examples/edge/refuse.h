/* What a program does about bad input: every call says no, in words, and nothing has changed. */
#ifndef EDGE_REFUSE_H
#define EDGE_REFUSE_H

#include "edge.h"

/* Prints a line for each kind of bad input; `file` is a packed model that is good, and is good again afterwards. */
void refuse_all(wl_core *core, uint8_t *file, size_t length);

#endif
