/* Which wave is in this series? */
#include "waves.h"
#include <stdio.h>

int main(void) {
  float series[WAVES_INPUT_ELEMENTS] = {0}, wave[WAVES_OUTPUT_ELEMENTS];
  waves *model;
  if (waves_create(&model, NULL) != WAVES_OK)
    return 1;
  if (waves_load(model, "waves.safetensors") == WAVES_OK && waves_predict(model, series, 1, wave) == WAVES_OK)
    printf("%.3f %.3f %.3f %.3f\n", wave[0], wave[1], wave[2], wave[3]);
  else
    fprintf(stderr, "%s\n", waves_last_error(model));
  waves_destroy(model);
  return 0;
}
