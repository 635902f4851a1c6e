/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Running a model behind the C interface. Nothing here allocates but a memory that grows. */
#include "ModelParts.h"

#include "nncc/Runtime/Core/Schedule.h"
#include <math.h>

static const char *nameOf(nncc_entry_kind kind) {
  static const char *const names[] = {"predict", "evaluate", "train_step", "gradients", "gradients of the training mode"};
  return names[kind];
}

static nncc_status refuse(const nncc_model *model, const char *what) {
  nncc_message_append(model->message, "%s", what);
  return NNCC_ERROR_ARGUMENT;
}

/* Is there the entry, and memory for the batch? */
static nncc_status reserve(nncc_model *model, nncc_entry_kind kind, size_t batch) {
  nncc_instance *instance = model->instance;
  if (batch == 0)
    return refuse(model, "the batch is 0, must be 1 or more");
  nncc_status status = nncc_instance_entry(instance, kind) ? NNCC_OK : NNCC_ERROR_NO_ENTRY;
  if (status == NNCC_OK)
    status = batch <= INT64_MAX             ? nncc_reserve(instance, kind, (int64_t)batch)
             : instance->max_batch ? NNCC_ERROR_BATCH
                                            : NNCC_ERROR_MEMORY;
  if (status == NNCC_ERROR_NO_ENTRY)
    nncc_message_append(model->message, "the model was compiled without %s", nameOf(kind));
  else if (status == NNCC_ERROR_BATCH)
    nncc_message_append(model->message, "the batch is %zu, the instance has memory for %lld", batch, (long long)instance->max_batch);
  else if (status != NNCC_OK)
    nncc_message_append(model->message, "out of memory: a batch of %zu does not fit", batch);
  return status;
}

/* Everything before a run: checks, memory, the numbers that the arena begins with, inputs. */
static nncc_status prepare(nncc_model *model, nncc_entry_kind kind, const float *const *inputs, const float *labels, size_t batch) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK)
    return status;
  nncc_instance *instance = model->instance;
  const nncc_program *program = instance->program;
  if (!inputs)
    return refuse(model, "the inputs are NULL");
  for (int64_t i = 0; i < program->input_count; ++i)
    if (!inputs[i]) {
      nncc_message_append(model->message, "the input '%s' is NULL", program->inputs[i].name);
      return NNCC_ERROR_ARGUMENT;
    }
  status = reserve(model, kind, batch);
  if (status != NNCC_OK)
    return status;
  const nncc_entry *entry = nncc_instance_entry(instance, kind);
  const int64_t samples = (int64_t)batch;
  const int takesLabels = nncc_region_elements(&entry->target, samples) > 0;
  if (takesLabels && !labels)
    return refuse(model, "the labels are NULL");
  nncc_scalars *scalars = nncc_instance_scalars(instance);
  *scalars = (nncc_scalars){.seed = model->seed};
  for (int64_t i = 0; i < program->input_count; ++i)
    nncc_copy_in(instance, &entry->inputs[i], samples, inputs[i]);
  if (takesLabels)
    nncc_copy_in(instance, &entry->target, samples, labels);
  return NNCC_OK;
}

/* Everything behind a run that went well. */
static void takeOut(const nncc_model *model, const nncc_region *region, size_t batch, float *values) {
  if (values && nncc_region_elements(region, (int64_t)batch) > 0)
    nncc_copy_out(model->instance, region, (int64_t)batch, values);
}

nncc_status nncc_model_predict(nncc_model *model, const float *const *inputs, size_t batch, float *output) {
  nncc_status status = prepare(model, NNCC_ENTRY_PREDICT, inputs, NULL, batch);
  if (status != NNCC_OK)
    return status;
  if (!output)
    return refuse(model, "the output is NULL");
  status = nncc_run(model->instance, NNCC_ENTRY_PREDICT, (int64_t)batch);
  if (status == NNCC_OK)
    takeOut(model, &nncc_instance_entry(model->instance, NNCC_ENTRY_PREDICT)->output, batch, output);
  return nncc_model_end(model, status);
}

