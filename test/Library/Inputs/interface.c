/* Every function of the interface once, and its errors. In C99. */
#include "series.h"

#include "check.h"
#include <math.h>
#include <string.h>

enum { batch = 4 };

static float input[batch * SERIES_INPUT_ELEMENTS], labels[batch] = {0, 1, 2, 1};

static series *newModel(uint64_t seed) {
  series *model;
  series_options options = {0};
  options.threads = 2;
  options.seed = seed;
  CHECK(series_create(&model, &options) == SERIES_OK);
  return model;
}

static void expectSameOutput(series *a, series *b, int isSame) {
  float first[batch * SERIES_OUTPUT_ELEMENTS], second[batch * SERIES_OUTPUT_ELEMENTS];
  CHECK(series_predict(a, input, batch, first) == SERIES_OK);
  CHECK(series_predict(b, input, batch, second) == SERIES_OK);
  CHECK((memcmp(first, second, sizeof first) == 0) == isSame);
}

static void checkFacts(void) {
  const series_info *info = series_get_info();
  CHECK(info->abi_version == SERIES_ABI_VERSION);
  CHECK(strcmp(info->name, "Series") == 0 && strncmp(info->compiler, "nncc ", 5) == 0 && info->cpu[0]);
  CHECK(info->input_count == 1 && strcmp(info->inputs[0].name, "series") == 0 && info->inputs[0].rank == 2);
  CHECK(info->inputs[0].extents[0] == 40 && info->inputs[0].extents[1] == 3);
  CHECK(info->inputs[0].elements == SERIES_INPUT_ELEMENTS && info->output.elements == SERIES_OUTPUT_ELEMENTS);
  CHECK(info->labels.rank == 0 && info->labels.elements == SERIES_LABEL_ELEMENTS);
  CHECK(info->parameter_elements == SERIES_PARAMETERS);
  size_t elements = 0, trainable = 0;
  for (size_t i = 0; i < info->parameter_count; ++i) {
    elements += info->parameters[i].elements;
    trainable += info->parameters[i].trainable ? info->parameters[i].elements : 0;
  }
  CHECK(elements == SERIES_PARAMETERS && trainable == info->trainable_elements && trainable < elements);
  CHECK(info->parameter_bytes >= 4 * elements && info->optimizer_bytes >= 12 * trainable);
  CHECK(info->predict.per_sample > 0 && info->train_step.fixed > 0 && info->embedded_weights == NULL && info->class_count == 0);
  CHECK(strcmp(series_status_string(SERIES_OK), "success") == 0);
  CHECK(strcmp(series_status_string(SERIES_ERROR_FORMAT), "a file is malformed") == 0);
}

static void checkArguments(void) {
  series *model = newModel(0);
  float output[batch * SERIES_OUTPUT_ELEMENTS], loss;
  CHECK(series_create(NULL, NULL) == SERIES_ERROR_ARGUMENT);
  CHECK(series_predict(NULL, input, batch, output) == SERIES_ERROR_ARGUMENT);
  CHECK(series_predict(model, NULL, batch, output) == SERIES_ERROR_ARGUMENT);
  CHECK(series_last_error(model)[0] && !series_last_error(NULL)[0]);
  CHECK(series_predict(model, input, batch, NULL) == SERIES_ERROR_ARGUMENT);
  CHECK(series_predict(model, input, 0, output) == SERIES_ERROR_ARGUMENT);
  CHECK(series_train_step(model, input, NULL, batch, &loss) == SERIES_ERROR_ARGUMENT);
  CHECK(series_evaluate(model, NULL, labels, batch, &loss, NULL) == SERIES_ERROR_ARGUMENT);
  CHECK(series_gradients(model, NULL, NULL, batch, NULL, NULL) == SERIES_ERROR_ARGUMENT);
  CHECK(series_load(model, NULL) == SERIES_ERROR_ARGUMENT && series_save(model, NULL) == SERIES_ERROR_ARGUMENT);
  CHECK(series_load_memory(model, NULL, 0) == SERIES_ERROR_ARGUMENT);
  CHECK(series_get_parameter(model, "no/such", output, 1) == SERIES_ERROR_ARGUMENT);
  CHECK(series_get_parameter(model, "dense/bias", output, 2) == SERIES_ERROR_ARGUMENT);
  CHECK(strstr(series_last_error(model), "dense/bias"));
  CHECK(series_set_learning_rate(model, -1) == SERIES_ERROR_ARGUMENT && series_set_learning_rate(model, NAN) == SERIES_ERROR_ARGUMENT);
  CHECK(series_predict(model, input, batch, output) == SERIES_OK && !series_last_error(model)[0]);
  series_destroy(model);
  series_destroy(NULL);

  series_options small = {0};
  small.max_batch = 2;
  CHECK(series_create(&model, &small) == SERIES_OK);
  CHECK(series_predict(model, input, 3, output) == SERIES_ERROR_BATCH && strstr(series_last_error(model), "3"));
  CHECK(series_predict(model, input, 2, output) == SERIES_OK);
  series_destroy(model);
}

