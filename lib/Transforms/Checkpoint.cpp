// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-checkpoint: computes activations of @train_step twice instead of keeping them.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Interfaces/LayerOpInterface.h"
#include "nncc/Planning/CheckpointPlan.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace nncc {
#define GEN_PASS_DEF_NNCHECKPOINT
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

/// Bytes of a tensor for a batch; what does not grow with the batch is small and always kept.
int64_t batchedBytes(Value value, int64_t batch) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 0 || !type.isDynamicDim(0))
    return 0;
  int64_t elements = 1;
  for (int64_t extent : type.getShape().drop_front())
    elements *= extent;
  return elements * static_cast<int64_t>(llvm::divideCeil(type.getElementTypeBitWidth(), 8)) * batch;
}

/// Operations of an op for a batch: as the layer counts them, else each element of the result a sum over the kernel.
int64_t estimateFlops(Operation *op, int64_t batch) {
  if (auto layer = dyn_cast<LayerOpInterface>(op))
    return layer.getFlops() * batch;
  int64_t perElement = 4;
  for (Value operand : op->getOperands())
    if (auto type = cast<RankedTensorType>(operand.getType()); type.getRank() > 1 && type.hasStaticShape())
      perElement += 2 * type.getNumElements() / type.getShape().back();
  if (auto pool = op->getAttrOfType<DenseI64ArrayAttr>("pool_size"))
    for (int64_t extent : pool.asArrayRef())
      perElement *= extent;
  return op->getNumResults() ? batchedBytes(op->getResult(0), batch) / 4 * perElement : 0;
}

/// The forward pass of a training step, for the planner and for cloning.
class Step {
public:
  Step(func::FuncOp function, int64_t batch) : function(function) {
    Block &block = function.front();
    Operation *last = nullptr;
    for (Value result : block.getTerminator()->getOperands())
      if (Operation *producer = result.getDefiningOp())
        if (!last || last->isBeforeInBlock(producer))
          last = producer;
    if (!last)
      return;
    for (Operation &op : block) {
      if (!isa<nn::ReadOp>(op))
        add(op, batch);
      if (&op == last)
        break;
    }
    // What is returned is computed once, and so is what the loss takes with it.
    for (Value result : block.getTerminator()->getOperands())
      if (auto found = positions.find(result.getDefiningOp()); found != positions.end())
        facts[found->second].recomputable = false;
    findKept();
  }

  ArrayRef<planning::ForwardOp> forwardOps() const { return facts; }

  /// Clones the ops that the segment recomputes to where the backward pass first needs one, and lets it read the clones.
  void recompute(const planning::ForwardPass &pass, planning::Segment segment) {
    SmallVector<OpOperand *> readers;
    Operation *first = nullptr;
    for (int64_t position : pass.dropped(segment))
      for (OpOperand &use : ops[position]->getUses())
        if (isBackward(use.getOwner())) {
          readers.push_back(&use);
          if (!first || use.getOwner()->isBeforeInBlock(first))
            first = use.getOwner();
        }
    if (!first)
      return;
    OpBuilder builder(first);
    IRMapping clones;
    for (int64_t position : pass.recomputed(segment))
      builder.clone(*ops[position], clones);
    // Statistics of a batch normalization, and the like, were kept: only what grows with the batch is read again.
    for (OpOperand *use : readers)
      if (batchedBytes(use->get(), 1))
        use->set(clones.lookup(use->get()));
  }

private:
  bool isBackward(Operation *op) const { return !positions.contains(op); }

  void add(Operation &op, int64_t batch) {
    planning::ForwardOp fact;
    bool isView = isa<nn::ReshapeOp>(op);
    for (Value operand : op.getOperands())
      if (auto found = positions.find(operand.getDefiningOp()); found != positions.end())
        fact.operands.push_back(found->second);
    if (!isView) {
      for (Value result : op.getResults())
        fact.bytes += batchedBytes(result, batch);
      fact.flops = estimateFlops(&op, batch);
      fact.recomputable = fact.bytes != 0; // a tensor without a batch is small
    }
    positions[&op] = ops.size();
    ops.push_back(&op);
    facts.push_back(fact);
  }

  /// Which results the backward pass reads, through views too.
  void findKept() {
    for (size_t position = ops.size(); position-- > 0;) {
      for (OpOperand &use : ops[position]->getUses())
        facts[position].kept |= isBackward(use.getOwner()) && batchedBytes(use.get(), 1);
      if (facts[position].kept && facts[position].bytes == 0)
        for (int64_t operand : facts[position].operands)
          facts[operand].kept = true;
    }
  }

  func::FuncOp function;
  SmallVector<Operation *> ops;
  llvm::DenseMap<Operation *, int64_t> positions;
  std::vector<planning::ForwardOp> facts;
};

struct Checkpoint : nncc::impl::NNCheckpointBase<Checkpoint> {
  using NNCheckpointBase::NNCheckpointBase;

  void runOnOperation() override {
    auto function = getOperation().lookupSymbol<func::FuncOp>(kTrainStepEntry);
    if (!function || budget < 0)
      return;
    Step step(function, batch);
    planning::ForwardPass pass(step.forwardOps());
    for (planning::Segment segment : planning::planCheckpoints(pass, budget).segments)
      step.recompute(pass, segment);
  }
};

} // namespace
