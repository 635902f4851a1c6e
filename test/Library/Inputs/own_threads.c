/* The program's own threads do the work, and give the bits that the instance's own would give. */
#define _POSIX_C_SOURCE 200809L
#include "series.h"

#include "check.h"
#include <pthread.h>
#include <string.h>

enum { batch = 64 };

static unsigned calls, tasks;

struct piece {
  void (*task)(void *argument, size_t index);
  void *argument;
  size_t index;
};

static void *runPiece(void *pointer) {
  struct piece *piece = pointer;
  piece->task(piece->argument, piece->index);
  return NULL;
}

/* A thread for every index, in the reverse order. */
static void parallelFor(void *context, size_t count, void (*task)(void *argument, size_t index), void *argument) {
  CHECK(context == &calls && count > 0 && count <= 3);
  struct piece pieces[3];
  pthread_t threads[3];
  ++calls;
  tasks += (unsigned)count;
  for (size_t i = count; i-- > 0;) {
    pieces[i] = (struct piece){task, argument, i};
    CHECK(pthread_create(&threads[i], NULL, runPiece, &pieces[i]) == 0);
  }
  for (size_t i = 0; i < count; ++i)
    CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(void) {
  static float input[batch * SERIES_INPUT_ELEMENTS], labels[batch], output[2][batch * SERIES_OUTPUT_ELEMENTS];
  fillWithNumbers(input, batch * SERIES_INPUT_ELEMENTS, 1);
  series_options options = {.threads = 3, .parallel_for = parallelFor, .parallel_for_context = &calls};
  for (int own = 0; own < 2; ++own) {
    series *model;
    CHECK(series_create(&model, own ? &options : NULL) == SERIES_OK);
    for (int step = 0; step < 4; ++step)
      CHECK(series_train_step(model, input, labels, batch, NULL) == SERIES_OK);
    CHECK(series_predict(model, input, batch, output[own]) == SERIES_OK);
    series_destroy(model);
    CHECK(own ? calls > 4 && tasks > calls : calls == 0);
  }
  CHECK(memcmp(output[0], output[1], sizeof output[0]) == 0);
  puts("on borrowed threads");
  return 0;
}
