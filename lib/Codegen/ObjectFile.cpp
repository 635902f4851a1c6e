// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels and table as one LLVM module, and what is written of it.
#include "nncc/Codegen/ObjectFile.h"

#include "CompileModule.h"

#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Codegen/ProgramTable.h"
#include "nncc/Codegen/TranslateToLLVMIR.h"

#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace nncc::codegen {

Expected<std::unique_ptr<llvm::Module>> buildLLVMModule(mlir::ModuleOp module, const Program &program,
                                                        LLVMContext &context, const Target &target,
                                                        const ModuleOptions &options) {
  if (Error error = lowerToLLVM(module, LoweringOptions{.fma = target.facts().fma}))
    return std::move(error);
  if (Error error = checkKernels(program, module))
    return std::move(error);
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto result = translateToLLVMIR(module, context, target, **machine);
  if (!result)
    return result.takeError();
  for (Function &function : **result)
    if (!function.isDeclaration())
      function.setLinkage(GlobalValue::InternalLinkage);
  auto programs = emitProgramTables(**result, withTarget(program, target));
  if (!programs)
    return programs.takeError();
  if (options.withMain)
    emitMain(**result, *programs, program);
  optimize(**result, target, **machine);
  return result;
}

Error writeModule(llvm::Module &module, const Target &target, OutputKind kind, raw_pwrite_stream &out) {
  if (kind == OutputKind::LLVMIR) {
    module.print(out, nullptr);
    return Error::success();
  }
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  return writeCode(module, **machine, kind == OutputKind::Assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile, out);
}

} // namespace nncc::codegen
