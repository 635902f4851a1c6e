/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What loading weights and loading a training state share. Internal to Core. */
#ifndef NNCC_LIB_RUNTIME_CORE_WEIGHTSPARTS_H
#define NNCC_LIB_RUNTIME_CORE_WEIGHTSPARTS_H

#include "nncc/Runtime/Core/Weights.h"

/* The file's tensors against the variables: NNCC_ERROR_MISMATCH with one line per misfit. */
nncc_status nncc_weights_compare(const nncc_program *program, const nncc_safetensors *file, nncc_message *message);
/* Is the tensor there, F32, and of the variable's shape? */
int nncc_weights_fit(const nncc_variable *variable, const nncc_stored_tensor *tensor);

/* Names of classes and the JSON array of them in the metadata of weights files. */
#define NNCC_CLASSES_KEY "classes"
/* The array, to be freed; NULL where there is no memory. */
char *nncc_classes_to_json(const char *const *names, int64_t count);
/* One block to be freed, NULL for no text or one that is no array of strings. */
nncc_status nncc_classes_from_json(const char *text, char ***names, int64_t *count);
/* Takes over such a block. */
void nncc_instance_take_classes(nncc_instance *instance, char **names, int64_t count);

#endif /* NNCC_LIB_RUNTIME_CORE_WEIGHTSPARTS_H */
