// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_COMPILER_H
#define NNCC_PIPELINE_COMPILER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "nncc/Codegen/Jit.h"
#include "nncc/Codegen/Program.h"
#include "nncc/Codegen/Target.h"
#include "nncc/Kernels/EntryTable.h"
#include "nncc/Pipeline/ExitStatus.h"
#include "nncc/Pipeline/Passes.h"
#include "nncc/Planning/WinogradTiles.h"
#include "nncc/Reference/GradCheck.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace nncc::codegen {
class ObjectCompiler;
} // namespace nncc::codegen

namespace nncc::analysis {
class ModelGraph;
struct ModelCosts;
} // namespace nncc::analysis

namespace nncc::pipeline {

struct CompilerOptions {
  std::vector<std::string> defines; ///< -D NAME=VALUE
  codegen::TargetOptions target;    ///< artefacts: its CPU may be a list
  planning::WinogradTiles winograd = planning::WinogradTiles::Accurate;
  bool wideSummary = false; ///< -emit=summary with what each layer costs
  int64_t batchSize = 0;    ///< what costs are told for; 0: the train section's, or 32
  /// Bytes that training may take at that batch: parameters, gradients, optimizer state, arena, the scratch of `threads`.
  std::optional<int64_t> memoryLimit;
  int64_t threads = 0; ///< 0: all cores
  std::optional<bool> pictures; ///< exe: with what reads PNG and JPEG files; nothing: as the model needs it
  bool training = true;         ///< false: no entry that trains or computes gradients
};

/// Takes one model from its source to any stage. Messages go to standard error; every function returns an exit status of the
/// command line (ExitStatus.h).
class Compiler {
public:
  explicit Compiler(CompilerOptions options);

  /// Reads and checks `text`: a .nn source, or, where the name ends in .mlir, a module of the nn dialect.
  ExitStatus load(llvm::StringRef text, llvm::StringRef fileName);

  /// Writes the stage `kind` (a name of Stages.h) of the loaded model to `path`; empty: to standard output. Of lib and shared
  /// `path` may be a folder; of python it is one.
  ExitStatus emit(llvm::StringRef kind, llvm::StringRef path);
  /// Artefacts of the loaded model get these weights.
  void embed(codegen::Embedded weights);

  /// Compiles these entries of the loaded model for this process. `batch`: what the run will train with, where it is known.
  ExitStatus compile(llvm::ArrayRef<std::string> entries, std::unique_ptr<codegen::JitProgram> &program, int64_t batch = 0);

  /// Finite differences against the gradient pass, in f64. A disagreement is a bug of nncc: ExitStatus::Internal.
  ExitStatus checkGradients(const reference::GradCheckOptions &options);

  /// What each layer and the whole model cost when compiled: FLOPs and memory, from the program's table.
  ExitStatus computeCosts(analysis::ModelCosts &costs);

  mlir::ModuleOp model() { return *module; }
  /// The facts of the loaded model, without code.
  const codegen::Program &describe();

private:
  /// Finds out what to compile for. More than one CPU is wrong usage but for artefacts.
  ExitStatus resolveTarget();
  ExitStatus resolveTargets();
  /// Runs `passes` on a module; a failure is a bug, and leaves a reproducer file.
  ExitStatus run(mlir::ModuleOp on, llvm::StringRef what, llvm::function_ref<void(mlir::OpPassManager &)> build);
  /// Refuses (or, for a program that runs elsewhere, warns of) what takes more memory than there is (Limits.cpp).
  ExitStatus checkMemory(mlir::ModuleOp kernels, bool isRun);
  /// Finds the activation budget with which training fits the memory limit (FitMemory.cpp), and tells what it costs.
  ExitStatus fitMemory(llvm::ArrayRef<std::string> entries);
  ExitStatus lowerToEntries(llvm::ArrayRef<std::string> entries, mlir::OwningOpRef<mlir::ModuleOp> &result);
  ExitStatus lowerToKernels(llvm::ArrayRef<std::string> entries, mlir::OwningOpRef<mlir::ModuleOp> &result);
  /// The plans of entries, for the machine that the options name.
  ExitStatus planEntries(llvm::ArrayRef<std::string> names, std::vector<kernels::EntryInfo> &entries);
  /// The batch that costs are told for.
  int64_t batchSize();
  ExitStatus emitJson(const analysis::ModelGraph &graph, llvm::raw_ostream &out);
  ExitStatus emitText(llvm::StringRef kind, llvm::raw_ostream &out);
  ExitStatus emitCode(llvm::StringRef kind, llvm::raw_pwrite_stream &out);
  /// Compiled and linked files (Artefact.cpp).
  ExitStatus emitArtefact(llvm::StringRef kind, llvm::StringRef path);
  ExitStatus compileArtefact(llvm::StringRef kind, codegen::ObjectCompiler &compiler);
  /// The options that artefacts are compiled with, as on the command line.
  std::vector<std::string> describeOptions() const;
  /// The entries that the model can have: without a train section no training.
  std::vector<std::string> allEntries();

  CompilerOptions options;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<codegen::Target> targets;  ///< all that the options name, most features first
  std::optional<codegen::Target> target; ///< what is compiled for now
  std::optional<codegen::Program> facts; ///< made by the first `describe`
  std::shared_ptr<const codegen::Embedded> embedded;
  ActivationBudget budget;
  bool isFitted = false; ///< `budget` is what the memory limit asks for, for `target`
};

/// Writes the front end's view of a source: `kind` is "tokens" or "ast".
ExitStatus emitSyntax(llvm::StringRef kind, llvm::StringRef text, llvm::StringRef fileName, llvm::StringRef path);

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_COMPILER_H
