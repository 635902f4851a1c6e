/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the files of nncc_model share. */
#ifndef NNCC_LIB_RUNTIME_CORE_MODELPARTS_H
#define NNCC_LIB_RUNTIME_CORE_MODELPARTS_H

#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Runtime/Core/Model.h"

enum { nncc_model_text_bytes = 1024 };

struct nncc_model {
  nncc_instance *instance;
  uint64_t seed;        /* of initial weights and dropout */
  int64_t step;         /* optimizer steps done */
  double learning_rate; /* a schedule does not look at it */
  nncc_message *message; /* of the last call, in `text`: also calls that change nothing else may fail */
  nncc_message storage;
  char text[nncc_model_text_bytes];
};

/* NNCC_ERROR_ARGUMENT for NULL. Forgets the last error. */
nncc_status nncc_model_begin(const nncc_model *model);
/* Makes sure that an error has a sentence. */
nncc_status nncc_model_end(const nncc_model *model, nncc_status status);

#endif /* NNCC_LIB_RUNTIME_CORE_MODELPARTS_H */
