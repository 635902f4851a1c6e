// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies of functions to the LLVM dialect. One conversion with the patterns of all dialects instead of a pass for each, and
// a function at a time, so that MLIR converts several at once.
#include "Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nncc::codegen {

namespace {

/// Says at each vector access what would hold without: its address is a multiple of an element's size. Upstream's patterns
/// make an LLVM context each time they have to find that out, which takes longer than all else they do.
void setAlignments(func::FuncOp function) {
  auto set = [](auto op, Type type) {
    unsigned bits = cast<MemRefType>(type).getElementTypeBitWidth();
    if (!op.getAlignment() && bits >= 8)
      op.setAlignment(bits / 8);
  };
  function.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case<vector::LoadOp, vector::StoreOp, vector::MaskedLoadOp, vector::MaskedStoreOp, vector::GatherOp>(
            [&](auto access) {
              if (auto type = dyn_cast<MemRefType>(access.getBase().getType());
                  type && type.getElementType().isIntOrFloat())
                set(access, type);
            });
  });
}

struct ConvertBodiesPass : PassWrapper<ConvertBodiesPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ConvertBodiesPass)

  StringRef getArgument() const override { return "nncc-convert-bodies"; }
  StringRef getDescription() const override { return "bodies of functions to the LLVM dialect"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<cf::ControlFlowDialect, LLVM::LLVMDialect>();
  }

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet loops(context);
    populateSCFToControlFlowConversionPatterns(loops);
    loopPatterns = std::make_shared<FrozenRewritePatternSet>(std::move(loops));

    LowerToLLVMOptions options(context);
    options.useBarePtrCallConv = true;
    // A kernel allocates nothing; and a function pass could not declare malloc.
    options.allocLowering = LowerToLLVMOptions::AllocLowering::None;
    converter = std::make_shared<LLVMTypeConverter>(context, options);
    RewritePatternSet set(context);
    arith::populateArithToLLVMConversionPatterns(*converter, set);
    populateMathToLLVMConversionPatterns(*converter, set, /*approximateLog1p=*/false);
    populateVectorToLLVMConversionPatterns(*converter, set, /*reassociateFPReductions=*/false,
                                           /*force32BitVectorIndices=*/true);
    populateFinalizeMemRefToLLVMConversionPatterns(*converter, set);
    cf::populateControlFlowToLLVMConversionPatterns(*converter, set);
    index::populateIndexToLLVMConversionPatterns(*converter, set);
    ub::populateUBToLLVMConversionPatterns(*converter, set);
    patterns = std::make_shared<FrozenRewritePatternSet>(std::move(set));
    return success();
  }

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    setAlignments(function);
    ConversionTarget branches(getContext());
    branches.addIllegalDialect<scf::SCFDialect>();
    branches.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    // Nothing is tried that has to be undone.
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(applyPartialConversion(function, branches, *loopPatterns, config)))
      return signalPassFailure();

    LLVMConversionTarget target(getContext());
    // What refers to the module's symbols changes together with them.
    target.addLegalOp<UnrealizedConversionCastOp, func::FuncOp, func::ReturnOp, func::CallOp, memref::GetGlobalOp>();
    if (failed(applyFullConversion(function, target, *patterns, config)))
      signalPassFailure();
  }

  std::shared_ptr<FrozenRewritePatternSet> loopPatterns, patterns;
  std::shared_ptr<LLVMTypeConverter> converter;
};

} // namespace

std::unique_ptr<Pass> createConvertBodiesPass() { return std::make_unique<ConvertBodiesPass>(); }

} // namespace nncc::codegen
