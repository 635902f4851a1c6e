/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a new instance starts with: weights that were compiled in, or initial values. */
#include "nncc/Runtime/Core/Instance.h"

#include <string.h>

/* IEEE half precision; every value has an f32. */
static float fromHalf(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3ffu, bits;
  if (exponent == 31)
    bits = 0x7f800000u | fraction << 13;
  else if (exponent)
    bits = (exponent + 112) << 23 | fraction << 13;
  else { /* zero or a subnormal: fraction * 2^-24, which f32 has as a normal number */
    float value = (float)fraction * 0x1p-24f;
    memcpy(&bits, &value, sizeof bits);
  }
  bits |= sign;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float fromBfloat(uint16_t number) {
  uint32_t bits = (uint32_t)number << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

nncc_status nncc_instance_start(nncc_instance *instance, uint64_t seed, nncc_message *message) {
  const nncc_program *program = instance->program;
  const nncc_embedded *embedded = program->embedded;
  if (!embedded)
    return nncc_instance_initialize(instance, seed, message);
  nncc_instance_parameters_changed(instance);
  if (embedded->class_count > 0) {
    instance->classes = embedded->classes;
    instance->class_count = embedded->class_count;
  }
  const uint16_t *numbers = embedded->values;
  switch (embedded->storage) {
  case NNCC_STORAGE_F32:
    if (instance->parameters != embedded->values)
      memcpy(instance->parameters, embedded->values, (size_t)program->parameter_floats * sizeof(float));
    return NNCC_OK;
  case NNCC_STORAGE_BF16:
    for (int64_t i = 0; i < program->parameter_floats; ++i)
      instance->parameters[i] = fromBfloat(numbers[i]);
    return NNCC_OK;
  case NNCC_STORAGE_F16:
    for (int64_t i = 0; i < program->parameter_floats; ++i)
      instance->parameters[i] = fromHalf(numbers[i]);
    return NNCC_OK;
  default:
    nncc_message_append(message, "the compiled model's weights are stored as type %lld, which is unknown", (long long)embedded->storage);
    return NNCC_ERROR_ABI;
  }
}
