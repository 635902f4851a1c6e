/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The thread pool: static partition, no work stealing. Which thread does which units depends on nothing but their number, so
 * that data stays in the cache of the core that wrote it and runs repeat exactly. Threads are the pool's own, or a host program's,
 * which are asked for by its nncc_parallel_for; a pool that is NULL is the calling thread alone.
 */
#ifndef NNCC_RUNTIME_CORE_POOL_H
#define NNCC_RUNTIME_CORE_POOL_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nncc_pool nncc_pool;

/* The operands of a kernel, the same for all units. */
typedef struct nncc_frame {
  uint8_t *arena;
  float *parameters;
  float *gradients;
  float *state;
  int64_t batch;
} nncc_frame;

typedef void (*nncc_task)(void *context, int64_t begin, int64_t end, int64_t worker);

/* Number of threads that `threads` means: itself if positive, else the CPUs this process may run on. At most 1024. */
int64_t nncc_pool_threads(int64_t threads);

/* Starts threads - 1 workers; the caller of nncc_pool_run is the remaining one. threads <= 0: all cores. */
nncc_status nncc_pool_create(int64_t threads, nncc_pool **pool);
/* A pool without threads of its own: it runs tasks 0 .. threads - 1 of parallel_for as its workers. */
nncc_status nncc_pool_borrow(int64_t threads, nncc_parallel_for parallel_for, void *context, nncc_pool **pool);
/* Takes NULL, as the functions below do. */
void nncc_pool_destroy(nncc_pool *pool);
int64_t nncc_pool_size(const nncc_pool *pool);

/*
 * Runs kernel on units [0, units). With T = min(threads, units), thread t does [t*units/T, (t+1)*units/T) as worker t, so a
 * step of one unit costs no synchronisation. Returns when all units are done. Denormals are flushed to zero and read as zero
 * in the kernel, on all threads alike; the caller's floating-point mode is restored. One caller at a time.
 */
void nncc_pool_run(nncc_pool *pool, nncc_kernel kernel, const nncc_frame *frame, int64_t units);
/* The same on the calling thread alone: for a step so small that waking another costs more. The same bits. */
void nncc_pool_run_alone(nncc_kernel kernel, const nncc_frame *frame, int64_t units);
/* The same as nncc_pool_run for any function; used by the data sources. */
void nncc_pool_run_task(nncc_pool *pool, nncc_task task, void *context, int64_t units);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_POOL_H */
