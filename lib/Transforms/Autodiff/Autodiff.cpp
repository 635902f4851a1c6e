// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-autodiff: appends the backward pass, the gradients' stores and the optimizer to the entry points that have them.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Interfaces/LayerOpInterface.h"
#include "nncc/Transforms/Autodiff/Engine.h"
#include "nncc/Transforms/Constraints.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Optimizers.h"
#include "nncc/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace nncc {
#define GEN_PASS_DEF_NNAUTODIFF
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// The reads of trainable variables, by variable.
using Reads = llvm::MapVector<StringAttr, SmallVector<nn::ReadOp, 1>>;

Reads collectTrainableReads(func::FuncOp function) {
  Reads reads;
  for (auto read : function.front().getOps<nn::ReadOp>()) {
    auto variable = SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(read, read.getVariableAttr());
    if (variable && variable.getTrainable())
      reads[read.getVariableAttr().getAttr()].push_back(read);
  }
  return reads;
}

/// Losses and penalties have rules that ask for no incoming gradient; the ops of layers have not.
LogicalResult checkScalarRoots(const GradientRequest &request) {
  for (Value root : llvm::concat<const Value>(ArrayRef(request.root), request.moreRoots))
    if (Operation *op = root.getDefiningOp(); isa_and_present<LayerOpInterface>(op))
      return op->emitOpError("is neither a loss nor a penalty, which the loss of @train_step is the sum of");
  return success();
}

/// Runs the engine and stores the gradients of variables; returns those of function arguments.
FailureOr<llvm::DenseMap<Value, Value>> differentiate(func::FuncOp function, GradientRequest request) {
  Reads reads = collectTrainableReads(function);
  for (auto &[variable, readsOfOne] : reads)
    for (nn::ReadOp read : readsOfOne)
      request.sources.insert(read.getValue());

  llvm::DenseMap<Value, Value> argumentGradients;
  llvm::MapVector<StringAttr, SmallVector<Value>> sharedGradients;
  auto onGradient = [&](OpBuilder &builder, Value source, Value gradient) {
    auto read = source.getDefiningOp<nn::ReadOp>();
    if (!read)
      argumentGradients[source] = gradient;
    else if (reads[read.getVariableAttr().getAttr()].size() == 1)
      nn::StoreGradientOp::create(builder, read.getLoc(), read.getVariableAttr(), gradient);
    else // complete only when the last of its reads has been passed
      sharedGradients[read.getVariableAttr().getAttr()].push_back(gradient);
  };
  if (failed(buildBackward(request, onGradient)))
    return failure();

  OpBuilder builder(function.front().getTerminator());
  for (auto &[variable, terms] : sharedGradients) {
    Location loc = reads[variable].front().getLoc();
    Value sum =
        terms.size() == 1 ? terms.front() : Value(nn::AddOp::create(builder, loc, terms.front().getType(), terms));
    nn::StoreGradientOp::create(builder, loc, FlatSymbolRefAttr::get(variable), sum);
  }
  return argumentGradients;
}

struct Autodiff : nncc::impl::NNAutodiffBase<Autodiff> {
  using NNAutodiffBase::NNAutodiffBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (auto function = module.lookupSymbol<func::FuncOp>(kTrainStepEntry))
      if (failed(differentiateLoss(module, function)))
        return signalPassFailure();
    for (StringRef name : {StringRef(kGradientsEntry), StringRef(kGradientsTrainingEntry)})
      if (auto function = module.lookupSymbol<func::FuncOp>(name))
        if (failed(differentiateOutput(function)))
          return signalPassFailure();
  }

  LogicalResult differentiateLoss(ModuleOp module, func::FuncOp function) {
    Operation *terminator = function.front().getTerminator();
    auto train = module->getAttrOfType<DictionaryAttr>(kTrainAttrName);
    auto optimizer = train ? train.getAs<nn::CallAttr>("optimizer") : nn::CallAttr();
    if (terminator->getNumOperands() != 2 || !optimizer)
      return function.emitError()
             << "expected a module with a train section and a @train_step that returns output and loss, as "
                "nn-make-entries makes it";
    GradientRequest request;
    request.root = terminator->getOperand(1);
    if (auto total = request.root.getDefiningOp<nn::TotalLossOp>()) {
      request.root = total.getLosses().front();
      llvm::append_range(request.moreRoots, total.getLosses().drop_front());
    }
    if (failed(checkScalarRoots(request)))
      return failure();
    request.brokenRule = breakRule;
    if (failed(differentiate(function, std::move(request))))
      return failure();
    // The parameters change last: the moving statistics, then the optimizer's step and the constraints.
    for (nn::MovingAverageOp average : llvm::to_vector(function.front().getOps<nn::MovingAverageOp>()))
      average->moveBefore(terminator);
    OpBuilder builder(terminator);
    if (failed(buildOptimizer(builder, module.getLoc(), optimizer)))
      return failure();
    return buildConstraints(builder, function);
  }

  LogicalResult differentiateOutput(func::FuncOp function) {
    Operation *terminator = function.front().getTerminator();
    BlockArgument outputGradient = findArgument(function, kOutputGradientName);
    if (terminator->getNumOperands() != 1 || !outputGradient)
      return function.emitError()
             << "expected one result and an argument 'output_gradient', as nn-make-entries makes it";
    SmallVector<Value> inputs;
    for (BlockArgument argument : function.getArguments())
      if (argument != outputGradient)
        inputs.push_back(argument);
    GradientRequest request;
    request.root = terminator->getOperand(0);
    request.rootGradient = outputGradient;
    request.sources.insert(inputs.begin(), inputs.end());
    request.brokenRule = breakRule;
    auto gradients = differentiate(function, std::move(request));
    if (failed(gradients))
      return failure();
    for (Value input : inputs) {
      Value gradient = gradients->lookup(input);
      if (!gradient) { // without influence
        OpBuilder builder(terminator);
        gradient = nn::ZerosLikeOp::create(builder, input.getLoc(), input.getType(), input);
      }
      terminator->insertOperands(terminator->getNumOperands(), gradient);
    }
    function.setType(FunctionType::get(&getContext(), function.getArgumentTypes(), terminator->getOperandTypes()));
    return success();
  }
};

} // namespace
