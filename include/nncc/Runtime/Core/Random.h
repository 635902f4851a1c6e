/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Philox4x32-10 streams (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011) and what is drawn from them: the
 * blocks of the authors' Random123. All of it is exact arithmetic in IEEE double without libm: the same bits on every machine. */
#ifndef NNCC_RUNTIME_CORE_RANDOM_H
#define NNCC_RUNTIME_CORE_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Block `index` of the stream: the key is `seed`, the counter (index, stream), low words first. */
void nncc_philox_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t block[4]);

/* A stream read in order, one 32-bit word after the other. */
typedef struct nncc_random {
  uint64_t seed, stream, next;
  uint32_t block[4];
  int used; /* words of `block` already given out; 4: none left */
} nncc_random;

void nncc_random_start(nncc_random *random, uint64_t seed, uint64_t stream);
uint32_t nncc_random_word(nncc_random *random);
/* The same as so many calls of nncc_random_word, faster. */
void nncc_random_words(nncc_random *random, uint32_t *words, int64_t count);
/* In (0, 1): the middle of one of 2^32 equal intervals. */
double nncc_random_uniform(nncc_random *random);
/* Uniform on [0, bound), exactly: words that would bias it are drawn again. bound >= 1. */
uint64_t nncc_random_below(nncc_random *random, uint64_t bound);
/* Standard normal, by inversion from 53 bits. */
double nncc_random_normal(nncc_random *random);
/* Standard normal given that it lies within [-2, 2], by inversion. */
double nncc_random_truncated_normal(nncc_random *random);

/* The normal quantile function, 0 < p < 1, relative error below 1e-15 (Wichura, algorithm AS 241, PPND16, 1988). */
double nncc_normal_quantile(double p);

/* FNV-1a of a text: how streams get their number from a name. */
uint64_t nncc_hash_text(const char *text);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_RANDOM_H */
