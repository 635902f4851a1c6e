// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --memory-limit: how much the backward pass may find kept, so that all of training fits.
#include "nncc/Pipeline/Compiler.h"

#include "Internal.h"
#include "ModelCosts.h"
#include "nncc/Analysis/SummaryTable.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

using namespace mlir;

namespace nncc::pipeline {

namespace {

/// A way to train: what it takes when compiled.
struct Trial {
  ActivationBudget budget;
  int64_t bytes = 0; ///< all that counts for the limit
  int64_t flops = 0; ///< of a step
  analysis::EntryMemory memory;
};

std::string formatBytes(int64_t bytes) {
  return std::to_string(bytes) + " bytes (" + analysis::formatMemorySize(static_cast<double>(bytes)) + ")";
}

} // namespace

/// 1. Training as it is, and if that fits there is nothing to do.
/// 2. The planner counts activations only. What the compiled entry needs beside them is not known to it, so its budget is
///    found by bisection over compiled plans: the largest that fits has the fewest FLOPs.
ExitStatus Compiler::fitMemory(ArrayRef<std::string> entries) {
  if (!options.memoryLimit || isFitted || !llvm::is_contained(entries, "train_step"))
    return ExitStatus::Success;
  isFitted = true; // the trials below lower, too
  int64_t limit = *options.memoryLimit, batch = batchSize();
  int64_t threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  bool evaluates = llvm::is_contained(entries, "evaluate");
  int64_t evaluation = 0; // of the same arena
  auto attempt = [&](int64_t bytes, Trial &trial) {
    budget = {bytes, batch};
    std::vector<kernels::EntryInfo> plans;
    std::vector<std::string> names{"train_step"};
    if (bytes < 0 && evaluates)
      names.push_back("evaluate");
    if (ExitStatus status = planEntries(names, plans); status != ExitStatus::Success)
      return status;
    trial.budget = budget;
    trial.memory = memoryOf(plans[0], describe(), batch, true, true);
    if (plans.size() > 1)
      evaluation = memoryOf(plans[1], describe(), batch, true, true).peak(threads);
    trial.bytes = std::max(trial.memory.peak(threads), evaluation);
    trial.flops = 0;
    for (const kernels::StepInfo &step : plans[0].steps)
      trial.flops += valueAt(step.flops, batch);
    return ExitStatus::Success;
  };

  Trial plain;
  if (ExitStatus status = attempt(-1, plain); status != ExitStatus::Success)
    return status;
  Trial best = plain, smallest = plain;
  if (plain.bytes > limit) {
    std::optional<Trial> fits;
    auto fitsWith = [&](int64_t bytes, bool &does) {
      Trial trial;
      ExitStatus status = attempt(bytes, trial);
      if (trial.bytes < smallest.bytes)
        smallest = trial;
      does = trial.bytes <= limit;
      if (does && (!fits || trial.flops < fits->flops))
        fits = trial;
      return status;
    };
    // The smallest first; what kernels need besides may make another one smaller.
    int64_t most = plain.memory.arena, low = 0;
    bool does = false;
    for (int64_t eighths = 0; eighths < 7 && !does; ++eighths) {
      low = most / 8 * eighths;
      if (ExitStatus status = fitsWith(low, does); status != ExitStatus::Success)
        return status;
    }
    for (int64_t high = most, round = 0; fits && round < 8; ++round) {
      // First where the limit would be if nothing but activations changed.
      int64_t guess = plain.memory.kept - (plain.bytes - limit);
      int64_t middle = round == 0 && guess > low && guess < high ? guess : low + (high - low) / 2;
      if (ExitStatus status = fitsWith(middle, does); status != ExitStatus::Success)
        return status;
      (does ? low : high) = middle;
    }
    if (!fits) {
      const analysis::EntryMemory &memory = smallest.memory;
      return failure("training '" + describe().name + "' at batch " + std::to_string(batch) + " needs at least " +
                     formatBytes(smallest.bytes) + ", and --memory-limit is " + formatBytes(limit) + ": parameters " +
                     std::to_string(memory.parameters) + ", gradients " + std::to_string(memory.gradients) +
                     ", optimizer state " + std::to_string(memory.optimizerState) + ", activations " +
                     std::to_string(memory.arena) + ", scratch " + std::to_string(memory.scratch * threads) +
                     "; try a smaller batch size");
    }
    best = *fits;
  }
  budget = best.budget;
  llvm::errs() << "nncc: training at batch " << batch << " takes " << formatBytes(best.bytes) << " of "
               << formatBytes(limit);
  if (best.budget.bytes < 0)
    llvm::errs() << ": nothing is computed twice\n";
  else
    llvm::errs() << " instead of " << formatBytes(plain.bytes) << ": "
                 << llvm::format("%.1f", 100.0 * static_cast<double>(best.flops - plain.flops) / static_cast<double>(plain.flops))
                 << "% more FLOPs\n";
  return ExitStatus::Success;
}

} // namespace nncc::pipeline
