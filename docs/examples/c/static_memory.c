/*
 * Predicts in memory of the program's own: no allocation, no thread, no system call. The weights are in the library
 * (--embed-weights), so not even a file is read.
 */
#include "waves.h"
#include <stdio.h>

static unsigned char arena[WAVES_ARENA_BYTES(1)];
static float series[WAVES_INPUT_ELEMENTS], wave[WAVES_OUTPUT_ELEMENTS];

int main(void) {
  waves *model;
  if (waves_init(&model, arena, sizeof arena) != WAVES_OK || waves_predict(model, series, 1, wave) != WAVES_OK)
    return 1;
  printf("%.3f %.3f %.3f %.3f in %u bytes\n", wave[0], wave[1], wave[2], wave[3], (unsigned)sizeof arena);
  return 0;
}
