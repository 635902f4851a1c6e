/* Two models in one program, and each of them twice: none disturbs another. */
#include "series.h"
#include "two_inputs.h"

#include "check.h"
#include <string.h>

enum { batch = 4 };

int main(void) {
  static float x[batch * SERIES_INPUT_ELEMENTS], y[batch] = {0, 1, 2, 0};
  static float numbers[batch * TWO_INPUTS_INPUT_DOUBLE_INPUT_ELEMENTS], image[batch * TWO_INPUTS_INPUT_IMAGE_ELEMENTS];
  static float targets[batch * TWO_INPUTS_LABEL_ELEMENTS];
  float before[batch * SERIES_OUTPUT_ELEMENTS], after[batch * SERIES_OUTPUT_ELEMENTS], output[batch * TWO_INPUTS_OUTPUT_ELEMENTS];
  fillWithNumbers(x, batch * SERIES_INPUT_ELEMENTS, 1);
  fillWithNumbers(numbers, batch * TWO_INPUTS_INPUT_DOUBLE_INPUT_ELEMENTS, 2);
  fillWithNumbers(image, batch * TWO_INPUTS_INPUT_IMAGE_ELEMENTS, 3);
  fillWithNumbers(targets, batch * TWO_INPUTS_LABEL_ELEMENTS, 4);

  series *a, *b;
  two_inputs *p, *q;
  CHECK(series_create(&a, NULL) == SERIES_OK && series_create(&b, NULL) == SERIES_OK);
  CHECK(two_inputs_create(&p, NULL) == TWO_INPUTS_OK && two_inputs_create(&q, NULL) == TWO_INPUTS_OK);
  CHECK(series_predict(a, x, batch, before) == SERIES_OK);
  float first, last;
  CHECK(two_inputs_train_step(p, numbers, image, targets, batch, &first) == TWO_INPUTS_OK);
  for (int step = 0; step < 20; ++step) {
    CHECK(series_train_step(b, x, y, batch, NULL) == SERIES_OK);
    CHECK(two_inputs_train_step(p, numbers, image, targets, batch, &last) == TWO_INPUTS_OK);
  }
  CHECK(last < first);
  CHECK(series_predict(a, x, batch, after) == SERIES_OK && memcmp(before, after, sizeof before) == 0);
  CHECK(series_predict(b, x, batch, after) == SERIES_OK && memcmp(before, after, sizeof before) != 0);

  /* A schedule sets the learning rate: halved every ten steps. */
  CHECK(two_inputs_get_learning_rate(p) < 0.03f && two_inputs_get_learning_rate(q) == 0.1f);
  CHECK(two_inputs_set_learning_rate(p, 0.1f) == TWO_INPUTS_ERROR_UNSUPPORTED && two_inputs_last_error(p)[0]);

  /* Of several inputs each has a gradient, or none that is asked for. */
  float numbersGradient[batch * TWO_INPUTS_INPUT_DOUBLE_INPUT_ELEMENTS] = {0};
  CHECK(two_inputs_gradients(q, numbers, image, NULL, batch, output, numbersGradient, NULL) == TWO_INPUTS_OK);
  CHECK(numbersGradient[0] != 0);
  CHECK(two_inputs_predict(q, numbers, NULL, batch, output) == TWO_INPUTS_ERROR_ARGUMENT);
  const two_inputs_info *info = two_inputs_get_info();
  CHECK(info->input_count == 2 && strcmp(info->inputs[0].name, "double") == 0 && strcmp(info->inputs[1].name, "image") == 0);
  CHECK(info->inputs[1].rank == 3 && info->labels.rank == 1 && info->labels.extents[0] == 2);
  series_destroy(a);
  series_destroy(b);
  two_inputs_destroy(p);
  two_inputs_destroy(q);
  puts("they get along");
  return 0;
}
