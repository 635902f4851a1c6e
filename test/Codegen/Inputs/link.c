/* Prints what the model makes of a sample; with a file of such numbers: whether they are the same but for the rounding. */
#include "linked.h"

#include <math.h>
#include <stdio.h>

int main(int argc, char **argv) {
  float input[LINKED_INPUT_ELEMENTS], output[LINKED_OUTPUT_ELEMENTS];
  for (int i = 0; i < LINKED_INPUT_ELEMENTS; ++i)
    input[i] = (float)(i % 7) - 3.0f;
  linked_options options = {0};
  options.threads = 1;
  options.seed = 7;
  linked *model = NULL;
  linked_status status = linked_create(&model, &options);
  if (status == LINKED_OK)
    status = linked_predict(model, input, 1, output);
  linked_destroy(model);
  if (status != LINKED_OK) {
    puts(linked_status_string(status));
    return 1;
  }
  if (argc < 2) {
    for (int i = 0; i < LINKED_OUTPUT_ELEMENTS; ++i)
      printf("%.9g\n", output[i]);
    return 0;
  }
  FILE *file = fopen(argv[1], "r");
  for (int i = 0; i < LINKED_OUTPUT_ELEMENTS; ++i) {
    float expected;
    if (!file || fscanf(file, "%f", &expected) != 1 || !(fabsf(output[i] - expected) < 1e-6f)) {
      printf("output %d is %.9g\n", i, output[i]);
      return 1;
    }
  }
  fclose(file);
  puts("the same");
  return 0;
}
