// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The actions of `nncc -jit`, which are all commands. Compiled executables have those that their main() lists (Main.cpp).
#include "Command.h"

namespace nncc::runtime {

static constexpr const char *actionNames[] = {"train", "evaluate", "predict", "gradients", "gradcheck", "benchmark", nullptr};

std::optional<Action> parseAction(const std::string &name) {
  for (int i = 0; actionNames[i]; ++i)
    if (name == actionNames[i])
      return static_cast<Action>(i);
  return std::nullopt;
}

const char *actionName(Action action) { return actionNames[static_cast<int>(action)]; }

std::string unknownAction(const std::string &name) {
  const char *near = nearest(name, actionNames);
  return "unknown action '" + name + "'; " +
         (near ? "did you mean '" + std::string(near) + "'?" : "there are train, evaluate, predict, gradients, gradcheck and benchmark");
}

std::string actionsHelp() {
  std::string text;
  for (const nncc_command *command : {&nncc_command_train, &nncc_command_evaluate, &nncc_command_predict, &nncc_command_gradients,
                                      &nncc_command_benchmark})
    text += commandHelp(*command);
  return text;
}

static const nncc_command &commandOf(Action action) {
  switch (action) {
  case Action::Train: return nncc_command_train;
  case Action::Evaluate: return nncc_command_evaluate;
  case Action::Predict: return nncc_command_predict;
  case Action::Gradients: return nncc_command_gradients;
  case Action::Benchmark: return nncc_command_benchmark;
  case Action::Gradcheck: break;
  }
  static constexpr nncc_command gradcheck = {
      "gradcheck", "", [](Command &) { fail(exitUsage, "gradcheck needs the compiler: nncc MODEL.nn -jit gradcheck"); }};
  return gradcheck;
}

int runCommand(const nncc_program &facts, Action action, const RunOptions &options, CompileFunction compile, void *context) {
  return runCommand(facts, commandOf(action), options, compile, context);
}

} // namespace nncc::runtime
