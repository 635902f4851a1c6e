// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Compiler.h"

#include "Internal.h"
#include "ModelCosts.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Frontend/ImportNN.h"
#include "nncc/Pipeline/Passes.h"
#include "nncc/Pipeline/ProgramFacts.h"
#include "nncc/Pipeline/Reproducer.h"
#include "nncc/Pipeline/Registration.h"
#include "nncc/Support/Diagnostics.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nncc::pipeline {

Compiler::Compiler(CompilerOptions given) : options(std::move(given)) {
  DialectRegistry registry;
  registerDialects(registry);
  // Models are small: starting a pool of threads costs more than it saves, and messages keep their order.
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->allowUnregisteredDialects(false);
}

/// Whether a text without a file name is MLIR: a module or a function, behind comments and aliases. (Lines that begin with '#' are
/// comments in a .nn source.)
static bool startsLikeModule(StringRef text) {
  while (true) {
    text = text.ltrim();
    if (!text.starts_with("//") && !text.starts_with("#") && !text.starts_with("!"))
      return text.starts_with("module") || text.starts_with("builtin.module") || text.starts_with("\"builtin.module\"") ||
             text.starts_with("func");
    text = text.split('\n').second;
  }
}

ExitStatus Compiler::load(StringRef text, StringRef fileName) {
  facts.reset();
  if (fileName.ends_with(".mlir") || (fileName == "<stdin>" && startsLikeModule(text))) {
    if (!options.defines.empty())
      return usageError("-D replaces a const of a .nn source; an .mlir module has none");
    module = readModule(*context, text, fileName);
    return module ? ExitStatus::Success : ExitStatus::BadInput;
  }
  Diagnostics diagnostics;
  frontend::FrontendOptions frontendOptions;
  frontendOptions.defines = options.defines;
  FailureOr<OwningOpRef<ModuleOp>> imported = frontend::importModule(*context, text, fileName, frontendOptions, diagnostics);
  diagnostics.print(llvm::errs());
  if (diagnostics.hasErrors())
    return static_cast<ExitStatus>(diagnostics.exitStatus());
  if (failed(imported))
    return internalError("the front end made no module", *context, {}, "");
  module = std::move(*imported);
  return ExitStatus::Success;
}

const codegen::Program &Compiler::describe() {
  if (!facts)
    facts = describeModel(*module);
  return *facts;
}

ExitStatus Compiler::resolveTargets() {
  if (!targets.empty())
    return ExitStatus::Success;
  llvm::Expected<std::vector<codegen::Target>> resolved = codegen::Target::resolveList(options.target);
  if (!resolved)
    return usageError(llvm::toString(resolved.takeError()));
  targets = std::move(*resolved);
  return ExitStatus::Success;
}

ExitStatus Compiler::resolveTarget() {
  if (target)
    return ExitStatus::Success;
  if (ExitStatus status = resolveTargets(); status != ExitStatus::Success)
    return status;
  if (targets.size() > 1)
    return usageError("-mcpu=" + options.target.cpu +
                      ": several CPUs go into one artefact (-emit=obj, exe, lib, shared, python); name one for anything else");
  target = targets.front();
  return ExitStatus::Success;
}

ExitStatus Compiler::run(ModuleOp on, StringRef what, llvm::function_ref<void(OpPassManager &)> build) {
  recordPhase(what);
  PassManager passes(context.get());
  if (failed(applyPassManagerCLOptions(passes)))
    return ExitStatus::WrongUsage;
  applyDefaultTimingPassManagerCLOptions(passes);
  build(passes);
  OwningOpRef<ModuleOp> before = on.clone();
  FirstError error(*context);
  if (succeeded(passes.run(on)))
    return ExitStatus::Success;
  std::string pipeline;
  llvm::raw_string_ostream stream(pipeline);
  passes.printAsTextualPipeline(stream);
  return internalError(what + ": " + error.message, *context, *before, pipeline);
}

std::vector<std::string> Compiler::allEntries() {
  std::vector<std::string> entries{"predict"};
  const bool hasTraining = module->getOperation()->hasAttr("nn.train");
  if (hasTraining)
    entries.push_back("evaluate");
  if (hasTraining && options.training)
    entries.push_back("train_step");
  if (options.training)
    entries.insert(entries.end(), {"gradients", "gradients_training"});
  return entries;
}

ExitStatus Compiler::lowerToEntries(ArrayRef<std::string> entries, OwningOpRef<ModuleOp> &result) {
  if (ExitStatus status = fitMemory(entries); status != ExitStatus::Success)
    return status;
  result = module->clone();
  return run(*result, "making entry points", [&](OpPassManager &passes) { buildEntryPipeline(passes, entries, budget); });
}

