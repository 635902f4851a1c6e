/*
 * In the place of the generated header, where a test compiles the runtime itself (with a sanitizer): what two_threads.c uses of it,
 * calling the runtime as the library's wrappers do.
 */
#include "nncc/Runtime/Core/Model.h"

#define SERIES_INPUT_ELEMENTS 120
#define SERIES_OUTPUT_ELEMENTS 3
#define SERIES_OK NNCC_OK
#define SERIES_ERROR_ARGUMENT NNCC_ERROR_ARGUMENT

typedef nncc_model series;
typedef nncc_options series_options;

extern const nncc_programs nncc_programs_table;

static inline nncc_status series_create(series **model, const series_options *options) {
  return nncc_model_create(&nncc_programs_table, model, options);
}
static inline nncc_status series_predict(series *model, const float *input, size_t batch, float *output) {
  return nncc_model_predict(model, &input, batch, output);
}
static inline nncc_status series_train_step(series *model, const float *input, const float *labels, size_t batch, float *loss) {
  return nncc_model_train_step(model, &input, labels, batch, loss);
}
#define series_last_error nncc_model_last_error
#define series_destroy nncc_model_destroy
