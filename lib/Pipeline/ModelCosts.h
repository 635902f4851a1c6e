// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_PIPELINE_MODELCOSTS_H
#define NNCC_LIB_PIPELINE_MODELCOSTS_H

#include "nncc/Analysis/WideSummary.h"
#include "nncc/Codegen/Program.h"
#include "nncc/Kernels/EntryTable.h"

namespace nncc::pipeline {

/// A count that grows with the batch.
int64_t valueAt(planning::Affine affine, int64_t batch);

/// Memory of an entry of a program whose facts are `facts`. `trains`: the entry has gradients, and with `updates` an optimizer.
analysis::EntryMemory memoryOf(const kernels::EntryInfo &entry, const codegen::Program &facts, int64_t batch, bool trains,
                               bool updates);

/// What the layers and the whole model cost: `inference` is @predict, `training` is @train_step, or @gradients_training of a
/// model that has none.
analysis::ModelCosts collectCosts(const kernels::EntryInfo &inference, const kernels::EntryInfo &training,
                                  const codegen::Program &facts, int64_t batch);

} // namespace nncc::pipeline

#endif // NNCC_LIB_PIPELINE_MODELCOSTS_H
