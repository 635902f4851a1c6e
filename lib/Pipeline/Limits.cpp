// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is too large to compile in reasonable time, or to run in the memory that there is: told before code is generated.

#include "nncc/Pipeline/Compiler.h"

#include "AvailableMemory.h"
#include "Internal.h"
#include "ModelCosts.h"
#include "nncc/Analysis/SummaryTable.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Support/PrintableText.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

using namespace mlir;

namespace nncc::pipeline {

namespace {

/// Operations of all entry points together: making kernels takes half a millisecond and 90 KB for a convolution, less for others.
constexpr int64_t kMostLayerOps = 60'000;
/// Operations of all kernels together: they take 50 microseconds of a core each. Of docs/examples, ResNet50 has 100,000 and the
/// DenseNet 280,000.
constexpr int64_t kMostKernelOps = 1'500'000;

/// What an entry point takes, in floating point: a batch is any 63-bit number.
struct Need {
  std::string entry;
  int64_t batch = 1;
  analysis::EntryMemory memory; ///< at batch 0
  double arena = 0, bytes = 0;
};

StringRef doing(StringRef entry) {
  return entry == "train_step" ? "training" : entry == "evaluate" ? "evaluating" : entry == "predict" ? "predicting with" : "gradients of";
}

std::string formatBytes(double bytes) { return analysis::formatMemorySize(bytes); }

ExitStatus tooLarge(const llvm::Twine &what, int64_t found, int64_t most, StringRef hint) {
  return failure("the model is too large to compile: " + what + " " + llvm::Twine(found) + " operations, at most " +
                 llvm::Twine(most) + " are supported; " + hint);
}

} // namespace

ExitStatus checkEntrySize(ModuleOp entries) {
  int64_t count = 0;
  for (auto function : entries.getOps<func::FuncOp>())
    if (function->hasAttr("nn.entry"))
      count += llvm::count_if(function.getBody().getOps(), [](Operation &op) { return !isa<nn::ReadOp>(op); });
  if (count <= kMostLayerOps)
    return ExitStatus::Success;
  return tooLarge("its entry points have", count, kMostLayerOps, "make it of fewer layers");
}

ExitStatus checkKernelSize(ModuleOp kernels) {
  int64_t count = 0;
  kernels.walk([&](Operation *) { ++count; });
  if (count <= kMostKernelOps)
    return ExitStatus::Success;
  return tooLarge("its kernels have", count, kMostKernelOps, "layers of the same shape share theirs");
}

/// `isRun`: this process runs the program, so what does not fit is an error. Else it is a warning.
ExitStatus Compiler::checkMemory(ModuleOp kernels, bool isRun) {
  FirstError error(*context);
  FailureOr<std::vector<kernels::EntryInfo>> entries = kernels::decodeEntries(kernels);
  if (failed(entries))
    return internalError(error.message, *context, kernels, "");
  const int64_t threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::optional<Need> worst;
  for (const kernels::EntryInfo &entry : *entries) {
    const bool isTraining = entry.name == "train_step";
    Need need{entry.name, isTraining || entry.name == "evaluate" ? batchSize() : std::max<int64_t>(options.batchSize, 1),
              memoryOf(entry, describe(), 0, isTraining || StringRef(entry.name).starts_with("gradients"), isTraining)};
    need.arena = double(entry.arenaBytes.fixed) + double(entry.arenaBytes.perSample) * double(need.batch);
    need.bytes = double(need.memory.peak(threads) - need.memory.arena) + need.arena;
    if (!worst || need.bytes > worst->bytes)
      worst = need;
  }
  const AvailableMemory available = availableMemory();
  const double limit = double(options.memoryLimit.value_or(available.bytes));
  if (!worst || worst->bytes <= limit)
    return ExitStatus::Success;
  const analysis::EntryMemory &memory = worst->memory;
  std::string text = (doing(worst->entry) + " '" + describe().name + "' at batch " + llvm::Twine(worst->batch) + " needs " +
                      formatBytes(worst->bytes) + ", and " + formatBytes(limit) + " " +
                      (options.memoryLimit ? "is --memory-limit" : available.what) + ": parameters " +
                      formatBytes(double(memory.parameters)) + ", gradients " + formatBytes(double(memory.gradients)) +
                      ", optimizer state " + formatBytes(double(memory.optimizerState)) + ", activations " +
                      formatBytes(worst->arena) + ", scratch " + formatBytes(double(memory.scratch) * double(threads)))
                         .str();
  if (!isRun) {
    llvm::errs() << "nncc: warning: " << printable(text) << "\n";
    return ExitStatus::Success;
  }
  if (worst->batch > 1)
    text += "; try a smaller batch size";
  if (worst->entry == "train_step" && !options.memoryLimit)
    text += ", or --memory-limit, which computes activations twice";
  return failure(text);
}

} // namespace nncc::pipeline
