/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The training state of a model behind the C interface: a weights file that is also a checkpoint (Weights.h). What `nncc --checkpoint`
 * writes has all of this and more; what is written here lacks the data and callbacks that `nncc --resume` goes on with.
 */
#include "ModelParts.h"
#include "WeightsParts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char stepKey[] = NNCC_CHECKPOINT_STATE "step", rateKey[] = NNCC_CHECKPOINT_STATE "learning_rate";
static const char modelKey[] = NNCC_CHECKPOINT_SETTING "model", seedKey[] = NNCC_CHECKPOINT_SETTING "seed";

/* --- numbers as text ---------------------------------------------------------------------------------------------------- */

/* Decimal digits alone, not more than `most`. */
static int readCount(const char *text, uint64_t most, uint64_t *value) {
  *value = 0;
  const char *s = text;
  for (; s && *s >= '0' && *s <= '9'; ++s)
    if (__builtin_mul_overflow(*value, (uint64_t)10, value) || __builtin_add_overflow(*value, (uint64_t)(*s - '0'), value))
      return 0;
  return s && s != text && !*s && *value <= most;
}

/* printf's %a of a number from 0 on, whatever the program's locale takes for a decimal point. */
static void writeReal(double value, char text[32]) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t fraction = bits & 0xfffffffffffffull;
  int exponent = (int)(bits >> 52 & 0x7ff), digits = 13;
  for (; digits && !(fraction & 15); --digits)
    fraction >>= 4;
  int end = snprintf(text, 32, "0x%d", exponent ? 1 : 0);
  if (digits)
    end += snprintf(text + end, 32 - (size_t)end, ".%0*llx", digits, (unsigned long long)fraction);
  snprintf(text + end, 32 - (size_t)end, "p%+d", exponent ? exponent - 1023 : fraction ? -1022 : 0);
}

static int hexadecimalDigit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The other way round. */
static int readReal(const char *text, double *value) {
  if (!text || text[0] != '0' || text[1] != 'x')
    return 0;
  const char *s = text + 2;
  uint64_t mantissa = 0;
  int digits = 0, behindPoint = 0, isBehind = 0;
  for (; *s && *s != 'p'; ++s) {
    int digit = hexadecimalDigit(*s);
    if (*s == '.' && !isBehind) {
      isBehind = 1;
      continue;
    }
    if (digit < 0 || ++digits > 15)
      return 0;
    mantissa = mantissa << 4 | (uint64_t)digit;
    behindPoint += isBehind;
  }
  if (!digits || s[0] != 'p' || (s[1] != '+' && s[1] != '-'))
    return 0;
  uint64_t exponent;
  if (!readCount(s + 2, 2000, &exponent))
    return 0;
  *value = ldexp((double)mantissa, (s[1] == '-' ? -(int)exponent : (int)exponent) - 4 * behindPoint);
  return isfinite(*value);
}

/* --- names -------------------------------------------------------------------------------------------------------------- */

/* Bytes that are enough for a slot's name of the variable. */
static size_t slotNameBytes(const nncc_variable *variable) { return sizeof NNCC_CHECKPOINT_OPTIMIZER + 24 + strlen(variable->path); }

/* "checkpoint/optimizer/0/conv2d/kernel". */
static void writeSlotName(char *text, int64_t slot, const nncc_variable *variable) {
  snprintf(text, slotNameBytes(variable), NNCC_CHECKPOINT_OPTIMIZER "%lld/%s", (long long)slot, variable->path);
}

/* "Series, hash 0123456789abcdef", to be freed; NULL: no memory. */
static char *describeModel(const nncc_program *program) {
  size_t bytes = sizeof NNCC_CHECKPOINT_MODEL + 16 + strlen(program->name);
  char *text = malloc(bytes);
  if (text)
    snprintf(text, bytes, NNCC_CHECKPOINT_MODEL, program->name, (unsigned long long)program->model_hash);
  return text;
}

/* One of the optimizer's numbers for each of a variable's. */
static float *slotValues(const nncc_program *program, float *state, int64_t slot, const nncc_variable *variable) {
  return state + slot * program->trainable_floats + variable->offset;
}

/* Memory for all slots' names, NULL where there is none. */
static char *allocateNames(const nncc_program *program) {
  size_t bytes = 1;
  for (int64_t i = 0; i < program->variable_count; ++i)
    bytes += slotNameBytes(&program->variables[i]) * (size_t)program->optimizer_slots;
  return malloc(bytes);
}

