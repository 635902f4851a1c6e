/*
 * The form without an allocator: NAME_ARENA_BYTES is enough and not a sample more, nothing is allocated (the allocator's functions
 * are wrapped), and no system call is made: in seccomp's strict mode any but read, write and exit would kill.
 */
#define _GNU_SOURCE
#include "series.h"

#include "check.h"
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { batch = 3 };

static int allocations;
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void *__wrap_malloc(size_t bytes) { return ++allocations, __real_malloc(bytes); }
void *__wrap_calloc(size_t count, size_t bytes) { return ++allocations, __real_calloc(count, bytes); }
void *__wrap_realloc(void *block, size_t bytes) { return ++allocations, __real_realloc(block, bytes); }

static unsigned char arena[SERIES_ARENA_BYTES(batch) + 64];
static float input[(batch + 1) * SERIES_INPUT_ELEMENTS], labels[batch + 1], output[(batch + 1) * SERIES_OUTPUT_ELEMENTS];
static float gradient[batch * SERIES_INPUT_ELEMENTS];

/* All that runs, once for every batch that fits. */
static int runAll(series *model) {
  float loss;
  for (size_t count = 1; count <= batch; ++count)
    if (series_predict(model, input, count, output) != SERIES_OK ||
        series_train_step(model, input, labels, count, &loss) != SERIES_OK ||
        series_evaluate(model, input, labels, count, &loss, output) != SERIES_OK ||
        series_gradients(model, input, NULL, count, output, gradient) != SERIES_OK)
      return 1;
  return series_predict(model, input, batch + 1, output) != SERIES_ERROR_BATCH;
}

static void runWithoutSystemCalls(void) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    series *model;
    const int failed = series_init(&model, arena, SERIES_ARENA_BYTES(batch)) != SERIES_OK || runAll(model);
    series_destroy(model);
    syscall(SYS_exit, failed);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
  fillWithNumbers(input, batch * SERIES_INPUT_ELEMENTS, 1);
  series *model;
  /* At any alignment, and with what lies behind it left alone. */
  for (size_t shift = 0; shift < 64; ++shift) {
    memset(arena, 0xa5, sizeof arena);
    CHECK(series_init(&model, arena + shift, SERIES_ARENA_BYTES(batch)) == SERIES_OK);
    CHECK(runAll(model) == 0);
    for (size_t at = shift + SERIES_ARENA_BYTES(batch); at < sizeof arena; ++at)
      CHECK(arena[at] == 0xa5);
    for (size_t at = 0; at < shift; ++at)
      CHECK(arena[at] == 0xa5);
    series_destroy(model);
  }
  CHECK(allocations == 0);

  /* The bits are those of an instance that allocates. */
  series *other;
  float expected[batch * SERIES_OUTPUT_ELEMENTS];
  CHECK(series_init(&model, arena, sizeof arena) == SERIES_OK && series_create(&other, NULL) == SERIES_OK);
  CHECK(allocations > 0);
  for (int step = 0; step < 3; ++step)
    CHECK(series_train_step(model, input, labels, batch, NULL) == SERIES_OK &&
          series_train_step(other, input, labels, batch, NULL) == SERIES_OK);
  CHECK(series_predict(model, input, batch, output) == SERIES_OK && series_predict(other, input, batch, expected) == SERIES_OK);
  CHECK(memcmp(output, expected, sizeof expected) == 0);
  series_destroy(other);
  series_destroy(model);

  CHECK(series_init(&model, arena, SERIES_ARENA_BYTES(0)) == SERIES_ERROR_BATCH && model == NULL);
  CHECK(series_init(&model, arena, 10) == SERIES_ERROR_BATCH && series_init(&model, NULL, 10) == SERIES_ERROR_ARGUMENT);
  runWithoutSystemCalls();
  puts("without an allocator");
  return 0;
}
