/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The C interface of a compiled library, for any model. A library's own functions (`series_predict`) are wrappers that the
 * compiler makes: they add the model's programs where `programs` stands, put one pointer per input into an array, and call the
 * function of the same name here (`nncc_model_predict`). The generated header documents them for users; this one says only what
 * the wrappers and the tests need to know.
 *
 * All pointers to numbers are dense f32, row-major, the batch outermost. No function prints, aborts or exits. After an error the model is
 * as before, unless said otherwise. A pointer that is NULL and may not be, and a batch of 0, are NNCC_ERROR_ARGUMENT. One thread uses a
 * model at a time; models share nothing mutable. Results have the same bits for any number of threads, whose ever they are; in each task
 * denormals are flushed to zero, and the thread's own mode is restored behind it.
 */
#ifndef NNCC_RUNTIME_CORE_MODEL_H
#define NNCC_RUNTIME_CORE_MODEL_H

#include "nncc/ABI/Library.h"
#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nncc_model nncc_model;

/* --- life ------------------------------------------------------------------------------------------------------------- */

/* Chooses the program for this CPU, takes memory, starts threads, and gives the variables their embedded or initial values. */
nncc_status nncc_model_create(const nncc_programs *programs, nncc_model **model, const nncc_options *options);
/*
 * The same within `arena_bytes` of the caller's memory, of any alignment, on the calling thread alone: no allocation and no system
 * call, here, in what runs the model later (predict, evaluate, train_step, gradients) and in what reads and sets parameters and the
 * learning rate; but for AMX, whose registers Linux grants on demand. Loading and saving weights and state allocates while it lasts.
 * `max_batch` is what the arena has room for; NNCC_ERROR_BATCH where that is none. The arena belongs to the model until destroy, which
 * frees nothing but names of classes that a load brought.
 */
nncc_status nncc_model_init(const nncc_programs *programs, nncc_model **model, void *arena, size_t arena_bytes);
/* Takes NULL. */
void nncc_model_destroy(nncc_model *model);
/* Bytes that `init` needs for batches up to this one: what the header's NAME_ARENA_BYTES(batch) is. Over all programs the most. */
size_t nncc_model_arena_bytes(const nncc_programs *programs, size_t batch);

/* --- running ---------------------------------------------------------------------------------------------------------- */

nncc_status nncc_model_predict(nncc_model *model, const float *const *inputs, size_t batch, float *output);
/* `loss` (one number: the mean with all penalties) and `output` may be NULL. */
nncc_status nncc_model_evaluate(nncc_model *model, const float *const *inputs, const float *labels, size_t batch, float *loss,
                                float *output);
/* One step of the optimizer. `loss` (before the step) may be NULL. */
nncc_status nncc_model_train_step(nncc_model *model, const float *const *inputs, const float *labels, size_t batch, float *loss);
/*
 * Gradients of sum(output * output_gradient) in inference mode; output_gradient NULL: of the sum of the output. `output` may be NULL, and each of
 * `input_gradients`.
 */
nncc_status nncc_model_gradients(nncc_model *model, const float *const *inputs, const float *output_gradient, size_t batch,
                                 float *output, float *const *input_gradients);

/* --- weights ---------------------------------------------------------------------------------------------------------- */

/* safetensors, and checkpoints of `save_state` or of nncc's --checkpoint. Loaded whole or not at all. */
nncc_status nncc_model_load(nncc_model *model, const char *path);
nncc_status nncc_model_load_memory(nncc_model *model, const void *bytes, size_t size);
/* Atomically: the old file or the new one is there. */
nncc_status nncc_model_save(const nncc_model *model, const char *path);
/* Writes the file's bytes to `bytes` if they fit `capacity` (else NNCC_ERROR_ARGUMENT); *size is their number in any case. */
nncc_status nncc_model_save_memory(const nncc_model *model, void *bytes, size_t capacity, size_t *size);
/* All of a variable, by its path; `count` must be its number of elements. What is set is seen by the next run. */
nncc_status nncc_model_get_parameter(const nncc_model *model, const char *path, float *values, size_t count);
nncc_status nncc_model_set_parameter(nncc_model *model, const char *path, const float *values, size_t count);

/* --- training state --------------------------------------------------------------------------------------------------- */

/*
 * Weights, optimizer state, steps done, learning rate, seed: what train_step goes on from, bit for bit. The file is a weights file, too.
 * Of a file of nncc's --checkpoint the same is taken. NNCC_ERROR_MISMATCH for another model (model_hash), and for a file that lacks any of
 * it; NNCC_ERROR_NO_ENTRY for a model that does not train.
 */
nncc_status nncc_model_save_state(const nncc_model *model, const char *path);
nncc_status nncc_model_load_state(nncc_model *model, const char *path);
/* Of the next step. 0 without a train section. */
float nncc_model_get_learning_rate(const nncc_model *model);
/* NNCC_ERROR_UNSUPPORTED where a schedule sets it (as in Keras), NNCC_ERROR_ARGUMENT for one that is negative or no number. */
nncc_status nncc_model_set_learning_rate(nncc_model *model, float learning_rate);

/* --- facts ------------------------------------------------------------------------------------------------------------ */

/* Of the program that create would choose; where none fits this CPU, of the least demanding one. Valid for ever. */
const nncc_info *nncc_model_get_info(const nncc_programs *programs);
/*
 * The sentence that belongs to the last call that takes this model and returned an error: tensors that do not fit, the file that is
 * missing. Empty after one that succeeded. Up to 1023 bytes; what is longer is cut off. Valid until the next call.
 */
const char *nncc_model_last_error(const nncc_model *model);
/* Texts of status values are nncc_status_string's. */

/* The first program whose features this CPU has, or the one that NNCC_CPU names; NULL and NNCC_ERROR_CPU with what is missing. */
nncc_status nncc_select_program(const nncc_programs *programs, const nncc_program **program, nncc_message *message);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_MODEL_H */
