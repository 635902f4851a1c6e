// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_ANALYSIS_LAYERDETAIL_H
#define NNCC_LIB_ANALYSIS_LAYERDETAIL_H

#include "mlir/IR/Operation.h"

#include <string>

namespace nncc::analysis {

/// Adds what a drawing says about an op of a layer, in a few words: window, strides, activation, rate ("3×3 /2 relu").
void addDetail(mlir::Operation *op, std::string &detail);

/// "126 × 126 × 32"; "scalar" without extents.
std::string formatExtents(llvm::ArrayRef<int64_t> extents, llvm::StringRef between);

} // namespace nncc::analysis

#endif // NNCC_LIB_ANALYSIS_LAYERDETAIL_H