/// What is far beyond any machine's memory is told before it is planned for, tile by tile.
static ExitStatus checkSizes(ModuleOp module) {
  constexpr int64_t limit = int64_t(1) << 32;
  ExitStatus status = ExitStatus::Success;
  module.walk([&](Operation *op) {
    SmallVector<Type> types(op->getResultTypes());
    if (auto variable = dyn_cast<nn::VariableOp>(op))
      types.push_back(variable.getType());
    for (Type type : types) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor)
        continue;
      int64_t elements = 1;
      for (int64_t extent : tensor.getShape())
        elements *= ShapedType::isDynamic(extent) ? 1 : std::min(extent, limit + 1), elements = std::min(elements, limit + 1);
      if (elements <= limit)
        continue;
      llvm::errs() << "nncc: error: " << tensor << " is too large to compile: more than 2^32 elements (16 GiB)"
                   << (isa<nn::VariableOp>(op) ? " of a parameter" : " a sample") << "\n";
      status = ExitStatus::Failed;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return status;
}

ExitStatus Compiler::lowerToKernels(ArrayRef<std::string> entries, OwningOpRef<ModuleOp> &result) {
  if (ExitStatus status = resolveTarget(); status != ExitStatus::Success)
    return status;
  if (ExitStatus status = checkSizes(*module); status != ExitStatus::Success)
    return status;
  if (ExitStatus status = lowerToEntries(entries, result); status != ExitStatus::Success)
    return status;
  if (ExitStatus status = checkEntrySize(*result); status != ExitStatus::Success)
    return status;
  const codegen::CpuFacts &cpu = target->facts();
  planning::TargetFacts targetFacts{cpu.vectorBits, cpu.vectorRegisters, cpu.fma, cpu.l1Bytes, cpu.l2Bytes,
                                    options.winograd, cpu.bfloat16};
  ExitStatus status = run(*result, "making kernels", [&](OpPassManager &passes) { buildKernelPipeline(passes, targetFacts); });
  return status == ExitStatus::Success ? checkKernelSize(*result) : status;
}

ExitStatus Compiler::compile(ArrayRef<std::string> entries, std::unique_ptr<codegen::JitProgram> &result,
                             int64_t batch) {
  if (batch)
    options.batchSize = batch;
  OwningOpRef<ModuleOp> kernels;
  if (ExitStatus status = lowerToKernels(entries, kernels); status != ExitStatus::Success)
    return status;
  if (ExitStatus status = checkMemory(*kernels, /*isRun=*/true); status != ExitStatus::Success)
    return status;
  codegen::Program program = describe();
  addEntries(*kernels, program);
  recordPhase("generating code");
  llvm::Expected<std::unique_ptr<codegen::JitProgram>> compiled = codegen::JitProgram::create(*kernels, program, *target);
  if (!compiled)
    return internalError(llvm::toString(compiled.takeError()), *context, *kernels, "");
  result = std::move(*compiled);
  return ExitStatus::Success;
}

ExitStatus Compiler::checkGradients(const reference::GradCheckOptions &options) {
  std::vector<std::string> entries{options.training ? "gradients_training" : "gradients"};
  if (module->getOperation()->hasAttr("nn.train"))
    entries.push_back("train_step");
  OwningOpRef<ModuleOp> lowered;
  if (ExitStatus status = lowerToEntries(entries, lowered); status != ExitStatus::Success)
    return status;
  FirstError error(*context);
  if (succeeded(reference::checkGradients(*lowered, options)))
    return ExitStatus::Success;
  llvm::outs().flush();
  return internalError(error.message, *context, *lowered, "");
}

int64_t Compiler::batchSize() {
  int64_t own = describe().training.present ? describe().training.batchSize : 0;
  return options.batchSize ? options.batchSize : own ? own : 32;
}

ExitStatus Compiler::computeCosts(analysis::ModelCosts &costs) {
  bool trains = module->getOperation()->hasAttr("nn.train");
  std::vector<kernels::EntryInfo> entries;
  if (ExitStatus status = planEntries({"predict", trains ? "train_step" : "gradients_training"}, entries);
      status != ExitStatus::Success)
    return status;
  costs = collectCosts(entries[0], entries[1], describe(), batchSize());
  return ExitStatus::Success;
}

ExitStatus Compiler::planEntries(ArrayRef<std::string> names, std::vector<kernels::EntryInfo> &entries) {
  OwningOpRef<ModuleOp> lowered;
  if (ExitStatus status = lowerToKernels(names, lowered); status != ExitStatus::Success)
    return status;
  FirstError error(*context);
  FailureOr<std::vector<kernels::EntryInfo>> decoded = kernels::decodeEntries(*lowered);
  if (failed(decoded))
    return internalError(error.message, *context, *lowered, "");
  entries = std::move(*decoded);
  return ExitStatus::Success;
}

} // namespace nncc::pipeline
