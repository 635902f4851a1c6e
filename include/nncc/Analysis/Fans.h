// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_FANS_H
#define NNCC_ANALYSIS_FANS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace nncc::analysis {

/// Number of inputs and outputs of a unit, which scales the initial weights.
struct Fans {
  int64_t in;
  int64_t out;
};

/// From a variable's shape: a vector's extent is both; a kernel is [receptive field..., in, out].
/// Source: keras/initializers/initializers.py, compute_fans.
Fans computeFans(llvm::ArrayRef<int64_t> shape);

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_FANS_H
