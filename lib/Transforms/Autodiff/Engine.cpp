// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The gradient engine: walks a block backwards and asks each op's rule; it knows no op but the sum.

#include "nncc/Transforms/Autodiff/Engine.h"

#include "mlir/IR/BuiltinTypes.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Interfaces/DifferentiableOpInterface.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace nncc {
namespace {

/// The layer that a value belongs to: its op's, or for the read of a variable that of the op that uses it.
nn::LayerAttr layerOf(Operation *op) {
  if (nn::LayerAttr layer = nn::getLayer(op))
    return layer;
  for (Operation *user : op->getUsers())
    if (nn::LayerAttr layer = nn::getLayer(user))
      return layer;
  return {};
}

/// Gives created ops the location and the layer of the op that they are a gradient of.
struct Stamper : OpBuilder::Listener {
  Operation *source = nullptr;

  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    if (!source)
      return;
    op->setLoc(source->getLoc());
    if (!nn::getLayer(op))
      nn::setLayer(op, layerOf(source));
  }
};

/// Which values depend on a source, and which of them the root depends on.
class Activity {
public:
  Activity(Block &block, const GradientRequest &request) {
    active.insert(request.sources.begin(), request.sources.end());
    for (Operation &op : block)
      if (llvm::any_of(op.getOperands(), [&](Value operand) { return active.contains(operand); }))
        for (Value result : op.getResults())
          if (isa<FloatType>(cast<ShapedType>(result.getType()).getElementType()))
            active.insert(result);
    useful.insert(request.root);
    useful.insert(request.moreRoots.begin(), request.moreRoots.end());
    for (Operation &op : llvm::reverse(block))
      if (llvm::any_of(op.getResults(),
                       [&](Value result) { return useful.contains(result) && active.contains(result); }))
        useful.insert(op.operand_begin(), op.operand_end());
  }

  /// The value depends on a source.
  bool isActive(Value value) const { return active.contains(value); }
  /// The op lies on a way from a source to the root.
  bool matters(Operation &op) const {
    return llvm::any_of(op.getOperands(), [&](Value operand) { return active.contains(operand); }) &&
           llvm::any_of(op.getResults(),
                        [&](Value result) { return active.contains(result) && useful.contains(result); });
  }

private:
  llvm::DenseSet<Value> active, useful;
};

LogicalResult noRule(Operation *op) {
  return op->emitError() << nn::describe(op) << ": there is no gradient rule for '" << op->getName()
                         << "', and the gradient of the model needs it";
}

/// Step 2: ops that matter take the form that keeps what their rules read.
LogicalResult takeTrainingForms(Block &block, GradientRequest &request) {
  // All are found first: a replaced op takes its results, which the activity knows, with it.
  Activity activity(block, request);
  SmallVector<Operation *> mattering = llvm::filter_to_vector(
      llvm::make_pointer_range(block), [&](Operation *op) { return activity.matters(*op); });
  for (Operation *op : mattering) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return noRule(op);
    auto rootResult = request.root.getDefiningOp() == op
                          ? std::optional(cast<OpResult>(request.root).getResultNumber())
                          : std::nullopt;
    DictionaryAttr attributes = op->getDiscardableAttrDictionary();
    Location loc = op->getLoc();
    OpBuilder builder(op);
    Operation *training = differentiable.toTrainingForm(builder);
    if (training == op)
      continue;
    training->setLoc(loc);
    training->setDiscardableAttrs(attributes);
    if (rootResult)
      request.root = training->getResult(*rootResult);
  }
  return success();
}

/// Step 3, with the gradients that reached each value so far.
class BackwardWalk {
public:
  BackwardWalk(Block &block, GradientRequest &request, llvm::function_ref<void(OpBuilder &, Value, Value)> onGradient)
      : block(block), request(request), onGradient(onGradient), activity(block, request),
        builder(block.getTerminator(), &stamper) {}

  LogicalResult run() {
    SmallVector<Operation *> forward = llvm::to_vector(llvm::make_pointer_range(block));
    if (request.rootGradient)
      contributions[request.root].push_back(request.rootGradient);
    for (Operation *op : llvm::reverse(forward)) {
      for (Value result : op->getResults())
        if (request.sources.contains(result))
          finish(result);
      if (activity.matters(*op) && failed(visit(op)))
        return failure();
    }
    for (Value source : request.sources)
      if (isa<BlockArgument>(source))
        finish(source);
    return success();
  }

private:
  /// The sum of the gradients of a value; null where none arrived.
  Value take(Value value) {
    auto found = contributions.find(value);
    if (found == contributions.end())
      return {};
    SmallVector<Value> terms = std::move(found->second);
    contributions.erase(found);
    return terms.size() == 1 ? terms.front()
                             : Value(nn::AddOp::create(builder, value.getLoc(), value.getType(), terms));
  }

  void finish(Value source) {
    stamper.source = source.getDefiningOp();
    if (Value gradient = take(source))
      onGradient(builder, source, gradient);
    stamper.source = nullptr;
  }

  LogicalResult visit(Operation *op) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return noRule(op);
    stamper.source = op;
    SmallVector<Value> resultGradients =
        llvm::map_to_vector(op->getResults(), [&](Value result) { return take(result); });
    bool isScalarRoot = !request.rootGradient &&
                        (request.root.getDefiningOp() == op ||
                         llvm::any_of(request.moreRoots, [&](Value root) { return root.getDefiningOp() == op; }));
    if (!isScalarRoot && llvm::none_of(resultGradients, [](Value gradient) { return bool(gradient); }))
      return success();
    llvm::SmallBitVector needed(op->getNumOperands());
    for (OpOperand &operand : op->getOpOperands())
      needed[operand.getOperandNumber()] = activity.isActive(operand.get());
    SmallVector<Value> operandGradients(op->getNumOperands());
    if (failed(differentiable.buildGradients(builder, resultGradients, needed, operandGradients)))
      return failure();
    for (OpOperand &operand : op->getOpOperands()) {
      Value gradient = operandGradients[operand.getOperandNumber()];
      if (!gradient || !needed[operand.getOperandNumber()])
        continue;
      assert(gradient.getType() == operand.get().getType() && "a gradient has the type of what it is a gradient of");
      if (op->getName().getStringRef() == request.brokenRule)
        gradient = nn::AddOp::create(builder, op->getLoc(), gradient.getType(), ValueRange{gradient, gradient});
      contributions[operand.get()].push_back(gradient);
    }
    stamper.source = nullptr;
    return success();
  }

  Block &block;
  GradientRequest &request;
  llvm::function_ref<void(OpBuilder &, Value, Value)> onGradient;
  Activity activity;
  Stamper stamper;
  OpBuilder builder;
  llvm::DenseMap<Value, SmallVector<Value, 2>> contributions;
};

} // namespace

LogicalResult buildBackward(GradientRequest &request, llvm::function_ref<void(OpBuilder &, Value, Value)> onGradient) {
  Block &block = *request.root.getParentBlock();
  if (failed(takeTrainingForms(block, request)))
    return failure();
  return BackwardWalk(block, request, onGradient).run();
}

} // namespace nncc
