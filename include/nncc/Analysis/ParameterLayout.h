// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_PARAMETERLAYOUT_H
#define NNCC_ANALYSIS_PARAMETERLAYOUT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

namespace nncc::analysis {

/// Where a variable lies in the flat parameter buffer.
struct VariablePlace {
  llvm::StringRef path; ///< "conv2d/kernel"; lives as long as the MLIR context
  int64_t offset;       ///< in floats, a multiple of kVariableAlignment
  int64_t elements;     ///< product of the extents
  bool trainable;
  mlir::RankedTensorType type;
};

/// Floats that a variable's place is aligned to: 64 bytes, a cache line and the widest vector.
inline constexpr int64_t kVariableAlignment = 16;

/// The layout of the parameter buffer: trainable variables first, then the others, both in the order of the module; the
/// gradients and each state slot of the optimizer have the layout of the trainable part. The one place that decides it.
struct ParameterLayout {
  llvm::SmallVector<VariablePlace> variables; ///< in the order of the module, which is Keras'
  int64_t trainableFloats = 0;                ///< length of the trainable part, padding included
  int64_t totalFloats = 0;                    ///< length of the buffer, padding included

  /// The place of a variable; null where there is none of that path.
  const VariablePlace *lookup(llvm::StringRef path) const;

  /// From the `nn.variable`s of a module.
  static ParameterLayout of(mlir::ModuleOp module);

private:
  llvm::StringMap<size_t> positions;
};

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_PARAMETERLAYOUT_H
