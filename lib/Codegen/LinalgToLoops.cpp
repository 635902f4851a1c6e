// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// linalg on memrefs, and memref.copy, to scf loops. Like upstream's convert-linalg-to-loops, which rewrites greedily and takes
// as long over kernels without linalg as all of their lowering.
#include "Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace nncc::codegen {

namespace {

/// memref.copy %a, %b  ->  linalg.generic of identity maps; upstream calls a library function for strided ones.
linalg::LinalgOp copyToLinalg(memref::CopyOp copy, RewriterBase &rewriter) {
  auto type = cast<MemRefType>(copy.getTarget().getType());
  auto identity = AffineMap::getMultiDimIdentityMap(type.getRank(), rewriter.getContext());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      rewriter, copy.getLoc(), copy.getSource(), copy.getTarget(), ArrayRef<AffineMap>{identity, identity}, iterators,
      [](OpBuilder &builder, Location loc, ValueRange args) { linalg::YieldOp::create(builder, loc, args.front()); });
  rewriter.eraseOp(copy);
  return generic;
}

struct LinalgToLoopsPass : PassWrapper<LinalgToLoopsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LinalgToLoopsPass)

  StringRef getArgument() const override { return "nncc-linalg-to-loops"; }
  StringRef getDescription() const override { return "linalg on memrefs and memref.copy to scf loops"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<affine::AffineDialect, arith::ArithDialect, linalg::LinalgDialect, memref::MemRefDialect,
                    scf::SCFDialect>();
  }

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::LinalgOp, memref::CopyOp>(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      auto copy = dyn_cast<memref::CopyOp>(op);
      auto linalgOp = copy ? copyToLinalg(copy, rewriter) : cast<linalg::LinalgOp>(op);
      rewriter.setInsertionPoint(linalgOp);
      if (!linalgOp.hasPureBufferSemantics() || failed(linalg::linalgOpToLoops(rewriter, linalgOp))) {
        linalgOp.emitOpError("has no loops: expected memref operands and an op with a body");
        return signalPassFailure();
      }
      rewriter.eraseOp(linalgOp);
    }
    if (ops.empty())
      return;
    // Maps of a single loop variable fold away.
    RewritePatternSet patterns(&getContext());
    affine::AffineApplyOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createLinalgToLoopsPass() { return std::make_unique<LinalgToLoopsPass>(); }

} // namespace nncc::codegen