nncc_status nncc_model_evaluate(nncc_model *model, const float *const *inputs, const float *labels, size_t batch, float *loss,
                                float *output) {
  nncc_status status = prepare(model, NNCC_ENTRY_EVALUATE, inputs, labels, batch);
  if (status != NNCC_OK)
    return status;
  status = nncc_run(model->instance, NNCC_ENTRY_EVALUATE, (int64_t)batch);
  if (status == NNCC_OK) {
    const nncc_entry *entry = nncc_instance_entry(model->instance, NNCC_ENTRY_EVALUATE);
    takeOut(model, &entry->loss, batch, loss);
    takeOut(model, &entry->output, batch, output);
  }
  return nncc_model_end(model, status);
}

static nncc_status rateOfNextStep(const nncc_model *model, double *rate) {
  return nncc_scheduled_rate(&model->instance->program->training.schedule, model->learning_rate, model->step, rate);
}

nncc_status nncc_model_train_step(nncc_model *model, const float *const *inputs, const float *labels, size_t batch, float *loss) {
  nncc_status status = prepare(model, NNCC_ENTRY_TRAIN_STEP, inputs, labels, batch);
  if (status != NNCC_OK)
    return status;
  double rate;
  status = rateOfNextStep(model, &rate);
  if (status != NNCC_OK) {
    nncc_message_append(model->message, "the learning rate schedule %s is not supported",
                        model->instance->program->training.schedule.name);
    return status;
  }
  nncc_scalars *scalars = nncc_instance_scalars(model->instance);
  scalars->step = model->step;
  scalars->learning_rate = (float)rate;
  status = nncc_run(model->instance, NNCC_ENTRY_TRAIN_STEP, (int64_t)batch);
  if (status == NNCC_OK) {
    ++model->step;
    takeOut(model, &nncc_instance_entry(model->instance, NNCC_ENTRY_TRAIN_STEP)->loss, batch, loss);
  }
  return nncc_model_end(model, status);
}

nncc_status nncc_model_gradients(nncc_model *model, const float *const *inputs, const float *output_gradient, size_t batch,
                                 float *output, float *const *input_gradients) {
  nncc_status status = prepare(model, NNCC_ENTRY_GRADIENTS, inputs, NULL, batch);
  if (status != NNCC_OK)
    return status;
  nncc_instance *instance = model->instance;
  const nncc_entry *entry = nncc_instance_entry(instance, NNCC_ENTRY_GRADIENTS);
  const int64_t samples = (int64_t)batch;
  if (output_gradient) {
    nncc_copy_in(instance, &entry->output_gradient, samples, output_gradient);
  } else {
    float *ones = nncc_region_data(instance, &entry->output_gradient, samples);
    for (int64_t i = 0; i < nncc_region_elements(&entry->output_gradient, samples); ++i)
      ones[i] = 1;
  }
  status = nncc_run(instance, NNCC_ENTRY_GRADIENTS, samples);
  if (status == NNCC_OK) {
    takeOut(model, &entry->output, batch, output);
    for (int64_t i = 0; input_gradients && i < instance->program->input_count; ++i)
      takeOut(model, &entry->input_gradients[i], batch, input_gradients[i]);
  }
  return nncc_model_end(model, status);
}

/* --- learning rate ---------------------------------------------------------------------------------------------------- */

float nncc_model_get_learning_rate(const nncc_model *model) {
  double rate = 0;
  if (model && model->instance->program->training.present)
    (void)rateOfNextStep(model, &rate);
  return (float)rate;
}

nncc_status nncc_model_set_learning_rate(nncc_model *model, float learning_rate) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK)
    return status;
  const nncc_training *training = &model->instance->program->training;
  if (!training->present || training->schedule.name) {
    nncc_message_append(model->message, training->present ? "the schedule %s sets the learning rate" : "the model has no train section",
                        training->schedule.name);
    return NNCC_ERROR_UNSUPPORTED;
  }
  if (!(learning_rate >= 0) || isinf(learning_rate))
    return refuse(model, "the learning rate must be a number from 0 on");
  model->learning_rate = learning_rate;
  return NNCC_OK;
}
