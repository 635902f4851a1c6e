// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_ENTRYTABLE_H
#define NNCC_KERNELS_ENTRYTABLE_H

#include "nncc/Planning/MemoryPlan.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"

#include <algorithm>
#include <string>
#include <vector>

/// What `nn-to-loops` leaves behind of the entry functions: their steps and the layout of their arenas, as the
/// attribute `nncc.entries` of the module (builtin attributes only, so that it survives all lowering). The pipeline
/// makes the program table (ABI/Program.h) of it; see there for what the fields mean.
namespace nncc::kernels {

using planning::Affine;

inline constexpr llvm::StringLiteral kEntriesAttrName = "nncc.entries";
/// Unit attribute of the constants of a kernel that say where its buffers lie. Kernels that differ in nothing else can share
/// their code.
inline constexpr llvm::StringLiteral kPlaceAttrName = "nncc.place";

/// What a step is for: the prediction and its loss, their gradients, or the update of the variables.
enum class Phase { Forward, Backward, Update };

struct StepInfo {
  std::string layer; ///< "" for none
  std::string what;
  std::string kernel; ///< symbol of the `func.func`
  Affine units, flops, bytes;
  std::string plan{}; ///< what was decided about it, for people; "" for nothing
  Phase phase = Phase::Forward;
  bool kept = false; ///< made of the parameters alone: need not run again while they stay
};

struct RegionInfo {
  Affine offset;   ///< bytes
  Affine elements; ///< {0, 0}: there is none
};

/// A tensor that can be looked at behind a step; see nncc_watch of the ABI.
struct WatchInfo {
  std::string layer;
  int64_t step = 0;
  bool isGradient = false;
  RegionInfo region;
  int64_t width = 1, distance = 1;
};

struct EntryInfo {
  std::string name; ///< "predict", "train_step", ...
  std::vector<StepInfo> steps;
  Affine arenaBytes;       ///< without the workers' scratch
  int64_t workerBytes = 0; ///< a multiple of 64
  std::vector<RegionInfo> arguments, results; ///< of the entry function, in its order
  planning::MemoryPlan memory{};              ///< its total is arenaBytes
  std::vector<WatchInfo> watches{};           ///< of a train step, by step

  /// How many steps it takes until the output and the loss are there.
  int64_t forwardSteps() const {
    auto isBackward = [](const StepInfo &step) { return step.phase == Phase::Backward; };
    return std::find_if(steps.begin(), steps.end(), isBackward) - steps.begin();
  }

  // The roles of arguments and results, by the convention of docs/Architecture.md. Of a function that is no entry point
  // all arguments are inputs and the first result is the output.
  bool hasTarget() const { return name == "evaluate" || name == "train_step"; }
  bool hasOutputGradient() const { return name == "gradients" || name == "gradients_training"; }
  llvm::ArrayRef<RegionInfo> inputs() const {
    return llvm::ArrayRef(arguments).drop_back(hasTarget() || hasOutputGradient() ? 1 : 0);
  }
  RegionInfo output() const { return results.empty() ? RegionInfo() : results.front(); }
  RegionInfo target() const { return hasTarget() ? arguments.back() : RegionInfo(); }
  RegionInfo loss() const { return hasTarget() ? results.back() : RegionInfo(); }
  RegionInfo outputGradient() const { return hasOutputGradient() ? arguments.back() : RegionInfo(); }
  llvm::ArrayRef<RegionInfo> inputGradients() const {
    return hasOutputGradient() ? llvm::ArrayRef(results).drop_front() : llvm::ArrayRef<RegionInfo>();
  }
};

mlir::ArrayAttr encodeEntries(mlir::MLIRContext *context, llvm::ArrayRef<EntryInfo> entries);

/// The table of a module after `nn-to-loops`; empty where the module has none. Fails, with an error at the module, for
/// an attribute that `encodeEntries` does not make.
mlir::FailureOr<std::vector<EntryInfo>> decodeEntries(mlir::ModuleOp module);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_ENTRYTABLE_H