static nncc_status begin(const nncc_model *model, const char *path) {
  nncc_status status = nncc_model_begin(model);
  if (status != NNCC_OK || path == NULL)
    return status != NNCC_OK ? status : nncc_model_end(model, NNCC_ERROR_ARGUMENT);
  if (model->instance->program->entries[NNCC_ENTRY_TRAIN_STEP])
    return NNCC_OK;
  nncc_message_append(model->message, "the model was compiled without train_step: it has no training state");
  return NNCC_ERROR_NO_ENTRY;
}

/* --- saving ------------------------------------------------------------------------------------------------------------- */

static nncc_status writeState(const nncc_model *model, const char *path, nncc_saved_tensor *tensors, char *names,
                              const char *modelName, const char *classes) {
  const nncc_program *program = model->instance->program;
  int64_t count = 0;
  for (int64_t i = 0; i < program->variable_count; ++i) {
    const nncc_variable *v = &program->variables[i];
    tensors[count++] = (nncc_saved_tensor){v->path, v->rank, v->extents, v->elements, model->instance->parameters + v->offset};
    for (int64_t slot = 0; v->trainable && slot < program->optimizer_slots; ++slot) {
      const float *values = slotValues(program, model->instance->state, slot, v);
      tensors[count++] = (nncc_saved_tensor){names, v->rank, v->extents, v->elements, values};
      writeSlotName(names, slot, v);
      names += slotNameBytes(v);
    }
  }
  char step[24], seed[24], rate[32];
  snprintf(step, sizeof step, "%lld", (long long)model->step);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)model->seed);
  writeReal(model->learning_rate, rate);
  const nncc_metadata metadata[] = {{NNCC_CHECKPOINT_KEY, NNCC_CHECKPOINT_VERSION}, {modelKey, modelName}, {seedKey, seed},
                                    {rateKey, rate}, {stepKey, step}, {NNCC_CLASSES_KEY, classes}};
  const nncc_saved_file saved = {tensors, count, metadata, classes ? 6 : 5};
  return nncc_safetensors_save(&saved, path, model->message);
}

nncc_status nncc_model_save_state(const nncc_model *model, const char *path) {
  nncc_status status = begin(model, path);
  if (status != NNCC_OK)
    return status;
  const nncc_instance *instance = model->instance;
  const nncc_program *program = instance->program;
  nncc_saved_tensor *tensors = calloc((size_t)(program->variable_count * (1 + program->optimizer_slots)) + 1, sizeof *tensors);
  char *names = allocateNames(program), *modelName = describeModel(program);
  char *classes = instance->class_count ? nncc_classes_to_json(instance->classes, instance->class_count) : NULL;
  if (!tensors || !names || !modelName || (instance->class_count && !classes))
    status = NNCC_ERROR_MEMORY;
  else
    status = writeState(model, path, tensors, names, modelName, classes);
  free(tensors);
  free(names);
  free(modelName);
  free(classes);
  return nncc_model_end(model, status);
}

/* --- loading ------------------------------------------------------------------------------------------------------------ */

/* What is read before anything changes. */
typedef struct loaded {
  uint64_t seed, step;
  double learning_rate;
  float *parameters, *state; /* as the instance's */
  char *name;                /* memory for one */
  char **classes;
  int64_t class_count;
} loaded;

static nncc_status lacks(const nncc_safetensors *file, const char *what, nncc_message *message) {
  nncc_message_append(message, "'%s' is no training state of this model: it lacks a valid '%s'", file->path, what);
  return NNCC_ERROR_MISMATCH;
}

static nncc_status checkModel(const nncc_program *program, const nncc_safetensors *file, nncc_message *message) {
  const char *found = nncc_safetensors_metadata(file, modelKey);
  char *expected = describeModel(program);
  if (!expected)
    return NNCC_ERROR_MEMORY;
  nncc_status status = NNCC_OK;
  if (!found)
    status = lacks(file, modelKey, message);
  else if (strcmp(found, expected) != 0) {
    nncc_message_append(message, "'%s' is the training state of another model: expected %s, found %s", file->path, expected, found);
    status = NNCC_ERROR_MISMATCH;
  }
  free(expected);
  return status;
}

