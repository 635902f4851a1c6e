// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the LLVM dialect to LLVM IR, and LLVM's middle end.
#include "nncc/Codegen/TranslateToLLVMIR.h"

#include "nncc/ABI/Program.h"
#include "nncc/Codegen/InternalError.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

/// Whether a function has the parameters of `nncc_kernel`: four bases, then batch, begin, end and worker; maybe more integers,
/// where kernels share it.
bool isKernel(const Function &function) {
  FunctionType *type = function.getFunctionType();
  if (!type->getReturnType()->isVoidTy() || type->getNumParams() < 8)
    return false;
  for (unsigned i = 0; i < type->getNumParams(); ++i)
    if (i < 4 ? !type->getParamType(i)->isPointerTy() : !type->getParamType(i)->isIntegerTy(64))
      return false;
  return true;
}

/// Helper functions are called, kernels only pointed to.
bool isCalled(const Function &function) {
  return !function.isDeclaration() && any_of(function.users(), [](const User *user) { return isa<CallBase>(user); });
}

/// What the runtime promises of the four bases (nncc/ABI/Program.h): apart from each other, there, and aligned.
void addKernelAttributes(Function &function) {
  LLVMContext &context = function.getContext();
  for (unsigned i = 0; i < function.arg_size(); ++i) {
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
    return make_error<InternalError>("translation of the LLVM dialect to LLVM IR failed");
  target.applyTo(*result, machine);
  for (Function &function : *result) {
    if (!function.isDeclaration() && isKernel(function)) {
      addKernelAttributes(function);
      if (isCalled(function)) // shared: copies would be compiled again
        function.addFnAttr(Attribute::NoInline);
    }
  }
  return result;
}

void optimize(llvm::Module &module, const Target &target, TargetMachine &machine) {
  if (target.optLevel() == 0)
    return;
  // Kernels come blocked, unrolled and vectorised for the register file: unrolling them further only makes LLVM spill, and
  // most of LLVM's own pipeline finds nothing to do. This one gives the same speed in a third of the time. What is scalar
  // still is vectorised. Nothing here reassociates or fuses floating-point operations.
  constexpr StringLiteral kClean = "early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
                                   "loop-mssa(loop-rotate,licm),early-cse<memssa>";
  constexpr StringLiteral kVectorise = ",loop-vectorize,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm)";

  PassBuilder builder(&machine);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  bool helpers = any_of(module, [](const Function &function) {
    return isCalled(function) && !function.hasFnAttribute(Attribute::NoInline);
  });
  std::string text = helpers ? "cgscc(inline)," : "";
  text += ("function(" + kClean + (target.optLevel() > 1 ? kVectorise : "") + "),globaldce").str();
  ModulePassManager passes;
  // The text is a constant: a mistake in it shows in every test.
  cantFail(builder.parsePassPipeline(passes, text));
  passes.run(module, modules);
}

} // namespace nncc::codegen
