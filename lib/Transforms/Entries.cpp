// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Transforms/Entries.h"

using namespace mlir;

namespace nncc {

void forEachEntry(ModuleOp module, llvm::function_ref<void(func::FuncOp)> visit) {
  for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
    if (function.getName() != kModelName && !function.isExternal())
      visit(function);
}

BlockArgument findArgument(func::FuncOp function, llvm::StringRef name) {
  for (BlockArgument argument : function.getArguments())
    if (auto attr = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kArgumentNameAttrName))
      if (attr.getValue() == name)
        return argument;
  return {};
}

} // namespace nncc
