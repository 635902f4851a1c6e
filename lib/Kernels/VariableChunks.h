// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_VARIABLECHUNKS_H
#define NNCC_LIB_KERNELS_VARIABLECHUNKS_H

#include "nncc/Kernels/Emit.h"

namespace nncc::kernels {

/// The trainable variables' places in a flat buffer, or other ranges of it, cut into chunks that do not cross them: the
/// units of steps that treat variables differently.
class VariableChunks {
public:
  /// In floats, multiples of 16.
  struct Range {
    int64_t offset, floats;
  };

  /// Of the trainable variables of a module.
  explicit VariableChunks(mlir::ModuleOp module);
  /// Of ranges, in chunks of `size` floats.
  VariableChunks(llvm::ArrayRef<Range> ranges, int64_t size);

  int64_t count() const { return total; }
  int64_t variableCount() const { return static_cast<int64_t>(variables.size()); }
  int64_t floats() const; ///< of all ranges

  /// All are index values.
  struct Chunk {
    mlir::Value variable;      ///< its number
    mlir::Value first, chunks; ///< the variable's first chunk, and how many it has
    mlir::Value from, to;      ///< floats of the chunk, whole vectors: padding is included
  };
  /// The chunk of a unit.
  Chunk find(Emit &emit, mlir::Value unit) const;

private:
  void add(Range range);

  struct Variable {
    int64_t offset, floats, firstChunk, chunks;
  };
  llvm::SmallVector<Variable> variables;
  int64_t size;
  int64_t total = 0;
};

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_VARIABLECHUNKS_H
