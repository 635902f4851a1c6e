// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's target machine for a target, and the attributes that tell LLVM's passes about it.
#include "nncc/Codegen/Target.h"

#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace nncc::codegen {

Expected<std::unique_ptr<TargetMachine>> Target::createTargetMachine(bool forJit) const {
  Triple triple(tripleText);
  std::string error;
  const llvm::Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return createStringError("no code generator for '" + tripleText + "'");

  llvm::TargetOptions options;
  // Which operations fuse was decided before (fuse-multiply-add), so that it is the same in whatever program a kernel is.
  options.AllowFPOpFusion = FPOpFusion::Standard; // what is written as fused
  options.NoTrappingFPMath = true;
  options.FunctionSections = !forJit; // the linker drops what an executable doesn't use
  options.DataSections = !forJit;
  constexpr CodeGenOptLevel kLevels[] = {CodeGenOptLevel::None, CodeGenOptLevel::Less, CodeGenOptLevel::Default,
                                         CodeGenOptLevel::Aggressive};
  std::unique_ptr<TargetMachine> machine(backend->createTargetMachine(
      triple, isaCpu, featureText, options,
      triple.isWasm() ? Reloc::Static : Reloc::PIC_, // PIC would mean to be loaded by another WebAssembly module
      forJit ? std::optional(CodeModel::Small) : std::nullopt, kLevels[level], forJit));
  if (!machine)
    return createStringError("LLVM's code generator for '" + tripleText + "' refuses the CPU '" + isaCpu + "'");
  return machine;
}

void Target::applyTo(llvm::Module &module, const TargetMachine &machine) const {
  module.setTargetTriple(Triple(tripleText));
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(PICLevel::BigPIC);
  std::string width = std::to_string(cpuFacts.vectorBits);
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", isaCpu);
    function.addFnAttr("target-features", featureText);
    function.addFnAttr("tune-cpu", tuneCpu);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr("no-trapping-math", "true");
    function.addFnAttr(Attribute::NoUnwind);
  }
}

} // namespace nncc::codegen
