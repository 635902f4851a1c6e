/* What the programs of these tests share. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the place and the expression where it does not hold. */
#define CHECK(condition)                                                                                                       \
  do {                                                                                                                         \
    if (!(condition)) {                                                                                                        \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                                            \
      exit(1);                                                                                                                 \
    }                                                                                                                          \
  } while (0)

/* Numbers in [-1, 1), the same for the same seed. */
static inline void fillWithNumbers(float *values, size_t count, unsigned seed) {
  for (size_t i = 0; i < count; ++i)
    values[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 8) / (1 << 23) - 1;
}

#endif
