/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { hugePage = 2 << 20 };

static size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void *nncc_allocate(size_t bytes) {
  if (bytes > PTRDIFF_MAX - 2 * (size_t)hugePage)
    return NULL;
  if (bytes < hugePage) {
    size_t size = roundUp(bytes ? bytes : 1, NNCC_ALIGNMENT);
    void *block = aligned_alloc(NNCC_ALIGNMENT, size);
    if (block)
      memset(block, 0, size);
    return block;
  }
  /* Map one huge page more than needed, and give back what lies outside the aligned range. The pages come zeroed. */
  size_t size = roundUp(bytes, hugePage);
  char *mapped = mmap(NULL, size + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    return NULL;
  char *block = (char *)roundUp((uintptr_t)mapped, hugePage);
  if (block != mapped)
    munmap(mapped, (size_t)(block - mapped));
  if (block + size != mapped + size + hugePage)
    munmap(block + size, (size_t)(mapped + hugePage - block));
#ifdef MADV_HUGEPAGE
  madvise(block, size, MADV_HUGEPAGE);
#endif
  return block;
}

void nncc_release(void *block, size_t bytes) {
  if (!block)
    return;
  if (bytes < hugePage)
    free(block);
  else
    munmap(block, roundUp(bytes, hugePage));
}

int64_t nncc_affine_value(nncc_affine affine, int64_t batch, int *overflow) {
  int64_t value;
  if (__builtin_mul_overflow(affine.per_sample, batch, &value) ||
      __builtin_add_overflow(value, affine.fixed, &value) || value < 0) {
    *overflow = 1;
    return 0;
  }
  return value;
}
