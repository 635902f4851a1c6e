/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Initial values of variables: Keras 2.15's initializers (keras/initializers/initializers.py), from Philox streams. */
#ifndef NNCC_RUNTIME_CORE_INITIALIZERS_H
#define NNCC_RUNTIME_CORE_INITIALIZERS_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Fills `values` (variable->elements floats). Names are Keras' class names ("GlorotUniform") or their snake forms; arguments
 * that are missing take Keras' defaults. The stream is (seed, variable->stream); an argument `seed` of the initializer
 * replaces both, so that equal seeds give equal values, as in Keras. The result depends on nothing else. `workspace` is memory
 * for doubles, of nncc_initializer_workspace bytes; NULL: it is allocated.
 * Errors: NNCC_ERROR_UNSUPPORTED for an unknown name or a shape it cannot fill, NNCC_ERROR_MEMORY.
 */
nncc_status nncc_initialize(const nncc_variable *variable, uint64_t seed, float *values, void *workspace, nncc_message *message);
/* Bytes that this needs: 8 for each element with Orthogonal, else 0. */
int64_t nncc_initializer_workspace(const nncc_variable *variable);

/* The numeric argument of a call, or `otherwise` where it is absent or not a number. */
double nncc_call_number(const nncc_call *call, const char *name, double otherwise);
/* The text argument of a call, or NULL. */
const char *nncc_call_text(const nncc_call *call, const char *name);
/* The argument of a call that is a list, or NULL. */
const nncc_argument *nncc_call_list(const nncc_call *call, const char *name);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_INITIALIZERS_H */
