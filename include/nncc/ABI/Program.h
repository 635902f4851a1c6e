/*
 * The one table between generated code and the runtime.
 *
 * The compiler fills one `nncc_program` per model: facts about the model (inputs, variables, training section) and entry
 * points, each a list of kernels. The JIT finds it in memory, an executable or a library has it linked in; the runtime
 * sees no difference. This header is C11, includes nothing but the standard's integers and Library.h, and both sides include it.
 *
 * Memory, all of it owned by the runtime, every base 64-byte aligned:
 *   arena       scratch and activations of one entry; bytes affine in the batch, plus a slice per worker thread
 *   parameters  all variables, each at its 64-byte aligned offset; trainable ones first
 *   gradients   the layout of the trainable part of `parameters`; padding is zeroed once, at allocation
 *   state       `optimizer_slots` buffers of the layout of `gradients`, one after the other
 * The arena starts with an `nncc_scalars`, which the runtime fills before a run. Inputs, targets and results lie in the
 * arena too, dense and row-major, the batch outermost.
 */
#ifndef NNCC_ABI_PROGRAM_H
#define NNCC_ABI_PROGRAM_H

#include "nncc/ABI/Library.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNCC_ABI_VERSION 5
#define NNCC_ALIGNMENT 64
#define NNCC_MAX_RANK 8

/* The first bytes of every arena: numbers that change from run to run. 64 bytes. */
typedef struct nncc_scalars {
  uint64_t seed;        /* key of the Philox streams (dropout) */
  int64_t step;         /* optimizer steps done before this one: 0 in the first; also the Philox counter of dropout */
  float learning_rate;  /* of this step, after schedules and callbacks */
  float reserved[11];
} nncc_scalars;

/* fixed + per_sample * batch (+ per_worker * threads, where a size of memory is meant). */
typedef struct nncc_affine {
  int64_t fixed;
  int64_t per_sample;
} nncc_affine;

/*
 * One kernel. It does the units [begin, end) of its step; units are independent of each other and which thread does which
 * does not change a bit of the result. `worker` (0 <= worker < threads) selects its slice of per-worker scratch.
 */
typedef void (*nncc_kernel)(uint8_t *arena, float *parameters, float *gradients, float *state, int64_t batch,
                            int64_t begin, int64_t end, int64_t worker);

/* A step of an entry: a parallel loop. Steps run one after the other, each sees all that the earlier ones wrote. */
typedef struct nncc_step {
  const char *layer;  /* name of the layer it belongs to, "" for none */
  const char *what;   /* e.g. "conv forward", "adam" */
  nncc_kernel kernel;
  nncc_affine units;
  nncc_affine flops;  /* for the benchmark's report */
  nncc_affine bytes;  /* moved at least: operands read and results written once */
  int64_t kept;       /* 1: made of the parameters alone, in memory of its own; a run of the same entry at the same batch
                         may leave it out while the parameters stay and no other entry has used the arena */
} nncc_step;

/* A tensor in the arena: byte offset, and f32 elements (per_sample 0: a scalar or per-batch tensor). */
typedef struct nncc_region {
  nncc_affine offset;
  nncc_affine elements;
} nncc_region;

/*
 * An f32 tensor that a step of an entry has written into the arena: what divergence is looked for in. It may be read right behind
 * that step; a later one may use its place. `width` floats (the last axis) lie together, runs are `distance` floats apart.
 */
typedef struct nncc_watch {
  const char *layer;   /* name of the layer that computes it, "" for none */
  int64_t step;        /* index of the step */
  int64_t is_gradient; /* 0: of the forward pass, a layer's output; 1: of the backward pass, a gradient to its input or before */
  nncc_region region;  /* its first element, and the number of all of its elements */
  int64_t width;
  int64_t distance;
} nncc_watch;

/* One compiled function of the model. */
typedef struct nncc_entry {
  int64_t step_count;
  const nncc_step *steps;
  nncc_affine arena_bytes;    /* without the workers' scratch, which follows it */
  int64_t worker_bytes;       /* scratch per worker thread: slice w starts at arena_bytes(batch) + w * worker_bytes */
  const nncc_region *inputs;  /* one per model input */
  nncc_region output;         /* the prediction */
  nncc_region target;         /* labels; elements {0, 0} where the entry takes none */
  nncc_region loss;           /* one f32: the mean over the batch; elements {0, 0} where there is none */
  nncc_region output_gradient;         /* gradients entries only, else elements {0, 0} */
  const nncc_region *input_gradients;  /* gradients entries only, else NULL: one per model input */
  int64_t forward_steps;               /* behind so many steps the output and the loss are there */
  int64_t watch_count;                 /* train step only, else 0 */
  const nncc_watch *watches;           /* by step */
} nncc_entry;

/* The entries a program may have; one that was not compiled has a NULL pointer in the table. */
typedef enum nncc_entry_kind {
  NNCC_ENTRY_PREDICT = 0,        /* inputs -> output, inference mode */
  NNCC_ENTRY_EVALUATE,           /* inputs, target -> output, loss, inference mode */
  NNCC_ENTRY_TRAIN_STEP,         /* inputs, target -> output, loss; gradients, update, moving statistics */
  NNCC_ENTRY_GRADIENTS,          /* inputs, output_gradient -> output, input_gradients, gradients; inference mode */
  NNCC_ENTRY_GRADIENTS_TRAINING, /* the same with layers in training mode; nothing is updated */
  NNCC_ENTRY_COUNT
} nncc_entry_kind;

