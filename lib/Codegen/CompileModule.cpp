// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CompileModule.h"

#include "nncc/Codegen/InternalError.h"
#include "nncc/Codegen/TranslateToLLVMIR.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::codegen {

Program withTarget(const Program &program, const Target &target) {
  Program result = program;
  if (result.cpu.empty())
    result.cpu = target.cpu();
  if (result.cpuFeatures.empty())
    result.cpuFeatures = target.requiredFeatures();
  return result;
}

Error checkKernels(const Program &program, mlir::ModuleOp module) {
  StringSet<> defined;
  for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>())
    if (!function.isExternal())
      defined.insert(function.getName());
  for (const std::optional<Entry> &entry : program.entries)
    if (entry)
      for (const Step &step : entry->steps)
        if (!defined.contains(step.kernelSymbol))
          return make_error<InternalError>("step '" + step.what + "' of layer '" + step.layer +
                                           "' names the kernel '" + step.kernelSymbol + "', which the module doesn't have");
  return Error::success();
}

Error writeCode(llvm::Module &module, TargetMachine &machine, CodeGenFileType type, raw_pwrite_stream &out) {
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/true))
    return createStringError(Twine("LLVM cannot write ") + (type == CodeGenFileType::AssemblyFile ? "assembly" : "object files") +
                             " for '" + machine.getTargetTriple().str() + "'");
  passes.run(module);
  return Error::success();
}

static Expected<Part> machineFor(const Target &target, bool forJit) {
  Part part;
  auto machine = target.createTargetMachine(forJit);
  if (!machine)
    return machine.takeError();
  part.machine = std::move(*machine);
  part.context = std::make_unique<LLVMContext>();
  return part;
}

Expected<Part> Part::create(const Target &target, bool forJit) {
  Expected<Part> part = machineFor(target, forJit);
  if (part) {
    part->module = std::make_unique<llvm::Module>("nncc", *part->context);
    target.applyTo(*part->module, *part->machine);
  }
  return part;
}

Expected<Part> Part::translate(mlir::ModuleOp module, const Target &target, bool forJit) {
  Expected<Part> part = machineFor(target, forJit);
  if (!part)
    return part;
  auto translated = translateToLLVMIR(module, *part->context, target, *part->machine);
  if (!translated)
    return translated.takeError();
  part->module = std::move(*translated);
  return part;
}

Expected<std::unique_ptr<MemoryBuffer>> Part::compile(const Target &target) && {
  Part part = std::move(*this);
  optimize(*part.module, target, *part.machine);
  SmallVector<char, 0> object;
  raw_svector_ostream stream(object);
  if (Error error = writeCode(*part.module, *part.machine, CodeGenFileType::ObjectFile, stream))
    return std::move(error);
  part.module.reset(); // before its context
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(object), "nncc", /*RequiresNullTerminator=*/false);
}

} // namespace nncc::codegen
