// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass share-kernels: kernels that are equal but for the places of their buffers share their code.
#include "nncc/Kernels/EntryTable.h"
#include "nncc/Kernels/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/bit.h"

using namespace mlir;

namespace nncc::kernels {

#define GEN_PASS_DEF_SHAREKERNELS
#include "nncc/Kernels/Passes.h.inc"

namespace {

/// Shorter kernels take less time to compile than the call that would replace them.
constexpr size_t kFewestOps = 24;

/// A kernel, and the constants in it that say where its buffers lie.
struct Candidate {
  func::FuncOp function;
  SmallVector<arith::ConstantOp> places;
  SmallVector<int64_t> values; ///< of the places
  size_t ops = 0;
  llvm::hash_code hash = 0;

  explicit Candidate(func::FuncOp function) : function(function) {
    Builder builder(function.getContext());
    function.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
      ++ops;
      if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && op->hasAttr(kPlaceAttrName)) {
        places.push_back(constant);
        values.push_back(cast<IntegerAttr>(constant.getValue()).getInt());
        constant.setValueAttr(builder.getIndexAttr(0)); // for the comparison
      }
      hash = llvm::hash_combine(hash, op->getName().getAsOpaquePointer(), op->hashProperties(),
                                op->getNumOperands(), op->getRawDictionaryAttrs().getAsOpaquePointer());
      for (Type type : op->getResultTypes())
        hash = llvm::hash_combine(hash, type.getAsOpaquePointer());
    });
  }

  bool isEqual(Candidate &other) {
    return hash == other.hash && function.getFunctionType() == other.function.getFunctionType() &&
           places.size() == other.places.size() &&
           OperationEquivalence::isRegionEquivalentTo(&function.getBody(), &other.function.getBody(),
                                                      OperationEquivalence::IgnoreLocations);
  }
};

/// A constant that becomes an argument: its value in each of the kernels, `value << shift`. The shift, the same for all, keeps
/// what is known of its alignment.
struct Argument {
  SmallVector<int64_t> values;
  int64_t shift = 0;
  SmallVector<size_t> places; ///< which constants it stands for
};

SmallVector<Argument> findArguments(ArrayRef<Candidate *> kernels) {
  SmallVector<Argument> arguments;
  for (size_t place : llvm::seq(kernels.front()->places.size())) {
    Argument argument;
    uint64_t bits = 0;
    for (Candidate *kernel : kernels) {
      argument.values.push_back(kernel->values[place]);
      bits |= static_cast<uint64_t>(kernel->values[place]);
    }
    if (llvm::all_equal(argument.values))
      continue;
    auto same = llvm::find_if(arguments, [&](const Argument &other) { return other.values == argument.values; });
    if (same != arguments.end()) {
      same->places.push_back(place);
      continue;
    }
    argument.shift = std::min<int64_t>(llvm::countr_zero(bits), 6);
    argument.places.push_back(place);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

/// Moves the body of the first kernel to a function of its own and calls it from all of them.
void share(ArrayRef<Candidate *> kernels, StringRef name) {
  // 1. The shared function: constants that differ become arguments.
  func::FuncOp first = kernels.front()->function;
  SmallVector<Argument> arguments = findArguments(kernels);
  OpBuilder builder(first);
  Type index = builder.getIndexType();
  SmallVector<Type> inputs(first.getArgumentTypes());
  inputs.append(arguments.size(), index);
  auto shared = func::FuncOp::create(builder, first.getLoc(), name, builder.getFunctionType(inputs, {}));
  shared.setPrivate();
  shared->setAttr("no_inline", builder.getUnitAttr());
  shared.getBody().takeBody(first.getBody());
  Block &body = shared.getBody().front();
  for (Argument &argument : arguments) {
    Value value = body.addArgument(index, first.getLoc());
    OpBuilder inside = OpBuilder::atBlockBegin(&body);
    if (argument.shift) {
      Value shift = arith::ConstantIndexOp::create(inside, first.getLoc(), argument.shift);
      value = arith::ShLIOp::create(inside, first.getLoc(), value, shift);
    }
    for (size_t place : argument.places) {
      arith::ConstantOp constant = kernels.front()->places[place];
      constant.replaceAllUsesWith(value);
      constant.erase();
    }
  }
  // 2. The calls.
  for (auto [position, kernel] : llvm::enumerate(kernels)) {
    func::FuncOp function = kernel->function;
    Location loc = function.getLoc();
    function.getBody().dropAllReferences();
    function.getBody().getBlocks().clear();
    Block *block = function.addEntryBlock();
    OpBuilder inside = OpBuilder::atBlockBegin(block);
    SmallVector<Value> operands(block->getArguments());
    for (Argument &argument : arguments)
      operands.push_back(arith::ConstantIndexOp::create(inside, loc, argument.values[position] >> argument.shift));
    func::CallOp::create(inside, loc, shared, operands);
    func::ReturnOp::create(inside, loc);
  }
}

struct ShareKernels : impl::ShareKernelsBase<ShareKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::vector<std::unique_ptr<Candidate>> candidates;
    llvm::MapVector<size_t, std::vector<SmallVector<Candidate *>>> groups;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (!function.isPublic() || function.getNumResults() != 0)
        continue;
      candidates.push_back(std::make_unique<Candidate>(function));
      Candidate &own = *candidates.back();
      if (own.ops < kFewestOps)
        continue;
      auto &alike = groups[static_cast<size_t>(own.hash) >> 1];
      auto group = llvm::find_if(alike, [&](auto &other) { return other.front()->isEqual(own); });
      if (group == alike.end())
        alike.push_back({&own});
      else
        group->push_back(&own);
    }
    // The constants as they were.
    Builder builder(&getContext());
    for (auto &candidate : candidates)
      for (auto [constant, value] : llvm::zip_equal(candidate->places, candidate->values))
        constant.setValueAttr(builder.getIndexAttr(value));
    size_t number = 0;
    for (auto &[hash, alike] : groups)
      for (auto &kernels : alike)
        if (kernels.size() > 1)
          share(kernels, "shared." + std::to_string(number++));
  }
};

} // namespace

} // namespace nncc::kernels
