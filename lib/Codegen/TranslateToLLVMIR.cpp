// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the LLVM dialect to LLVM IR, and LLVM's middle end.
#include "nncc/Codegen/TranslateToLLVMIR.h"

#include "nncc/ABI/Program.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

/// Whether a function has the parameters of `nncc_kernel`: four bases, then batch, begin, end and worker.
bool isKernel(const Function &function) {
  FunctionType *type = function.getFunctionType();
  if (!type->getReturnType()->isVoidTy() || type->getNumParams() != 8)
    return false;
  for (unsigned i = 0; i < 8; ++i)
    if (i < 4 ? !type->getParamType(i)->isPointerTy() : !type->getParamType(i)->isIntegerTy(64))
      return false;
  return true;
}

/// What the runtime promises of the four bases (nncc/ABI/Program.h): apart from each other, there, and aligned.
void addKernelAttributes(Function &function) {
  LLVMContext &context = function.getContext();
  for (unsigned i = 0; i < 8; ++i) {
    function.addParamAttr(i, Attribute::NoUndef);
    if (i < 4) {
      function.addParamAttr(i, Attribute::NoAlias);
      function.addParamAttr(i, Attribute::NonNull);
      function.addParamAttr(i, Attribute::getWithAlignment(context, Align(NNCC_ALIGNMENT)));
    }
  }
}

} // namespace

void registerTranslations(mlir::MLIRContext &context) {
  mlir::registerBuiltinDialectTranslation(context);
  mlir::registerLLVMDialectTranslation(context);
}

Expected<std::unique_ptr<llvm::Module>> translateToLLVMIR(mlir::ModuleOp module, LLVMContext &context,
                                                          const Target &target, TargetMachine &machine) {
  registerTranslations(*module.getContext());
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(module, context, module.getName().value_or("nncc"), /*disableVerification=*/true);
  if (!result)
    return createStringError("internal error: translation of the LLVM dialect to LLVM IR failed");
  target.applyTo(*result, machine);
  for (Function &function : *result)
    if (!function.isDeclaration() && isKernel(function))
      addKernelAttributes(function);
  return result;
}

void optimize(llvm::Module &module, const Target &target, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  // Kernels come with their loops blocked, unrolled and vectorised for the register file; unrolling them further only makes
  // LLVM spill and costs compile time. What is left scalar is still vectorised and interleaved.
  tuning.LoopUnrolling = false;
  tuning.SLPVectorization = target.optLevel() >= 3;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  constexpr const OptimizationLevel *kLevels[] = {&OptimizationLevel::O0, &OptimizationLevel::O1,
                                                  &OptimizationLevel::O2, &OptimizationLevel::O3};
  const OptimizationLevel &level = *kLevels[target.optLevel()];
  ModulePassManager passes = target.optLevel() == 0 ? builder.buildO0DefaultPipeline(level)
                                                    : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

} // namespace nncc::codegen
