/* What the C that wasm2c writes needs to run, for a program with one core in static memory: no heap, no signals, no
 * tables. EDGE_MEMORY_BYTES is all the memory the core will ever have; the core itself asks for no more. */
#ifndef EDGE_WASM_RT_H
#define EDGE_WASM_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef __has_builtin
#define __has_builtin(x) 0
#endif
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_SEGUE_FREE_SEGMENT 0
#define WASM_RT_STACK_DEPTH_COUNT 0
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
#define WASM_RT_SANITY_CHECKS 0
#define WASM_RT_PAGE_BYTES 65536u

#define wasm_rt_memcpy memcpy

typedef enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64, WASM_RT_V128 } wasm_rt_type_t;

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_EXHAUSTION,
} wasm_rt_trap_t;

/* The core's linear memory: `size` bytes that it may use, at `data`. */
typedef struct {
  uint8_t *data;
  uint64_t pages, max_pages, size;
} wasm_rt_memory_t;

/* Function references: named by the code, used by none of the core's builds. */
typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct { int unused; } wasm_rt_tailcallee_t;
typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;
typedef void *wasm_rt_externref_t;
typedef struct { wasm_rt_funcref_t *data; uint32_t size; } wasm_rt_funcref_table_t;
typedef struct { wasm_rt_externref_t *data; uint32_t size; } wasm_rt_externref_table_t;
static const wasm_rt_funcref_t wasm_rt_funcref_null_value;
static const wasm_rt_externref_t wasm_rt_externref_null_value;

/* Ends the program; no call of the core comes here. */
_Noreturn void wasm_rt_trap(wasm_rt_trap_t trap);

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_bytes);
static inline void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }
static inline bool wasm_rt_is_initialized(void) { return true; }

/* Gives the core more of its static memory, up to `end`; false when there is not as much. */
bool edge_reach(wasm_rt_memory_t *memory, uint64_t end);

#endif
