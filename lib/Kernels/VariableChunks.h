// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_VARIABLECHUNKS_H
#define NNCC_LIB_KERNELS_VARIABLECHUNKS_H

#include "nncc/Kernels/Emit.h"

namespace nncc::kernels {

/// The trainable variables' places in a flat buffer, cut into chunks that do not cross variables: the units of steps that
/// treat variables differently.
class VariableChunks {
public:
  /// Floats of a chunk: a unit's cost is large against the search for its variable, which is a select a variable.
  static constexpr int64_t kSize = 1 << 15;

  /// Of the variables of a module.
  explicit VariableChunks(mlir::ModuleOp module);

  int64_t count() const { return total; }
  int64_t variableCount() const { return static_cast<int64_t>(variables.size()); }

  /// All are index values.
  struct Chunk {
    mlir::Value variable;      ///< its number
    mlir::Value first, chunks; ///< the variable's first chunk, and how many it has
    mlir::Value from, to;      ///< floats of the chunk, whole vectors: padding is included
  };
  /// The chunk of a unit.
  Chunk find(Emit &emit, mlir::Value unit) const;

private:
  struct Variable {
    int64_t offset, floats, firstChunk;
  };
  llvm::SmallVector<Variable> variables;
  int64_t total = 0;
};

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_VARIABLECHUNKS_H
