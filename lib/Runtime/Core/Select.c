/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One model that was compiled for several CPUs: which program runs here. */
#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Core/Model.h"

#include <stdlib.h>
#include <string.h>

/* The names that NNCC_CPU may have. */
static void appendNames(const nncc_programs *programs, nncc_message *message) {
  for (int64_t i = 0; i < programs->count; ++i)
    nncc_message_append(message, "%s%s", i ? ", " : "", programs->programs[i]->cpu);
}

static nncc_status checkVersions(const nncc_programs *programs, nncc_message *message) {
  if (!programs || programs->count < 1)
    return NNCC_ERROR_ARGUMENT;
  for (int64_t i = 0; i < programs->count; ++i)
    if (programs->programs[i]->abi_version != NNCC_ABI_VERSION) {
      nncc_message_append(message, "the compiled model has ABI version %u, this runtime needs %u; compile it again",
                          programs->programs[i]->abi_version, NNCC_ABI_VERSION);
      return NNCC_ERROR_ABI;
    }
  return NNCC_OK;
}

static nncc_status selectNamed(const nncc_programs *programs, const char *name, const nncc_program **program,
                               nncc_message *message) {
  for (int64_t i = 0; i < programs->count; ++i) {
    if (strcmp(programs->programs[i]->cpu, name) != 0)
      continue;
    nncc_status status = nncc_cpu_check(programs->programs[i]->cpu_features, message);
    if (status == NNCC_OK) {
      *program = programs->programs[i];
      return NNCC_OK;
    }
    nncc_message_append(message, ", which the code for %s needs that NNCC_CPU asks for; there is code for ", name);
    appendNames(programs, message);
    return status;
  }
  nncc_message_append(message, "NNCC_CPU asks for '%.60s'; there is code for ", name);
  appendNames(programs, message);
  return NNCC_ERROR_CPU;
}

nncc_status nncc_select_program(const nncc_programs *programs, const nncc_program **program, nncc_message *message) {
  if (!program)
    return NNCC_ERROR_ARGUMENT;
  *program = NULL;
  nncc_status status = checkVersions(programs, message);
  if (status != NNCC_OK)
    return status;
  const char *name = getenv("NNCC_CPU");
  if (name && *name)
    return selectNamed(programs, name, program, message);
  for (int64_t i = 0; i < programs->count; ++i)
    if (nncc_cpu_check(programs->programs[i]->cpu_features, NULL) == NNCC_OK) {
      *program = programs->programs[i];
      return NNCC_OK;
    }
  /* What the least demanding one lacks. */
  nncc_cpu_check(programs->programs[programs->count - 1]->cpu_features, message);
  nncc_message_append(message, ", which the model was compiled for (");
  appendNames(programs, message);
  nncc_message_append(message, "); compile it for this one with -mcpu=");
  return NNCC_ERROR_CPU;
}

const nncc_info *nncc_model_get_info(const nncc_programs *programs) {
  const nncc_program *program;
  if (nncc_select_program(programs, &program, NULL) == NNCC_OK)
    return program->info;
  return programs && programs->count > 0 ? programs->programs[programs->count - 1]->info : NULL;
}
