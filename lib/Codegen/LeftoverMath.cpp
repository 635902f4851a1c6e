// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// math operations that LLVM has no intrinsic for, or only an inexact expansion, become calls of libm. Kernels spell the
// functions that matter as polynomials on vectors; this is for the rest.
#include "Passes.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;

namespace nncc::codegen {

namespace {

bool isLeftover(Operation *op) {
  return isa<math::ErfOp, math::ErfcOp, math::CbrtOp, math::ExpM1Op, math::Log1pOp, math::AtanhOp, math::AsinhOp,
             math::AcoshOp>(op);
}

struct LeftoverMathPass : PassWrapper<LeftoverMathPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LeftoverMathPass)

  StringRef getArgument() const override { return "nncc-leftover-math"; }
  StringRef getDescription() const override { return "math operations without LLVM intrinsic to libm"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, func::FuncDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  }

  void runOnOperation() override {
    if (!getOperation().walk([](Operation *op) { return isLeftover(op) ? WalkResult::interrupt() : WalkResult::advance(); })
             .wasInterrupted())
      return;
    RewritePatternSet patterns(&getContext());
    populateMathToLibmConversionPatterns(patterns);
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *op) { return !isLeftover(op); });
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

std::unique_ptr<Pass> createLeftoverMathPass() { return std::make_unique<LeftoverMathPass>(); }

} // namespace nncc::codegen
