/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Weights as safetensors, named by the variables' paths. Loading checks everything first and lists all tensors that are missing,
 * extra or of another shape (NNCC_ERROR_MISMATCH); the parameters change only if all of it is right. The file may be a checkpoint,
 * too: tensors whose names begin with NNCC_CHECKPOINT_PREFIX are left out of a file with that key in its metadata.
 */
#ifndef NNCC_RUNTIME_CORE_WEIGHTS_H
#define NNCC_RUNTIME_CORE_WEIGHTS_H

#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Runtime/Core/Safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a checkpoint holds besides weights, of `nncc --checkpoint` and of nncc_model_save_state. */
#define NNCC_CHECKPOINT_PREFIX "checkpoint/"
#define NNCC_CHECKPOINT_KEY "nncc_checkpoint" /* the format's version */
#define NNCC_CHECKPOINT_VERSION "1"
#define NNCC_CHECKPOINT_OPTIMIZER "checkpoint/optimizer/" /* SLOT/PATH */
#define NNCC_CHECKPOINT_SETTING "setting."                /* what must agree: "model", "seed" in decimal */
#define NNCC_CHECKPOINT_STATE "state."                    /* "step" in decimal, "learning_rate" as printf's %a */
#define NNCC_CHECKPOINT_MODEL "%s, hash %016llx"          /* of the program's name and model_hash */

nncc_status nncc_weights_load(nncc_instance *instance, const char *path, nncc_message *message);
nncc_status nncc_weights_load_memory(nncc_instance *instance, const void *bytes, size_t size, nncc_message *message);
/* Only the check, against the facts of a program: no instance, no compiled code needed. */
nncc_status nncc_weights_check(const nncc_program *program, const char *path, nncc_message *message);
/*
 * Without an instance: fills `parameters`, parameter_floats numbers in the layout of the program's variables, padding 0. *classes is
 * the names of the classes in the file's metadata, one block to be freed with free(); NULL: none.
 */
nncc_status nncc_weights_read(const nncc_program *program, const char *path, float *parameters, char ***classes,
                              int64_t *class_count, nncc_message *message);

/* Writes into an open file, which the caller commits. */
nncc_status nncc_weights_write(const nncc_instance *instance, nncc_file *file, nncc_message *message);
/* Writes the whole file atomically. */
nncc_status nncc_weights_save(const nncc_instance *instance, const char *path, nncc_message *message);
/* As nncc_safetensors_write_memory. */
nncc_status nncc_weights_write_memory(const nncc_instance *instance, void *bytes, size_t capacity, size_t *size,
                                      nncc_message *message);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_WEIGHTS_H */
