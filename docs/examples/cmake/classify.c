/* Which wave is this? */
#include "waves.h"

#include <stdio.h>

int main(void) {
  float series[WAVES_INPUT_ELEMENTS], probabilities[WAVES_OUTPUT_ELEMENTS];
  for (int i = 0; i < WAVES_INPUT_ELEMENTS; ++i)
    series[i] = i / 16 % 2 ? -1.0f : 1.0f; /* a square wave in both channels */

  waves *model;
  waves_status status = waves_create(&model, NULL);
  if (status == WAVES_OK)
    status = waves_predict(model, series, 1, probabilities);
  waves_destroy(model);
  if (status != WAVES_OK) {
    fprintf(stderr, "%s\n", waves_status_string(status));
    return 1;
  }
  for (int i = 0; i < WAVES_OUTPUT_ELEMENTS; ++i)
    printf("%-9s %.2f\n", waves_get_info()->classes[i], probabilities[i]);
  return 0;
}
