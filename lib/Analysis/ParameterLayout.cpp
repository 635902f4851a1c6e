// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/ParameterLayout.h"

#include "nncc/Dialect/NN/Ops/Variable.h"

#include "llvm/Support/MathExtras.h"

namespace nncc::analysis {

const VariablePlace *ParameterLayout::lookup(llvm::StringRef path) const {
  auto found = positions.find(path);
  return found == positions.end() ? nullptr : &variables[found->second];
}

ParameterLayout ParameterLayout::of(mlir::ModuleOp module) {
  ParameterLayout layout;
  for (auto variable : module.getOps<nn::VariableOp>()) {
    mlir::RankedTensorType type = variable.getType();
    layout.positions[variable.getSymName()] = layout.variables.size();
    layout.variables.push_back({variable.getSymName(), 0, type.getNumElements(), variable.getTrainable(), type});
  }
  int64_t end = 0;
  for (bool trainable : {true, false}) {
    for (VariablePlace &place : layout.variables) {
      if (place.trainable != trainable)
        continue;
      place.offset = end;
      end += llvm::alignTo(place.elements, kVariableAlignment);
    }
    if (trainable)
      layout.trainableFloats = end;
  }
  layout.totalFloats = end;
  return layout;
}

} // namespace nncc::analysis
