/* See wasm-rt.h. */
#include "wasm-rt.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef EDGE_MEMORY_BYTES
#define EDGE_MEMORY_BYTES (8u << 20)
#endif

static _Alignas(64) uint8_t linear_memory[EDGE_MEMORY_BYTES];

void wasm_rt_trap(wasm_rt_trap_t trap) {
  fprintf(stderr, "the core has trapped (%d): this is a fault of the core\n", (int)trap);
  abort();
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_bytes) {
  (void)is64, (void)page_bytes;
  memory->data = linear_memory;
  memory->max_pages = max_pages;
  memory->pages = 0;
  if (!edge_reach(memory, pages * WASM_RT_PAGE_BYTES)) wasm_rt_trap(WASM_RT_TRAP_OOB);
}

bool edge_reach(wasm_rt_memory_t *memory, uint64_t end) {
  uint64_t pages = (end + WASM_RT_PAGE_BYTES - 1) / WASM_RT_PAGE_BYTES;
  if (pages * WASM_RT_PAGE_BYTES > sizeof linear_memory) return false;
  if (pages > memory->pages) memory->pages = pages;
  memory->size = memory->pages * WASM_RT_PAGE_BYTES;
  return true;
}
