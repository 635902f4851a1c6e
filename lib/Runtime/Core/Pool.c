/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  maximumThreads = 1024,
  spins = 2000,  /* some 30 to 100 us: longer than the gap between two steps, shorter than a scheduler's slice */
  spinsPerYield = 100 /* when both threads were put on one core, who waits lets the other one work */
};

typedef struct worker {
  nncc_pool *pool;
  int64_t index;
  pthread_t thread;
} worker;

struct nncc_pool {
  int64_t threads;
  int64_t spins; /* 0 where there are more threads than cores: who spins then steals time from who works */
  worker *workers;
  int64_t started;
  nncc_parallel_for parallel_for; /* NULL: the workers are our own */
  void *parallel_context;

  /* The job, written before `epoch` moves and read after. */
  nncc_task task;
  void *context;
  int64_t units;
  int64_t active;

  _Alignas(64) atomic_uint_fast64_t epoch;
  _Alignas(64) atomic_int_fast64_t pending; /* workers that still have to finish this epoch */
  _Alignas(64) atomic_int_fast64_t sleepers;
  atomic_int callerSleeps;
  atomic_int stop;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  pthread_cond_t done;
};

/* --- floating-point mode ----------------------------------------------------------------------------------------------- */

#if defined(__x86_64__)
typedef unsigned int floatMode;
static floatMode flushDenormals(void) {
  floatMode old = _mm_getcsr();
  _mm_setcsr(old | 0x8040u); /* FTZ | DAZ */
  return old;
}
static void restoreMode(floatMode mode) { _mm_setcsr(mode); }
static void relax(void) { _mm_pause(); }
#elif defined(__aarch64__)
typedef uint64_t floatMode;
static floatMode flushDenormals(void) {
  floatMode old;
  __asm__ volatile("mrs %0, fpcr" : "=r"(old));
  __asm__ volatile("msr fpcr, %0" ::"r"(old | (1ull << 24)));
  return old;
}
static void restoreMode(floatMode mode) { __asm__ volatile("msr fpcr, %0" ::"r"(mode)); }
static void relax(void) { __asm__ volatile("yield"); }
#else
typedef int floatMode;
static floatMode flushDenormals(void) { return 0; }
static void restoreMode(floatMode mode) { (void)mode; }
static void relax(void) {}
#endif

/* --- the pool ---------------------------------------------------------------------------------------------------------- */

static void pauseSpin(int64_t round) {
  if (round % spinsPerYield == 0)
    sched_yield();
  else
    relax();
}

/* floor(t * units / active) without overflow. */
static int64_t boundary(int64_t t, int64_t units, int64_t active) {
  return t * (units / active) + t * (units % active) / active;
}

static void runShare(nncc_pool *pool, int64_t t) {
  int64_t begin = boundary(t, pool->units, pool->active), end = boundary(t + 1, pool->units, pool->active);
  pool->task(pool->context, begin, end, t);
}

static void *workerMain(void *argument) {
  worker *self = argument;
  nncc_pool *pool = self->pool;
  flushDenormals();
  uint_fast64_t seen = 0;
  for (;;) {
    for (int64_t i = 1; i <= pool->spins && atomic_load_explicit(&pool->epoch, memory_order_acquire) == seen; ++i)
      pauseSpin(i);
    if (atomic_load(&pool->epoch) == seen) {
      pthread_mutex_lock(&pool->mutex);
      /* The order matters: announce the sleep, then look again. The caller moves the epoch, then looks for sleepers. */
      atomic_fetch_add(&pool->sleepers, 1);
      while (atomic_load(&pool->epoch) == seen)
        pthread_cond_wait(&pool->wake, &pool->mutex);
      atomic_fetch_sub(&pool->sleepers, 1);
      pthread_mutex_unlock(&pool->mutex);
    }
    ++seen;
    if (atomic_load(&pool->stop))
      return NULL;
    if (self->index < pool->active)
      runShare(pool, self->index);
    /* Every worker answers every epoch, so that none can be an epoch behind when the next job is written. */
    if (atomic_fetch_sub(&pool->pending, 1) == 1 && atomic_load(&pool->callerSleeps)) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

static void advance(nncc_pool *pool) {
  atomic_fetch_add(&pool->epoch, 1);
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
}

static void waitForWorkers(nncc_pool *pool) {
  for (int64_t i = 1; i <= pool->spins && atomic_load_explicit(&pool->pending, memory_order_acquire) > 0; ++i)
    pauseSpin(i);
  if (atomic_load(&pool->pending) == 0)
    return;
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->callerSleeps, 1);
  while (atomic_load(&pool->pending) > 0)
    pthread_cond_wait(&pool->done, &pool->mutex);
  atomic_store(&pool->callerSleeps, 0);
  pthread_mutex_unlock(&pool->mutex);
}

static int64_t availableCores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? online : 1;
}

