// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Internal.h"
#include "nncc/ABI/Program.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Dialect/NN/Shape.h"
#include "nncc/Interfaces/LayerOpInterface.h"
#include "nncc/Transforms/Losses.h"
#include "nncc/Transforms/Optimizers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace nncc::pipeline {

/// f32, of a size and a rank that the program table has room for.
static LogicalResult checkType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isF32())
    return op->emitError("expected tensors of f32, found ") << type;
  SmallVector<int64_t> extents(tensor.getShape());
  if (!extents.empty() && ShapedType::isDynamic(extents.front()))
    extents.erase(extents.begin()); // the batch
  if (extents.size() > NNCC_MAX_RANK)
    return op->emitError("expected at most ") << NNCC_MAX_RANK << " axes, found " << type;
  if (llvm::is_contained(extents, ShapedType::kDynamic))
    return op->emitError("only the first axis, the batch, may be unknown, found ") << type;
  if (llvm::Error error = nn::elementCount(extents).takeError())
    return op->emitError() << type << ": " << llvm::toString(std::move(error));
  return success();
}

static bool isSample(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() >= 2 && tensor.isDynamicDim(0);
}

static LogicalResult checkBody(func::FuncOp model) {
  for (Operation &op : model.getBody().front()) {
    if (!isa<LayerOpInterface, nn::ReadOp, func::ReturnOp>(op))
      return op.emitError("expected '@model' to consist of layers' ops, 'nn.read' and one 'return', found '") << op.getName() << "'";
    for (Type type : op.getResultTypes())
      if (failed(checkType(&op, type)))
        return mlir::failure();
  }
  return success();
}

static LogicalResult checkFunction(func::FuncOp model) {
  if (model.isExternal() || !model.getBody().hasOneBlock())
    return model.emitError("expected '@model' to have a body of one block");
  if (model.getNumArguments() == 0 || model.getNumResults() != 1)
    return model.emitError("expected '@model' to have at least one input and exactly one result");
  for (auto [index, type] : llvm::enumerate(model.getArgumentTypes())) {
    if (!isSample(type))
      return model.emitError("expected input ") << index << " to be a tensor<?x...xf32>, found " << type;
    if (failed(checkType(model, type)))
      return mlir::failure();
    if (!model.getArgAttrOfType<StringAttr>(index, "nn.name"))
      return model.emitError("expected input ") << index << " to have a name, the argument attribute 'nn.name'";
  }
  if (!isSample(model.getResultTypes().front()))
    return model.emitError("expected the result to be a tensor<?x...xf32>, found ") << model.getResultTypes().front();
  return checkBody(model);
}

/// A train section says how the loss is computed and how the parameters follow it: both are built here, for a prediction like the model's.
static LogicalResult checkTrain(ModuleOp module, func::FuncOp model) {
  Attribute attribute = module->getAttr("nn.train");
  if (!attribute)
    return success();
  auto train = dyn_cast<DictionaryAttr>(attribute);
  auto optimizer = train ? train.getAs<nn::CallAttr>("optimizer") : nn::CallAttr();
  auto loss = train ? train.getAs<nn::CallAttr>("loss") : nn::CallAttr();
  if (!optimizer || !loss)
    return emitError(module.getLoc(), "expected 'nn.train' to hold an 'optimizer' and a 'loss', each as "
                                      "#nn.call<\"NAME\", {arguments}>");
  Block block;
  auto type = cast<RankedTensorType>(model.getResultTypes().front());
  Value prediction = block.addArgument(type, module.getLoc()), target = block.addArgument(targetType(loss, type), module.getLoc());
  OpBuilder builder(module.getContext());
  builder.setInsertionPointToStart(&block);
  if (failed(buildLoss(builder, module.getLoc(), loss, prediction, target)) || failed(buildOptimizer(builder, module.getLoc(), optimizer)))
    return mlir::failure();
  for (Operation &op : block)
    if (failed(verify(&op)))
      return mlir::failure();
  return success();
}

LogicalResult checkModule(ModuleOp module) {
  auto model = module.lookupSymbol<func::FuncOp>("model");
  if (!model)
    return module.emitError("expected a module of the nn dialect with a function '@model'");
  for (Operation &op : *module.getBody()) {
    if (auto variable = dyn_cast<nn::VariableOp>(op)) {
      if (failed(checkType(variable, variable.getType())))
        return mlir::failure();
    } else if (&op != model.getOperation()) {
      return op.emitError("expected a module of variables and one function, '@model', found another '") << op.getName() << "'";
    }
  }
  return success(succeeded(checkFunction(model)) && succeeded(checkTrain(module, model)));
}

} // namespace nncc::pipeline
