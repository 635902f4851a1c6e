// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module's functions, shared out to several modules.
#include "SplitModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace nncc::codegen {

SmallVector<OwningOpRef<ModuleOp>> splitModule(ModuleOp module, unsigned parts) {
  // 1. What moves (functions that are seen from outside) and what is copied.
  struct Movable {
    LLVM::LLVMFuncOp function;
    size_t operations;
    size_t position; ///< in the source, to make the order one only
  };
  SmallVector<Movable> movable;
  SmallVector<Operation *> copied;
  llvm::StringSet<> movableNames;
  for (Operation &op : module.getOps()) {
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
        function && !function.isExternal() && function.getLinkage() == LLVM::Linkage::External) {
      size_t operations = 0;
      function.walk([&](Operation *) { ++operations; });
      movable.push_back({function, operations, movable.size()});
      movableNames.insert(function.getName());
      continue;
    }
    // A copy of something that can be written to would be another thing.
    if (auto global = dyn_cast<LLVM::GlobalOp>(op); global && !global.getConstant())
      return {};
    copied.push_back(&op);
  }
  parts = std::min<size_t>(parts, movable.size());
  if (parts < 2)
    return {};

  // 2. Functions that call each other stay together.
  bool dependent = module
                       .walk([&](Operation *op) {
                         FlatSymbolRefAttr symbol;
                         if (auto call = dyn_cast<LLVM::CallOp>(op))
                           symbol = call.getCalleeAttr();
                         else if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
                           symbol = address.getGlobalNameAttr();
                         return symbol && movableNames.contains(symbol.getValue()) ? WalkResult::interrupt()
                                                                                   : WalkResult::advance();
                       })
                       .wasInterrupted();
  if (dependent)
    return {};

  // 3. The largest first, each to the part that has the least so far.
  llvm::sort(movable, [](const Movable &a, const Movable &b) {
    return a.operations != b.operations ? a.operations > b.operations : a.position < b.position;
  });
  SmallVector<size_t> load(parts, 0);
  SmallVector<OwningOpRef<ModuleOp>> result;
  for (unsigned part = 1; part < parts; ++part) {
    result.push_back(ModuleOp::create(module.getLoc()));
    (*result.back())->setAttrs(module->getAttrDictionary());
  }
  for (Movable &item : movable) {
    size_t part = llvm::min_element(load) - load.begin();
    load[part] += item.operations;
    if (part > 0)
      item.function->moveBefore(result[part - 1]->getBody(), result[part - 1]->getBody()->end());
  }
  for (OwningOpRef<ModuleOp> &part : result)
    for (Operation *op : copied) {
      Operation *copy = op->clone();
      if (auto global = dyn_cast<LLVM::GlobalOp>(copy); global && global.getLinkage() == LLVM::Linkage::External)
        global.setLinkage(LLVM::Linkage::Internal);
      part->push_back(copy);
    }
  return result;
}

} // namespace nncc::codegen
