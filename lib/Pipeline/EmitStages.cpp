// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// -emit= of all that is text.
#include "nncc/Pipeline/Compiler.h"

#include "Internal.h"
#include "PlanOutput.h"
#include "nncc/Analysis/GraphOutput.h"
#include "nncc/Analysis/ModelGraph.h"
#include "nncc/Analysis/SummaryTable.h"
#include "nncc/Analysis/WideSummary.h"
#include "nncc/Codegen/LibraryNames.h"
#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Codegen/ObjectFile.h"
#include "nncc/Pipeline/ProgramFacts.h"
#include "nncc/Pipeline/Stages.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nncc::pipeline {

ExitStatus Compiler::emitJson(const analysis::ModelGraph &graph, llvm::raw_ostream &out) {
  std::vector<kernels::EntryInfo> entries;
  if (ExitStatus status = planEntries(allEntries(), entries); status != ExitStatus::Success)
    return status;
  analysis::printJson(graph, out, [&](llvm::json::OStream &json) {
    json.attribute("c_name", codegen::LibraryNames::of(module->getName().value_or("model")).fileBase);
    printMemoryJson(entries, json);
  });
  return ExitStatus::Success;
}

ExitStatus Compiler::emitText(StringRef kind, llvm::raw_ostream &out) {
  if (kind == "summary" || kind == "json" || kind == "dot" || kind == "svg") {
    FailureOr<analysis::ModelGraph> graph = analysis::ModelGraph::of(*module);
    if (failed(graph))
      return ExitStatus::BadInput;
    if (kind == "summary" && options.wideSummary) {
      analysis::ModelCosts costs;
      if (ExitStatus status = computeCosts(costs); status != ExitStatus::Success)
        return status;
      analysis::printWideSummary(*graph, costs, out);
    } else if (kind == "summary")
      analysis::printSummary(*graph, out);
    else if (kind == "json")
      return emitJson(*graph, out);
    else if (kind == "dot")
      analysis::printDot(*graph, out);
    else
      analysis::printSvg(*graph, out);
  } else if (kind == "nn") {
    module->print(out);
  } else if (kind == "grad") {
    OwningOpRef<ModuleOp> entries;
    if (ExitStatus status = lowerToEntries(allEntries(), entries); status != ExitStatus::Success)
      return status;
    entries->print(out);
  } else if (kind == "plan") {
    std::vector<kernels::EntryInfo> entries;
    if (ExitStatus status = planEntries(allEntries(), entries); status != ExitStatus::Success)
      return status;
    printPlan(entries, out);
  } else {
    OwningOpRef<ModuleOp> kernels;
    if (ExitStatus status = lowerToKernels(allEntries(), kernels); status != ExitStatus::Success)
      return status;
    ExitStatus status = run(*kernels, "lowering", [&](OpPassManager &passes) {
      if (kind == "loops" || kind == "llvm")
        codegen::populateLoopsPipeline(passes);
      if (kind == "llvm")
        codegen::populateLLVMPipeline(passes, {.fma = target->facts().fma});
    });
    if (status != ExitStatus::Success)
      return status;
    kernels->print(out);
  }
  return ExitStatus::Success;
}

ExitStatus Compiler::emitCode(StringRef kind, llvm::raw_pwrite_stream &out) {
  OwningOpRef<ModuleOp> kernels;
  if (ExitStatus status = lowerToKernels(allEntries(), kernels); status != ExitStatus::Success)
    return status;
  codegen::Program program = describe();
  addEntries(*kernels, program);
  llvm::LLVMContext llvmContext;
  llvm::Expected<std::unique_ptr<llvm::Module>> llvmModule =
      codegen::buildLLVMModule(*kernels, program, llvmContext, *target);
  if (!llvmModule)
    return internalError(llvm::toString(llvmModule.takeError()), *context, *kernels, "");
  codegen::OutputKind outputKind = kind == "asm" ? codegen::OutputKind::Assembly : codegen::OutputKind::LLVMIR;
  if (llvm::Error error = codegen::writeModule(**llvmModule, *target, outputKind, out))
    return internalError(llvm::toString(std::move(error)), *context, *kernels, "");
  return ExitStatus::Success;
}

ExitStatus Compiler::emit(StringRef kind, StringRef path) {
  if (findStage(kind)->level == Level::Artefact)
    return emitArtefact(kind, path);
  // Everything is in memory before the file is touched: a failure leaves no file and changes none.
  llvm::SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  ExitStatus status = kind == "llvm-ir" || kind == "asm" ? emitCode(kind, stream) : emitText(kind, stream);
  if (status != ExitStatus::Success)
    return status;
  return writeOutput(path, llvm::StringRef(buffer.data(), buffer.size()));
}

} // namespace nncc::pipeline