int64_t nncc_pool_threads(int64_t threads) {
  if (threads <= 0)
    threads = availableCores();
  return threads > maximumThreads ? maximumThreads : threads;
}

/* A pool that has no workers yet, or NULL. */
static nncc_pool *makePool(int64_t threads) {
  nncc_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
  if (!pool)
    return NULL;
  *pool = (nncc_pool){0};
  pool->threads = nncc_pool_threads(threads);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pthread_cond_init(&pool->done, NULL);
  return pool;
}

nncc_status nncc_pool_borrow(int64_t threads, nncc_parallel_for parallel_for, void *context, nncc_pool **result) {
  nncc_pool *pool = *result = makePool(threads);
  if (!pool)
    return NNCC_ERROR_MEMORY;
  pool->parallel_for = parallel_for;
  pool->parallel_context = context;
  return NNCC_OK;
}

nncc_status nncc_pool_create(int64_t threads, nncc_pool **result) {
  *result = NULL;
  nncc_pool *pool = makePool(threads);
  if (!pool)
    return NNCC_ERROR_MEMORY;
  pool->spins = pool->threads <= availableCores() ? spins : 0;
  if (pool->threads > 1 && !(pool->workers = calloc((size_t)pool->threads - 1, sizeof *pool->workers))) {
    nncc_pool_destroy(pool);
    return NNCC_ERROR_MEMORY;
  }
  /* Workers take no signals: the program's own thread does. */
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int failed = 0;
  for (int64_t t = 1; t < pool->threads && !failed; ++t) {
    worker *w = &pool->workers[t - 1];
    w->pool = pool;
    w->index = t;
    failed = pthread_create(&w->thread, NULL, workerMain, w);
    if (!failed)
      ++pool->started;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (failed) {
    nncc_pool_destroy(pool);
    return NNCC_ERROR_THREADS;
  }
  *result = pool;
  return NNCC_OK;
}

void nncc_pool_destroy(nncc_pool *pool) {
  if (!pool)
    return;
  atomic_store(&pool->stop, 1);
  advance(pool);
  for (int64_t i = 0; i < pool->started; ++i)
    pthread_join(pool->workers[i].thread, NULL);
  free(pool->workers);
  pthread_mutex_destroy(&pool->mutex);
  pthread_cond_destroy(&pool->wake);
  pthread_cond_destroy(&pool->done);
  free(pool);
}

int64_t nncc_pool_size(const nncc_pool *pool) { return pool ? pool->threads : 1; }

/* The share of one worker on a thread of the host program. */
static void runBorrowed(void *argument, size_t index) {
  floatMode mode = flushDenormals();
  runShare(argument, (int64_t)index);
  restoreMode(mode);
}

void nncc_pool_run_task(nncc_pool *pool, nncc_task task, void *context, int64_t units) {
  if (units <= 0)
    return;
  floatMode mode = flushDenormals();
  int64_t active = nncc_pool_size(pool) < units ? nncc_pool_size(pool) : units;
  if (active == 1) {
    task(context, 0, units, 0);
    restoreMode(mode);
    return;
  }
  pool->task = task;
  pool->context = context;
  pool->units = units;
  pool->active = active;
  if (pool->parallel_for) {
    restoreMode(mode); /* the host program's own code runs as it is used to */
    pool->parallel_for(pool->parallel_context, (size_t)active, runBorrowed, pool);
    return;
  }
  atomic_store(&pool->pending, pool->started);
  advance(pool);
  runShare(pool, 0);
  waitForWorkers(pool);
  restoreMode(mode);
}

typedef struct kernelCall {
  nncc_kernel kernel;
  const nncc_frame *frame;
} kernelCall;

static void runKernel(void *context, int64_t begin, int64_t end, int64_t worker) {
  const kernelCall *call = context;
  const nncc_frame *f = call->frame;
  call->kernel(f->arena, f->parameters, f->gradients, f->state, f->batch, begin, end, worker);
}

void nncc_pool_run_alone(nncc_kernel kernel, const nncc_frame *frame, int64_t units) {
  if (units <= 0)
    return;
  floatMode mode = flushDenormals();
  kernel(frame->arena, frame->parameters, frame->gradients, frame->state, frame->batch, 0, units, 0);
  restoreMode(mode);
}

void nncc_pool_run(nncc_pool *pool, nncc_kernel kernel, const nncc_frame *frame, int64_t units) {
  kernelCall call = {kernel, frame};
  nncc_pool_run_task(pool, runKernel, &call, units);
}
