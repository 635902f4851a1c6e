// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pipelines from linalg on memrefs to the LLVM dialect.
#include "nncc/Codegen/LowerToLLVM.h"

#include "nncc/Codegen/InternalError.h"

#include "Passes.h"

#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace nncc::codegen {

void registerCodegenDialects(DialectRegistry &registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
                  index::IndexDialect, linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, ub::UBDialect, vector::VectorDialect>();
}

void populateLoopsPipeline(OpPassManager &pipeline) {
  pipeline.nest<func::FuncOp>().addPass(createLinalgToLoopsPass());
}

void populateLLVMPipeline(OpPassManager &pipeline, const LoweringOptions &options) {
  OpPassManager &functions = pipeline.nest<func::FuncOp>();
  functions.addPass(createPrepareForLLVMPass(options.fma));
  functions.addPass(createCSEPass());
  pipeline.addPass(createLeftoverMathPass());
  pipeline.nest<func::FuncOp>().addPass(createConvertBodiesPass());
  pipeline.addPass(createConvertSignaturesPass());
  pipeline.addPass(createReconcileUnrealizedCastsPass());
}

void registerCodegenPasses() {
  registerPass([] { return createLinalgToLoopsPass(); });
  registerPass([] { return createPrepareForLLVMPass(/*fma=*/true); });
  registerPass([] { return createLeftoverMathPass(); });
  registerPass([] { return createConvertBodiesPass(); });
  registerPass([] { return createConvertSignaturesPass(); });
  PassPipelineRegistration<>("nncc-loops", "linalg on memrefs to scf loops", populateLoopsPipeline);
  struct LLVMPipelineOptions : PassPipelineOptions<LLVMPipelineOptions> {
    Option<bool> fma{*this, "fma", llvm::cl::desc("the target has a fused multiply-add instruction"), llvm::cl::init(true)};
  };
  PassPipelineRegistration<LLVMPipelineOptions>(
      "nncc-llvm", "loops and vectors on memrefs to the LLVM dialect",
      [](OpPassManager &pipeline, const LLVMPipelineOptions &options) {
        populateLLVMPipeline(pipeline, LoweringOptions{.fma = options.fma});
      });
}

llvm::Error lowerToLLVM(ModuleOp module, const LoweringOptions &options) {
  // Lowered already: the driver stops at each stage and goes on from there.
  if (module.getOps<func::FuncOp>().empty())
    return llvm::Error::success();

  std::string message;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    if (message.empty()) {
      llvm::raw_string_ostream stream(message);
      stream << diagnostic;
      for (Diagnostic &note : diagnostic.getNotes())
        stream << "; " << note;
    }
    return success();
  });
  PassManager pipeline(module->getName());
#ifdef NDEBUG
  pipeline.enableVerifier(false);
#endif
  // Fails where a tool has not registered the options, then there are none to apply.
  (void)applyPassManagerCLOptions(pipeline);
  applyDefaultTimingPassManagerCLOptions(pipeline);
  populateLoopsPipeline(pipeline);
  populateLLVMPipeline(pipeline, options);
  if (failed(pipeline.run(module)))
    return llvm::make_error<InternalError>("lowering to LLVM failed: " +
                                           (message.empty() ? "no reason given" : message));
  return llvm::Error::success();
}

} // namespace nncc::codegen
