// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What has no counterpart in LLVM becomes what has: vectors of several axes, affine maps, strided views.
#include "Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace nncc::codegen {

namespace {

/// fma(a, b, c)  ->  a * b + c, for targets where LLVM would call libm's fmaf, lane by lane.
template <typename FmaOp>
struct ExpandFma : OpRewritePattern<FmaOp> {
  using OpRewritePattern<FmaOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(FmaOp fma, PatternRewriter &rewriter) const override {
    ValueRange operands = fma->getOperands();
    Value product = arith::MulFOp::create(rewriter, fma.getLoc(), operands[0], operands[1]);
    rewriter.replaceOpWithNewOp<arith::AddFOp>(fma, product, operands[2]);
    return success();
  }
};

struct PrepareForLLVMPass : PassWrapper<PrepareForLLVMPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PrepareForLLVMPass)

  PrepareForLLVMPass() = default;
  explicit PrepareForLLVMPass(bool hasFma) { fma = hasFma; }
  PrepareForLLVMPass(const PrepareForLLVMPass &other) : PassWrapper(other), patterns(other.patterns) {}

  StringRef getArgument() const override { return "nncc-prepare-for-llvm"; }
  StringRef getDescription() const override { return "vectors of several axes, affine maps and strided views to simple ones"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<affine::AffineDialect, arith::ArithDialect, memref::MemRefDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  }

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    // Transfers of several axes to unrolled ones of one axis, those to loads and stores.
    populateVectorToSCFConversionPatterns(set, VectorTransferToSCFOptions().enableFullUnroll().setTargetRank(1));
    vector::populateVectorTransferLoweringPatterns(set, /*maxTransferRank=*/1);
    vector::populateVectorToVectorCanonicalizationPatterns(set);
    // Other operations on several axes; sums of products keep their order.
    vector::populateVectorContractLoweringPatterns(set, vector::VectorContractLowering::OuterProduct);
    vector::populateVectorMultiReductionLoweringPatterns(set, vector::VectorMultiReductionLowering::InnerParallel);
    vector::populateVectorBitCastLoweringPatterns(set);
    vector::populateVectorBroadcastLoweringPatterns(set);
    vector::populateVectorShapeCastLoweringPatterns(set);
    vector::populateVectorInterleaveLoweringPatterns(set);
    vector::populateVectorTransposeLoweringPatterns(set, vector::VectorTransposeLowering::Shuffle1D);
    vector::populateVectorInsertExtractStridedSliceTransforms(set);
    vector::populateVectorFromElementsUnrollPatterns(set);
    vector::populateVectorToElementsUnrollPatterns(set);
    vector::populateVectorRankReducingFMAPattern(set);
    vector::populateVectorGatherLoweringPatterns(set);
    vector::populateVectorStepLoweringPatterns(set);
    vector::populateVectorMaskOpLoweringPatterns(set);
    vector::populateVectorMaskMaterializationPatterns(set, /*force32BitVectorIndices=*/true);
    memref::populateExpandStridedMetadataPatterns(set);
    populateAffineToStdConversionPatterns(set);
    arith::populateCeilFloorDivExpandOpsPatterns(set);
    if (!fma)
      set.add<ExpandFma<vector::FMAOp>, ExpandFma<math::FmaOp>>(context);
    patterns = std::make_shared<FrozenRewritePatternSet>(std::move(set));
    return success();
  }

  void runOnOperation() override {
    if (failed(applyPatternsGreedily(getOperation(), *patterns)))
      signalPassFailure();
  }

  Option<bool> fma{*this, "fma", llvm::cl::desc("the target has a fused multiply-add instruction"), llvm::cl::init(true)};
  std::shared_ptr<FrozenRewritePatternSet> patterns;
};

} // namespace

std::unique_ptr<Pass> createPrepareForLLVMPass(bool fma) { return std::make_unique<PrepareForLLVMPass>(fma); }

} // namespace nncc::codegen
