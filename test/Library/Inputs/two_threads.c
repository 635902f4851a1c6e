/* Two instances in two threads at the same time, each with threads of its own: the bits of one after the other. */
#include "series.h"

#include "check.h"
#include <pthread.h>
#include <string.h>

enum { batch = 48, steps = 6 };

static float input[batch * SERIES_INPUT_ELEMENTS], labels[batch];

static void *work(void *output) {
  series *model;
  series_options options;
  memset(&options, 0, sizeof options);
  options.threads = 2;
  CHECK(series_create(&model, &options) == SERIES_OK);
  for (int step = 0; step < steps; ++step) {
    float loss;
    CHECK(series_train_step(model, input, labels, batch, &loss) == SERIES_OK);
    CHECK(series_predict(model, input, batch, (float *)output) == SERIES_OK);
  }
  CHECK(series_predict(model, NULL, batch, (float *)output) == SERIES_ERROR_ARGUMENT && series_last_error(model)[0]);
  series_destroy(model);
  return NULL;
}

int main(void) {
  static float output[3][batch * SERIES_OUTPUT_ELEMENTS];
  fillWithNumbers(input, batch * SERIES_INPUT_ELEMENTS, 1);
  work(output[2]);
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i)
    CHECK(pthread_create(&threads[i], NULL, work, output[i]) == 0);
  for (int i = 0; i < 2; ++i)
    CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(memcmp(output[0], output[2], sizeof output[0]) == 0 && memcmp(output[1], output[2], sizeof output[0]) == 0);
  puts("side by side");
  return 0;
}
