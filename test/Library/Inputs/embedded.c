/* Weights in the library are those of the file that they came from: embedded FILE STORAGE CLASSES. */
#include "series.h"

#include "check.h"
#include <math.h>
#include <string.h>

int main(int count, char **arguments) {
  CHECK(count == 4);
  const series_info *info = series_get_info();
  CHECK(info->embedded_weights && strcmp(info->embedded_weights, arguments[2]) == 0);
  CHECK(info->class_count == (size_t)atoi(arguments[3]));
  float input[SERIES_INPUT_ELEMENTS], own[SERIES_OUTPUT_ELEMENTS], loaded[SERIES_OUTPUT_ELEMENTS];
  fillWithNumbers(input, SERIES_INPUT_ELEMENTS, 1);
  series *model;
  CHECK(series_create(&model, NULL) == SERIES_OK && series_predict(model, input, 1, own) == SERIES_OK);
  CHECK(series_load(model, arguments[1]) == SERIES_OK && series_predict(model, input, 1, loaded) == SERIES_OK);
  if (strcmp(arguments[2], "f32") == 0)
    CHECK(memcmp(own, loaded, sizeof own) == 0);
  for (int i = 0; i < SERIES_OUTPUT_ELEMENTS; ++i)
    CHECK(fabsf(own[i] - loaded[i]) < 1e-2f);
  series_destroy(model);

  /* In memory of the program's own no file is needed either. */
  static unsigned char arena[SERIES_ARENA_BYTES(1)];
  CHECK(series_init(&model, arena, sizeof arena) == SERIES_OK && series_predict(model, input, 1, loaded) == SERIES_OK);
  CHECK(memcmp(own, loaded, sizeof own) == 0);
  puts("with its weights");
  return 0;
}
