// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module's functions, shared out to several modules.
#include "SplitModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace nncc::codegen {

namespace {

/// Functions that stay together: one that is seen from outside, or several that call the same private function.
struct Group {
  SmallVector<Operation *> functions;
  size_t operations = 0;
  size_t position = 0; ///< in the source, to make the order one only
};

size_t countOperations(Operation *op) {
  size_t count = 0;
  op->walk([&](Operation *) { ++count; });
  return count;
}

} // namespace

unsigned partsOf(ModuleOp module) {
  constexpr size_t operationsOfPart = 10000;
  return std::clamp<size_t>(countOperations(module) / operationsOfPart, 1, 16);
}

SmallVector<OwningOpRef<ModuleOp>> splitModule(ModuleOp module, unsigned parts) {
  // 1. Functions move, everything else is copied.
  SmallVector<LLVM::LLVMFuncOp> functions;
  SmallVector<Operation *> copied;
  llvm::StringMap<size_t> numbers;
  for (Operation &op : module.getOps()) {
    if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op); function && !function.isExternal()) {
      numbers[function.getName()] = functions.size();
      functions.push_back(function);
      continue;
    }
    // A copy of something that can be written to would be another thing.
    if (auto global = dyn_cast<LLVM::GlobalOp>(op); global && !global.getConstant())
      return {};
    copied.push_back(&op);
  }

  // 2. Who calls whom stays together.
  llvm::EquivalenceClasses<size_t> together;
  for (size_t number = 0; number < functions.size(); ++number) {
    together.insert(number);
    functions[number].walk([&](Operation *op) {
      FlatSymbolRefAttr symbol;
      if (auto call = dyn_cast<LLVM::CallOp>(op))
        symbol = call.getCalleeAttr();
      else if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
        symbol = address.getGlobalNameAttr();
      if (auto found = symbol ? numbers.find(symbol.getValue()) : numbers.end(); found != numbers.end())
        together.unionSets(number, found->second);
    });
  }
  llvm::MapVector<size_t, Group> byLeader;
  for (size_t number = 0; number < functions.size(); ++number) {
    Group &group = byLeader[together.getLeaderValue(number)];
    if (group.functions.empty())
      group.position = number;
    group.functions.push_back(functions[number]);
    group.operations += countOperations(functions[number]);
  }
  parts = std::min<size_t>(parts, byLeader.size());
  if (parts < 2)
    return {};

  // 3. The largest first, each to the part that has the least so far.
  SmallVector<Group> groups;
  for (auto &[leader, group] : byLeader)
    groups.push_back(std::move(group));
  llvm::sort(groups, [](const Group &a, const Group &b) {
    return a.operations != b.operations ? a.operations > b.operations : a.position < b.position;
  });
  SmallVector<size_t> load(parts, 0);
  SmallVector<OwningOpRef<ModuleOp>> result;
  for (unsigned part = 1; part < parts; ++part) {
    result.push_back(ModuleOp::create(module.getLoc()));
    (*result.back())->setAttrs(module->getAttrDictionary());
  }
  for (Group &group : groups) {
    size_t part = llvm::min_element(load) - load.begin();
    load[part] += group.operations;
    if (part > 0)
      for (Operation *function : group.functions)
        function->moveBefore(result[part - 1]->getBody(), result[part - 1]->getBody()->end());
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
