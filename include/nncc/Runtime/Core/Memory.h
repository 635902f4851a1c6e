/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Zeroed, 64-byte aligned memory; from 2 MiB on aligned to and advised for huge pages, which pays in page faults saved. */
#ifndef NNCC_RUNTIME_CORE_MEMORY_H
#define NNCC_RUNTIME_CORE_MEMORY_H

#include "nncc/ABI/Program.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NULL when there is no memory. bytes may be 0: the result is then a valid, empty block. */
void *nncc_allocate(size_t bytes);
/* `bytes` is what the block was allocated with; `block` may be NULL. */
void nncc_release(void *block, size_t bytes);

/* fixed + per_sample * batch; 0 with *overflow set to 1 when that is negative or does not fit 63 bits. */
int64_t nncc_affine_value(nncc_affine affine, int64_t batch, int *overflow);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_MEMORY_H */
