// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// nn-simplify: erases dead ops and identities in the entry points.

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

namespace nncc {
#define GEN_PASS_DEF_NNSIMPLIFY
#include "nncc/Transforms/Passes.h.inc"
} // namespace nncc

using namespace mlir;
using namespace nncc;

namespace {

LogicalResult eraseLinear(nn::ActivationOp op, PatternRewriter &rewriter) {
  if (op.getFunction() != nn::Activation::Linear)
    return failure();
  rewriter.replaceOp(op, op.getInput());
  return success();
}

template <typename MergeOp> LogicalResult eraseMergeOfOne(MergeOp op, PatternRewriter &rewriter) {
  if (op.getInputs().size() != 1)
    return failure();
  rewriter.replaceOp(op, op.getInputs().front());
  return success();
}

template <typename DropoutOp> LogicalResult eraseRateZero(DropoutOp op, PatternRewriter &rewriter) {
  if (!op.getRate().isZero())
    return failure();
  rewriter.replaceOp(op, op.getInput());
  return success();
}

LogicalResult eraseNoNoise(nn::GaussianNoiseOp op, PatternRewriter &rewriter) {
  if (!op.getStddev().isZero())
    return failure();
  rewriter.replaceOp(op, op.getInput());
  return success();
}

LogicalResult eraseReshapeToSame(nn::ReshapeOp op, PatternRewriter &rewriter) {
  if (op.getInput().getType() != op.getType())
    return failure();
  rewriter.replaceOp(op, op.getInput());
  return success();
}

LogicalResult joinReshapes(nn::ReshapeOp op, PatternRewriter &rewriter) {
  auto inner = op.getInput().getDefiningOp<nn::ReshapeOp>();
  if (!inner)
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op->setOperand(0, inner.getInput()); });
  return success();
}

struct Simplify : nncc::impl::NNSimplifyBase<Simplify> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(eraseLinear);
    patterns.add(eraseMergeOfOne<nn::AddOp>);
    patterns.add(eraseMergeOfOne<nn::ConcatenateOp>);
    patterns.add(eraseRateZero<nn::DropoutOp>);
    patterns.add(eraseRateZero<nn::SpatialDropoutOp>);
    patterns.add(eraseNoNoise);
    patterns.add(eraseReshapeToSame);
    patterns.add(joinReshapes);
    FrozenRewritePatternSet frozen(std::move(patterns));
    bool converged = true;
    forEachEntry(getOperation(), [&](func::FuncOp function) {
      converged &= succeeded(applyPatternsGreedily(function, frozen)); // also erases what is dead
    });
    if (!converged)
      signalPassFailure();
  }
};

} // namespace
