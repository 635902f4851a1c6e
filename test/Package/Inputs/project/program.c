#include "small.h"

#include <stdio.h>

int main(void) {
  float x[SMALL_INPUT_ELEMENTS] = {0}, output[SMALL_OUTPUT_ELEMENTS];
  small *model;
  small_status status = small_create(&model, NULL);
  if (status == SMALL_OK)
    status = small_predict(model, x, 1, output);
  small_destroy(model);
  printf("%s, %d probabilities\n", small_status_string(status), SMALL_OUTPUT_ELEMENTS);
  return status;
}
