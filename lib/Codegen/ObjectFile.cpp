// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels and table as one LLVM module, and what is written of it.
#include "nncc/Codegen/ObjectFile.h"

#include "CompileModule.h"

#include "nncc/Codegen/InternalError.h"
#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Codegen/ProgramTable.h"
#include "nncc/Codegen/TranslateToLLVMIR.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace nncc::codegen {

namespace {

/// int main(int argc, char **argv) { return nncc_runtime_main(argc, argv, &table); }
void emitMain(llvm::Module &module, GlobalVariable *table) {
  LLVMContext &context = module.getContext();
  Type *i32 = Type::getInt32Ty(context), *pointer = PointerType::get(context, 0);
  FunctionCallee runtimeMain =
      module.getOrInsertFunction("nncc_runtime_main", FunctionType::get(i32, {i32, pointer, pointer}, false));
  auto *main = Function::Create(FunctionType::get(i32, {i32, pointer}, false), GlobalValue::ExternalLinkage, "main", module);
  IRBuilder<> builder(BasicBlock::Create(context, "entry", main));
  builder.CreateRet(builder.CreateCall(runtimeMain, {main->getArg(0), main->getArg(1), table}));
}

} // namespace

Program withTarget(const Program &program, const Target &target) {
  Program result = program;
  if (result.cpu.empty())
    result.cpu = target.cpu();
  if (result.cpuFeatures.empty())
    result.cpuFeatures = target.requiredFeatures();
  return result;
}

Error checkKernels(const Program &program, const StringSet<> &defined) {
  for (const std::optional<Entry> &entry : program.entries)
    if (entry)
      for (const Step &step : entry->steps)
        if (!defined.contains(step.kernelSymbol))
          return make_error<InternalError>("step '" + step.what + "' of layer '" + step.layer +
                                           "' names the kernel '" + step.kernelSymbol + "', which the module doesn't have");
  return Error::success();
}

Expected<std::unique_ptr<llvm::Module>> buildLLVMModule(mlir::ModuleOp module, const Program &program,
                                                        LLVMContext &context, const Target &target,
                                                        const ModuleOptions &options) {
  if (Error error = lowerToLLVM(module, LoweringOptions{.fma = target.facts().fma}))
    return std::move(error);
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto result = translateToLLVMIR(module, context, target, **machine);
  if (!result)
    return result.takeError();
  StringSet<> defined;
  for (Function &function : **result)
    if (!function.isDeclaration()) {
      defined.insert(function.getName());
      function.setLinkage(GlobalValue::InternalLinkage);
    }
  if (Error error = checkKernels(program, defined))
    return std::move(error);
  auto table = emitProgramTable(**result, withTarget(program, target), options.tableSymbol);
  if (!table)
    return table.takeError();
  if (options.withMain)
    emitMain(**result, *table);
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
  legacy::PassManager passes;
  auto type = kind == OutputKind::Assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if ((*machine)->addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/true))
    return createStringError("LLVM cannot write " + Twine(kind == OutputKind::Assembly ? "assembly" : "object files") +
                             " for '" + target.triple() + "'");
  passes.run(module);
  return Error::success();
}

} // namespace nncc::codegen
