// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `nncc data SRC [MODEL]`: what a data source holds.
#ifndef NNCC_RUNTIME_TRAIN_DATACOMMAND_H
#define NNCC_RUNTIME_TRAIN_DATACOMMAND_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Train/Options.h"

namespace nncc::runtime {

/// Describes `source` on standard output, with -o draws labelled samples into a PNG, with `benchmark` measures how fast it is read instead.
/// `model`: facts of a model that the source must fit, or nullptr. Returns the exit status; nothing is thrown.
int runDataCommand(const std::string &source, const nncc_program *model, const RunOptions &options, bool benchmark);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_DATACOMMAND_H
