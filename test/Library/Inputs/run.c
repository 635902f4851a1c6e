/*
 * What nncc does at the command line, through the library: with arrays in files of bare numbers.
 *   run train X Y BATCH WEIGHTS         all samples once, in their order; saves the weights
 *   run predict WEIGHTS X OUTPUT THREADS
 */
#include "series.h"

#include "check.h"
#include <string.h>

static float *readNumbers(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  CHECK(file && fseek(file, 0, SEEK_END) == 0);
  const long bytes = ftell(file);
  *count = (size_t)bytes / sizeof(float);
  float *numbers = (float *)malloc((size_t)bytes);
  rewind(file);
  CHECK(fread(numbers, sizeof(float), *count, file) == *count);
  fclose(file);
  return numbers;
}

static void train(char **arguments) {
  size_t count, labelCount;
  float *x = readNumbers(arguments[0], &count), *y = readNumbers(arguments[1], &labelCount);
  const size_t batch = (size_t)atoi(arguments[2]), samples = count / SERIES_INPUT_ELEMENTS;
  series *model;
  CHECK(series_create(&model, NULL) == SERIES_OK);
  for (size_t first = 0; first + batch <= samples; first += batch)
    CHECK(series_train_step(model, x + first * SERIES_INPUT_ELEMENTS, y + first, batch, NULL) == SERIES_OK);
  CHECK(series_save(model, arguments[3]) == SERIES_OK);
  series_destroy(model);
  free(x);
  free(y);
}

static void predict(char **arguments) {
  size_t count;
  float *x = readNumbers(arguments[1], &count);
  const size_t samples = count / SERIES_INPUT_ELEMENTS;
  float *output = (float *)malloc(samples * SERIES_OUTPUT_ELEMENTS * sizeof(float));
  series *model;
  series_options options;
  memset(&options, 0, sizeof options);
  options.threads = (size_t)atoi(arguments[3]);
  CHECK(series_create(&model, &options) == SERIES_OK && series_load(model, arguments[0]) == SERIES_OK);
  CHECK(series_predict(model, x, samples, output) == SERIES_OK);
  FILE *file = fopen(arguments[2], "wb");
  CHECK(file && fwrite(output, sizeof(float), samples * SERIES_OUTPUT_ELEMENTS, file) == samples * SERIES_OUTPUT_ELEMENTS);
  CHECK(fclose(file) == 0);
  series_destroy(model);
  free(x);
  free(output);
}

int main(int count, char **arguments) {
  CHECK(count == 6);
  if (strcmp(arguments[1], "train") == 0)
    train(arguments + 2);
  else
    predict(arguments + 2);
  return 0;
}
