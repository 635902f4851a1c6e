/* Both libraries loaded at run time, by nothing but their names. */
#include "series.h"
#include "two_inputs.h"

#include "check.h"
#include <dlfcn.h>
#include <string.h>

/* C has no pointer to a function in a void *. */
static void find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  CHECK(symbol);
  memcpy(function, &symbol, sizeof symbol);
}

int main(int count, char **arguments) {
  CHECK(count == 3);
  void *first = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL), *second = dlopen(arguments[2], RTLD_NOW | RTLD_GLOBAL);
  CHECK(first && second);
  const series_info *(*seriesInfo)(void);
  const two_inputs_info *(*pairInfo)(void);
  series_status (*create)(series **, const series_options *);
  series_status (*predict)(series *, const float *, size_t, float *);
  void (*destroy)(series *);
  find(first, "series_get_info", &seriesInfo);
  find(first, "series_create", &create);
  find(first, "series_predict", &predict);
  find(first, "series_destroy", &destroy);
  find(second, "two_inputs_get_info", &pairInfo);
  CHECK(seriesInfo()->abi_version == SERIES_ABI_VERSION && strcmp(seriesInfo()->name, "Series") == 0);
  CHECK(strcmp(pairInfo()->name, "TwoInputs") == 0);
  series *model;
  float input[SERIES_INPUT_ELEMENTS] = {0}, output[SERIES_OUTPUT_ELEMENTS];
  CHECK(create(&model, NULL) == SERIES_OK && predict(model, input, 1, output) == SERIES_OK);
  destroy(model);
  CHECK(dlclose(first) == 0 && dlclose(second) == 0);
  puts("loaded and gone");
  return 0;
}