/* A named number or string: how arguments of initializers, optimizers, losses, metrics and callbacks are passed. */
typedef struct nncc_argument {
  const char *name;   /* Keras' argument name */
  double number;      /* also booleans (0, 1) and integers; NaN for a string, a list or `none` */
  const char *text;   /* NULL unless a string */
  int64_t count;      /* elements of a list, else 0 */
  const double *list;
} nncc_argument;

/* A use of a Keras class by name with all of its arguments, defaults filled in: Adam(learning_rate=0.001, ...). */
typedef struct nncc_call {
  const char *name; /* Keras' class name: "Adam", "GlorotUniform", "BinaryCrossentropy"; NULL for none */
  int64_t argument_count;
  const nncc_argument *arguments;
} nncc_call;

typedef struct nncc_tensor {
  const char *name;
  int64_t rank;                   /* without the batch axis */
  int64_t extents[NNCC_MAX_RANK];
  int64_t elements;               /* product of the extents */
} nncc_tensor;

typedef struct nncc_variable {
  const char *path;   /* Keras' variable path: "conv2d/kernel" */
  int64_t rank;
  int64_t extents[NNCC_MAX_RANK];
  int64_t elements;
  int64_t offset;     /* in floats, in `parameters` (and, if trainable, in `gradients` and each state slot) */
  int32_t trainable;
  nncc_call initializer;
  int64_t fan_in, fan_out;   /* as Keras computes them from the shape */
  uint64_t stream;    /* Philox stream of its initial values: a hash of the path, so that other layers don't matter */
} nncc_variable;

/* A row of the summary: what a report tells of a layer. `flops` are those of the forward pass, for one sample. */
typedef struct nncc_layer {
  const char *name;       /* also that of its steps and the beginning of its variables' paths */
  const char *class_name; /* Keras' class: "Conv2D" */
  int64_t rank;           /* of the output, without the batch axis */
  int64_t extents[NNCC_MAX_RANK];
  int64_t parameters;
  int64_t flops;
} nncc_layer;

/* The train section. `present` is 0 for a model without one: then only data-free facts are meaningful. */
typedef struct nncc_training {
  int32_t present;
  nncc_call optimizer;        /* learning_rate as a number here; a schedule stands in `schedule` */
  nncc_call schedule;         /* name NULL: constant */
  nncc_call loss;
  int64_t metric_count;
  const nncc_call *metrics;
  int64_t callback_count;
  const nncc_call *callbacks;
  const char *data;             /* NULL: not given */
  const char *validation_data;
  double validation_split;      /* 0: none */
  int64_t batch_size;           /* 0: `full` */
  int64_t epochs;
  uint64_t seed;
  int32_t shuffle;
  int64_t augment_count;
  const nncc_call *augment;     /* random changes of the pictures that are trained on, one after the other */
} nncc_training;

/* How embedded weights are stored. Numbers of 16 bits become f32 when an instance is made. */
typedef enum nncc_storage { NNCC_STORAGE_F32 = 0, NNCC_STORAGE_BF16, NNCC_STORAGE_F16 } nncc_storage;

/* Weights that were compiled in. */
typedef struct nncc_embedded {
  int64_t storage;           /* nncc_storage */
  const void *values;        /* `parameter_floats` numbers in the layout of `parameters`, padding 0; 64-byte aligned */
  int64_t class_count;       /* names of the classes, from the weights file's metadata */
  const char *const *classes;
} nncc_embedded;

typedef struct nncc_program {
  uint32_t abi_version;
  uint32_t reserved;
  const char *name;               /* the model's name, e.g. "BinaryImage" */
  const char *compiler;           /* name and version of the compiler */
  const char *cpu;                /* e.g. "x86-64-v3" */
  const char *cpu_features;       /* comma separated, e.g. "avx2,fma": what the code needs to run */
  const char *summary;            /* the layer table, as -emit=summary prints it */
  uint64_t model_hash;            /* of layers, shapes and variables: a checkpoint of another model is refused */
  int64_t input_count;
  const nncc_tensor *inputs;
  nncc_tensor output;
  nncc_tensor target;             /* shape of one sample's label: sparse class numbers drop the last axis */
  int64_t variable_count;
  const nncc_variable *variables; /* in Keras' order: layer by layer */
  int64_t parameter_floats;       /* length of `parameters`, padding included */
  int64_t trainable_floats;       /* length of `gradients` and of each state slot, padding included */
  int64_t optimizer_slots;
  double optimizer_slot_initial[4]; /* initial value of each slot (Adagrad's accumulator is not 0) */
  nncc_training training;
  const nncc_entry *entries[NNCC_ENTRY_COUNT];
  int64_t layer_count;
  const nncc_layer *layers;       /* in the order of the summary, without inputs */
  const uint8_t *drawing;         /* the layer graph as SVG, compressed as zlib does it; NULL: none */
  int64_t drawing_bytes;          /* length of `drawing` */
  int64_t drawing_length;         /* of the SVG */
  const nncc_embedded *embedded;  /* NULL: none */
  const nncc_info *info;          /* libraries only, else NULL */
} nncc_program;

/* Name of the table: what the JIT looks up. In an object file of several programs each has its CPU's name behind it. */
#define NNCC_PROGRAM_SYMBOL "nncc_program_table"

/*
 * One model compiled for one or several CPUs, the most demanding first: what an artefact exports. All agree in everything but
 * entries, CPU and info. Who starts takes the first whose features the CPU has (nncc_select_program), or the one that the
 * environment variable NNCC_CPU names by its `cpu`.
 */
typedef struct nncc_programs {
  int64_t count;
  const nncc_program *const *programs;
} nncc_programs;

#define NNCC_PROGRAMS_SYMBOL "nncc_programs_table"

#ifdef __cplusplus
}
#endif
#endif /* NNCC_ABI_PROGRAM_H */
