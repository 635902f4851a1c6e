/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One instance of a compiled model: its memory and its threads. Instances share nothing mutable; one thread uses one
 * instance at a time.
 *
 *   nncc_instance_create -> nncc_instance_start or nncc_weights_load (Weights.h)
 *   nncc_reserve(entry, batch) -> nncc_copy_in ... -> nncc_run(entry, batch) -> nncc_copy_out ...
 */
#ifndef NNCC_RUNTIME_CORE_INSTANCE_H
#define NNCC_RUNTIME_CORE_INSTANCE_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Pool.h"
#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nncc_instance {
  const nncc_program *program;
  nncc_pool *pool;   /* NULL: the calling thread alone */
  float *parameters; /* program->parameter_floats. Nothing may write there before nncc_instance_own_parameters has been asked */
  float *gradients;  /* program->trainable_floats, where an entry computes them */
  float *state;      /* optimizer_slots * trainable_floats, where there is a train step */
  uint8_t *arena;    /* one for all entries: what a run leaves there lasts until the next reserve or run */
  int64_t arena_bytes;
  int64_t max_batch; /* the arena has room for it and does not grow; 0: it grows as batches do */
  int64_t kept_entry, kept_batch; /* the run whose `kept` steps are still good in the arena; batch 0: none */
  const char *const *classes;     /* names of the classes that the model tells apart, or NULL */
  int64_t class_count;
  char **own_classes;    /* NULL, or `classes`, one block to be freed */
  float *own_parameters; /* NULL, or `parameters` if they are not the embedded ones themselves */
  int64_t is_placed;     /* in the caller's memory, which is not freed */
  double *step_seconds; /* NULL, or by step of `timed_entry`: nncc_run adds the time that each one takes */
  int64_t timed_entry;
} nncc_instance;

/*
 * Checks version, sizes and CPU, starts `threads` threads (<= 0: all cores) and allocates everything but the arena. All
 * memory is zero, the optimizer's slots have their initial values; parameters are zero until initialized or loaded.
 */
nncc_status nncc_instance_create(const nncc_program *program, int64_t threads, nncc_instance **instance,
                                 nncc_message *message);
/* The same on a pool that is there; the instance takes it over, also when this fails. */
nncc_status nncc_instance_create_on(const nncc_program *program, nncc_pool *pool, nncc_instance **instance, nncc_message *message);
/* The same in the caller's zeroed struct and 64-byte aligned memory, on the calling thread, with all of the arena that there is room
 * for (max_batch). NNCC_ERROR_BATCH: not for one sample. */
nncc_status nncc_instance_place(const nncc_program *program, void *memory, int64_t bytes, nncc_instance *instance,
                                nncc_message *message);
void nncc_instance_destroy(nncc_instance *instance);

/*
 * What an instance in the caller's memory takes: fixed + per_sample * batch; the formula of Library.h. Fixed is negative where it
 * does not fit 63 bits.
 */
nncc_affine nncc_instance_bytes(const nncc_program *program);

/*
 * Makes the parameters writable: where they were the embedded ones, read in place, they become a copy. May fail only for a model
 * without a train step.
 */
nncc_status nncc_instance_own_parameters(nncc_instance *instance);
/* Tells that who holds `parameters` has written there: what the last run kept is old then. */
void nncc_instance_parameters_changed(nncc_instance *instance);
/* Gives all variables their initial values. Depends on the seed only, not on threads or machine. */
nncc_status nncc_instance_initialize(nncc_instance *instance, uint64_t seed, nncc_message *message);
/* Embedded weights and names of classes where the program has them, else initial values: what a new instance starts with. */
nncc_status nncc_instance_start(nncc_instance *instance, uint64_t seed, nncc_message *message);
/* Sets the optimizer's slots to their initial values, as they are after create. */
void nncc_instance_reset_optimizer(nncc_instance *instance);

/* Makes the arena large enough for the entry at this batch (>= 1). What the arena held is lost if it grows. */
nncc_status nncc_reserve(nncc_instance *instance, nncc_entry_kind kind, int64_t batch);
/* For all entries at batches up to this one; larger ones are NNCC_ERROR_BATCH then. */
nncc_status nncc_reserve_all(nncc_instance *instance, int64_t max_batch);
/* The numbers at the start of the arena; valid until the next reserve. Call after the first reserve. */
nncc_scalars *nncc_instance_scalars(nncc_instance *instance);
/* Runs one step of an entry of a reserved instance: over the threads, or, where it is too small for that, on this one. */
void nncc_run_step(nncc_instance *instance, const nncc_step *step, const nncc_frame *frame);
/* Runs all steps of the entry. NNCC_ERROR_ARGUMENT if this batch was not reserved. */
nncc_status nncc_run(nncc_instance *instance, nncc_entry_kind kind, int64_t batch);

/* Runs the steps [first, last) of the entry; who has run the ones before in this order gets what nncc_run gives. */
nncc_status nncc_run_part(nncc_instance *instance, nncc_entry_kind kind, int64_t batch, int64_t first, int64_t last);

/* The entry, or NULL where it was not compiled. */
const nncc_entry *nncc_instance_entry(const nncc_instance *instance, nncc_entry_kind kind);
/* Where a region lies at this batch, and how many floats it has. */
float *nncc_region_data(const nncc_instance *instance, const nncc_region *region, int64_t batch);
int64_t nncc_region_elements(const nncc_region *region, int64_t batch);
void nncc_copy_in(nncc_instance *instance, const nncc_region *region, int64_t batch, const float *values);
void nncc_copy_out(const nncc_instance *instance, const nncc_region *region, int64_t batch, float *values);

/* Replaces the names of the classes, which weights files carry along; loading takes those of the file. They are copied. */
nncc_status nncc_instance_set_classes(nncc_instance *instance, const char *const *names, int64_t count);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_INSTANCE_H */