/* `other`: the weights of another model. */
static void checkFiles(const char *folder, const char *other) {
  char path[4096];
  snprintf(path, sizeof path, "%s/saved.safetensors", folder);
  series *a = newModel(1), *b = newModel(2);
  expectSameOutput(a, b, 0);
  CHECK(series_save(a, path) == SERIES_OK && series_load(b, path) == SERIES_OK);
  expectSameOutput(a, b, 1);

  size_t size = 0, again = 0;
  CHECK(series_save_memory(a, NULL, 0, &size) == SERIES_ERROR_ARGUMENT && size > 4 * SERIES_PARAMETERS);
  void *bytes = malloc(size);
  CHECK(series_save_memory(a, bytes, size, &again) == SERIES_OK && again == size);
  series *c = newModel(3);
  CHECK(series_load_memory(c, bytes, size) == SERIES_OK);
  expectSameOutput(a, c, 1);

  /* After an error all is as it was. */
  CHECK(series_load_memory(b, bytes, size - 1) == SERIES_ERROR_FORMAT && series_last_error(b)[0]);
  CHECK(series_load(b, "/no/such/file") == SERIES_ERROR_OPEN && strstr(series_last_error(b), "/no/such/file"));
  CHECK(series_save(b, "/no/such/folder/file") == SERIES_ERROR_WRITE && strstr(series_last_error(b), "/no/such/folder"));
  CHECK(series_load(b, other) == SERIES_ERROR_MISMATCH);
  CHECK(strstr(series_last_error(b), "dense/kernel") && strstr(series_last_error(b), "conv1d/kernel"));
  expectSameOutput(a, b, 1);

  float bias[3] = {1, 2, 3}, read[3];
  CHECK(series_set_parameter(b, "dense/bias", bias, 3) == SERIES_OK);
  CHECK(series_get_parameter(b, "dense/bias", read, 3) == SERIES_OK && memcmp(bias, read, sizeof bias) == 0);
  expectSameOutput(a, b, 0);
  free(bytes);
  series_destroy(a);
  series_destroy(b);
  series_destroy(c);
}

static void checkTraining(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/state.safetensors", folder);
  series *a = newModel(5), *b = newModel(5), *c = newModel(6);
  float first, loss, evaluated, output[batch * SERIES_OUTPUT_ELEMENTS], predicted[batch * SERIES_OUTPUT_ELEMENTS];
  CHECK(series_train_step(a, input, labels, batch, &first) == SERIES_OK && first > 0);
  for (int step = 0; step < 40; ++step)
    CHECK(series_train_step(a, input, labels, batch, step % 2 ? &loss : NULL) == SERIES_OK);
  CHECK(loss < first);
  CHECK(series_evaluate(a, input, labels, batch, &evaluated, output) == SERIES_OK && evaluated > 0);
  CHECK(series_evaluate(a, input, labels, batch, NULL, NULL) == SERIES_OK);
  CHECK(series_predict(a, input, batch, predicted) == SERIES_OK);
  CHECK(memcmp(output, predicted, sizeof output) == 0);

  /* What goes on from a saved state goes on to the same bits, whatever the instance was before. */
  CHECK(series_get_learning_rate(a) == 0.01f && series_set_learning_rate(a, 0.005f) == SERIES_OK);
  CHECK(series_get_learning_rate(a) == 0.005f);
  CHECK(series_save_state(a, path) == SERIES_OK && series_load_state(c, path) == SERIES_OK);
  CHECK(series_get_learning_rate(c) == 0.005f);
  for (int step = 0; step < 5; ++step)
    CHECK(series_train_step(a, input, labels, batch, NULL) == SERIES_OK &&
          series_train_step(c, input, labels, batch, NULL) == SERIES_OK);
  expectSameOutput(a, c, 1);
  expectSameOutput(a, b, 0);
  series_destroy(a);
  series_destroy(b);
  series_destroy(c);
}

static void checkGradients(void) {
  series *model = newModel(8);
  float weight[SERIES_OUTPUT_ELEMENTS] = {1, 0, 0}, output[SERIES_OUTPUT_ELEMENTS], other[SERIES_OUTPUT_ELEMENTS];
  float gradient[SERIES_INPUT_ELEMENTS], moved[SERIES_INPUT_ELEMENTS];
  CHECK(series_gradients(model, input, weight, 1, output, gradient) == SERIES_OK);
  /* One step up the gradient: the output grows by its squared length. */
  const float step = 1e-2f;
  double squares = 0;
  for (int i = 0; i < SERIES_INPUT_ELEMENTS; ++i) {
    squares += (double)gradient[i] * gradient[i];
    moved[i] = input[i] + step * gradient[i];
  }
  CHECK(series_predict(model, moved, 1, other) == SERIES_OK);
  CHECK(squares > 1e-4 && fabs((other[0] - output[0]) / (step * squares) - 1) < 0.05);
  /* A softmax sums to 1, so the sum of the output has no gradient. */
  CHECK(series_gradients(model, input, NULL, 1, NULL, gradient) == SERIES_OK);
  for (int i = 0; i < SERIES_INPUT_ELEMENTS; ++i)
    CHECK(fabsf(gradient[i]) < 1e-6f);
  CHECK(series_gradients(model, input, NULL, 1, output, NULL) == SERIES_OK);
  series_destroy(model);
}

int main(int count, char **arguments) {
  CHECK(count == 3);
  fillWithNumbers(input, batch * SERIES_INPUT_ELEMENTS, 1);
  checkFacts();
  checkArguments();
  checkFiles(arguments[1], arguments[2]);
  checkTraining(arguments[1]);
  checkGradients();
  puts("all of it works");
  return 0;
}
