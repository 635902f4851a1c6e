// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"

#include "nncc/Codegen/FactsTable.h"
#include "nncc/Pipeline/Reproducer.h"
#include "nncc/Runtime/Train/Run.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace llvm;

namespace nncc::tool {

/// The entries that an action runs: what is not compiled costs no time.
static std::vector<std::string> entriesFor(const Arguments &arguments, bool hasTraining) {
  switch (*arguments.action) {
  case runtime::Action::Train: return {"train_step", "evaluate"};
  case runtime::Action::Evaluate: return {"evaluate"};
  case runtime::Action::Predict:
    return arguments.run.explain.empty() ? std::vector<std::string>{"predict"} : std::vector<std::string>{"predict", "gradients"};
  case runtime::Action::Gradients: return {arguments.run.training ? "gradients_training" : "gradients"};
  case runtime::Action::Benchmark:
    return hasTraining ? std::vector<std::string>{"predict", "train_step"} : std::vector<std::string>{"predict"};
  case runtime::Action::Gradcheck: break;
  }
  return {};
}

int runAction(pipeline::Compiler &compiler, const Arguments &arguments) {
  bool hasTraining = compiler.model()->hasAttr("nn.train");
  bool needsTraining = *arguments.action == runtime::Action::Train || *arguments.action == runtime::Action::Evaluate;
  if (needsTraining && !hasTraining) {
    errs() << "nncc: error: " << runtime::actionName(*arguments.action) << " needs a train section, and model '"
           << compiler.model().getName().value_or("model") << "' has none; add at least\n"
           << "  train {\n    optimizer = Adam\n    loss      = MeanSquaredError\n  }\n";
    return static_cast<int>(pipeline::ExitStatus::BadInput);
  }
  // The runtime looks at data, weights and output files first and asks for the code when they are right.
  struct Context {
    pipeline::Compiler &compiler;
    std::vector<std::string> entries;
    std::unique_ptr<codegen::JitProgram> program;
  } context{compiler, entriesFor(arguments, hasTraining), nullptr};
  auto compile = [](void *pointer, const runtime::CompileRequest &request, int &status) -> const nncc_program * {
    Context &context = *static_cast<Context *>(pointer);
    if (!request.validates)
      llvm::erase(context.entries, "evaluate");
    status = static_cast<int>(context.compiler.compile(context.entries, context.program, request.batch));
#ifdef __GLIBC__
    malloc_trim(0); // what compilation took: the run needs the memory
#endif
    pipeline::recordPhase("running");
    return context.program ? context.program->program() : nullptr;
  };
  codegen::FactsTable table(compiler.describe());
  return runtime::runCommand(table.program(), *arguments.action, arguments.run, compile, &context);
}

} // namespace nncc::tool
