/*
 * What a compiled library shows of a model, in C: the types behind NAME.h (`-emit=lib`, `-emit=shared`).
 *
 * The generated header declares the same types under the model's prefix; here they have nncc's. Three sides use this file: the
 * compiler, which prints the header and fills an `nncc_info` for each program; the runtime, which implements the functions
 * (include/nncc/Runtime/Core/Model.h); and tests that compare the two. C99, includes only what the generated header does.
 */
#ifndef NNCC_ABI_LIBRARY_H
#define NNCC_ABI_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The C interface's version, `NAME_ABI_VERSION`: it changes when a program that was compiled with an older header would break. */
#define NNCC_LIBRARY_VERSION 1

/*
 * All status values: X(name, text). NNCC_<name> in the runtime, <MODEL>_<name> in the generated header, numbered from 0 in this
 * order. Never renumber: append.
 */
#define NNCC_STATUSES(X)                                                                                                       \
  X(OK, "success")                                                                                                             \
  X(ERROR_ARGUMENT, "invalid argument")                                                                                        \
  X(ERROR_ABI, "the compiled model and the runtime are of different versions")                                                 \
  X(ERROR_NO_ENTRY, "the model was compiled without this function")                                                            \
  X(ERROR_CPU, "this CPU lacks features that the model was compiled for")                                                      \
  X(ERROR_MEMORY, "out of memory")                                                                                             \
  X(ERROR_THREADS, "worker threads could not be started")                                                                      \
  X(ERROR_OPEN, "a file is missing or unreadable")                                                                             \
  X(ERROR_FORMAT, "a file is malformed")                                                                                       \
  X(ERROR_MISMATCH, "the weights do not fit the model")                                                                        \
  X(ERROR_WRITE, "a file cannot be written")                                                                                   \
  X(ERROR_UNSUPPORTED, "not supported")                                                                                        \
  X(ERROR_BATCH, "more samples than the instance has memory for")

/*
 * Runs task(argument, index) for every index below count, in any order and on any threads, and returns when all are done.
 * How a host program lends its own threads.
 */
typedef void (*nncc_parallel_for)(void *context, size_t count, void (*task)(void *argument, size_t index), void *argument);

/* Zero in a field means the default. */
typedef struct nncc_options {
  size_t threads;                 /* that a call works on; 0: all cores. Results do not depend on it */
  uint64_t seed;                  /* of initial weights and dropout; 0: the train section's */
  size_t max_batch;               /* memory is reserved for it, and a larger batch refused; 0: memory grows as batches do */
  nncc_parallel_for parallel_for; /* NULL: threads of the instance's own */
  void *parallel_for_context;
} nncc_options;

/*
 * What a model in the caller's memory takes, of which NAME_ARENA_BYTES(batch) is an integer constant expression A + B * batch: the
 * most over all programs (CPUs) of
 *
 *   A = NNCC_MODEL_BYTES + up(4 * parameter_floats)
 *     + up(4 * trainable_floats)                     with a train step, gradients or gradients_training entry
 *     + up(4 * optimizer_slots * trainable_floats)   with a train step entry
 *     + the largest of: 64, arena_bytes.fixed + worker_bytes of each entry, and, without embedded weights, 8 * elements of each
 *       variable with the initializer Orthogonal
 *   B = the largest arena_bytes.per_sample of the entries
 *
 * where up(bytes) = NNCC_MODEL_ALIGNED(bytes). The caller's memory may begin anywhere, which NNCC_MODEL_BYTES allows for.
 */
#define NNCC_MODEL_BYTES 2048
#define NNCC_MODEL_ALIGNED(bytes) (((bytes) + 63) / 64 * 64)

/* A tensor without its batch axis. */
typedef struct nncc_tensor_info {
  const char *name;
  size_t rank;
  const size_t *extents;
  size_t elements; /* their product */
} nncc_tensor_info;

/* A variable: "conv2d/kernel". */
typedef struct nncc_parameter_info {
  const char *path; /* Keras' variable path, as in weights files */
  size_t rank;
  const size_t *extents;
  size_t elements;
  int trainable;
} nncc_parameter_info;

/* Bytes that a function needs beside the parameters: fixed + per_sample * batch + per_thread * threads. All 0: it is not compiled in. */
typedef struct nncc_memory_info {
  size_t fixed;
  size_t per_sample;
  size_t per_thread;
} nncc_memory_info;

/* What the library knows of its model. */
typedef struct nncc_info {
  uint32_t abi_version;             /* NNCC_LIBRARY_VERSION */
  const char *name;                 /* the model's: "BrainTumor" */
  const char *compiler;             /* "nncc 0.1.0 (LLVM 22.1.8)" */
  const char *cpu;                  /* "x86-64-v3" */
  const char *cpu_features;         /* comma separated: all that the code needs beyond the architecture's baseline */
  size_t input_count;
  const nncc_tensor_info *inputs;
  nncc_tensor_info output;
  nncc_tensor_info labels;          /* of a sample; rank 0 and 1 element: a class number. NULL name: no train section */
  size_t parameter_count;           /* variables */
  const nncc_parameter_info *parameters;
  size_t parameter_elements;        /* of all variables */
  size_t trainable_elements;
  size_t parameter_bytes;           /* memory for the variables */
  size_t optimizer_bytes;           /* memory for gradients and the optimizer's state; 0 without training */
  nncc_memory_info predict, evaluate, train_step, gradients;
  size_t class_count;               /* of embedded weights that carry names of classes */
  const char *const *classes;
  const char *embedded_weights;     /* "f32", "bf16" or "f16"; NULL: none */
} nncc_info;

#ifdef __cplusplus
}
#endif
#endif /* NNCC_ABI_LIBRARY_H */