static nncc_status readNumbers(const nncc_safetensors *file, loaded *to, nncc_message *message) {
  const char *version = nncc_safetensors_metadata(file, NNCC_CHECKPOINT_KEY);
  if (!version || strcmp(version, NNCC_CHECKPOINT_VERSION) != 0)
    return lacks(file, NNCC_CHECKPOINT_KEY, message);
  if (!readCount(nncc_safetensors_metadata(file, seedKey), UINT64_MAX, &to->seed))
    return lacks(file, seedKey, message);
  if (!readCount(nncc_safetensors_metadata(file, stepKey), INT64_MAX - 1, &to->step))
    return lacks(file, stepKey, message);
  return readReal(nncc_safetensors_metadata(file, rateKey), &to->learning_rate) ? NNCC_OK : lacks(file, rateKey, message);
}

static nncc_status readVariable(const nncc_program *program, nncc_safetensors *file, const nncc_variable *v, loaded *to,
                                nncc_message *message) {
  nncc_status status = nncc_safetensors_read(file, nncc_safetensors_find(file, v->path), to->parameters + v->offset, message);
  for (int64_t slot = 0; v->trainable && slot < program->optimizer_slots && status == NNCC_OK; ++slot) {
    writeSlotName(to->name, slot, v);
    const nncc_stored_tensor *tensor = nncc_safetensors_find(file, to->name);
    status = nncc_weights_fit(v, tensor) ? nncc_safetensors_read(file, tensor, slotValues(program, to->state, slot, v), message)
                                         : lacks(file, to->name, message);
  }
  return status;
}

/* Copies of the instance's numbers, padding included, of which the file's replace most. */
static int allocate(loaded *to, const nncc_instance *instance) {
  const nncc_program *program = instance->program;
  const size_t parameters = (size_t)program->parameter_floats * sizeof(float);
  const size_t state = (size_t)(program->optimizer_slots * program->trainable_floats) * sizeof(float);
  to->parameters = malloc(parameters + 1);
  to->state = malloc(state + 1);
  to->name = allocateNames(program);
  if (!to->parameters || !to->state || !to->name)
    return 0;
  memcpy(to->parameters, instance->parameters, parameters);
  memcpy(to->state, instance->state, state);
  return 1;
}

/* Everything that can go wrong. */
static nncc_status readState(const nncc_instance *instance, nncc_safetensors *file, loaded *to, nncc_message *message) {
  const nncc_program *program = instance->program;
  nncc_status status = readNumbers(file, to, message);
  if (status == NNCC_OK)
    status = checkModel(program, file, message);
  if (status == NNCC_OK)
    status = nncc_weights_compare(program, file, message);
  if (status == NNCC_OK && !allocate(to, instance))
    status = NNCC_ERROR_MEMORY;
  for (int64_t i = 0; i < program->variable_count && status == NNCC_OK; ++i)
    status = readVariable(program, file, &program->variables[i], to, message);
  if (status == NNCC_OK)
    status = nncc_classes_from_json(nncc_safetensors_metadata(file, NNCC_CLASSES_KEY), &to->classes, &to->class_count);
  return status;
}

static void take(nncc_model *model, loaded *from) {
  nncc_instance *instance = model->instance;
  const nncc_program *program = instance->program;
  memcpy(instance->parameters, from->parameters, (size_t)program->parameter_floats * sizeof(float));
  memcpy(instance->state, from->state, (size_t)(program->optimizer_slots * program->trainable_floats) * sizeof(float));
  nncc_instance_parameters_changed(instance);
  if (from->classes)
    nncc_instance_take_classes(instance, from->classes, from->class_count);
  model->seed = from->seed;
  model->step = (int64_t)from->step;
  model->learning_rate = from->learning_rate;
}

nncc_status nncc_model_load_state(nncc_model *model, const char *path) {
  nncc_status status = begin(model, path);
  if (status != NNCC_OK)
    return status;
  nncc_safetensors *file;
  status = nncc_safetensors_open(path, &file, model->message);
  if (status != NNCC_OK)
    return nncc_model_end(model, status);
  loaded from = {0};
  status = readState(model->instance, file, &from, model->message);
  if (status == NNCC_OK)
    take(model, &from);
  free(from.parameters);
  free(from.state);
  free(from.name);
  nncc_safetensors_close(file);
  return nncc_model_end(model, status);
}
