// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

//
// The driver: reads the command line, loads the model, and calls the pipeline or the runtime.

#include "Replay.h"
#include "Usage.h"

#include "nncc/Pipeline/ProgramFacts.h"
#include "nncc/Pipeline/Reproducer.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstdio>
#include <new>
#include <unistd.h>

using namespace llvm;

namespace nncc::tool {

static constexpr StringLiteral kExample =
#include "Example.inc"
    ;

/// Hands --mlir-... to MLIR's own parser, which knows them all.
static bool parseMlirOptions(const Arguments &arguments) {
  mlir::registerMLIRContextCLOptions();
  mlir::registerAsmPrinterCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  std::vector<const char *> pointers{"nncc"};
  for (const std::string &option : arguments.mlirOptions)
    pointers.push_back(option.c_str());
  std::string message;
  raw_string_ostream stream(message);
  if (cl::ParseCommandLineOptions(pointers.size(), pointers.data(), "", &stream))
    return true;
  errs() << message;
  return false;
}

static int run(const std::vector<std::string> &words) {
  using pipeline::ExitStatus;
  for (const Command &command : commands())
    if (!words.empty() && words.front() == command.name)
      return command.run({words.begin() + 1, words.end()});
  Arguments arguments;
  if (!parseArguments(words, arguments))
    return static_cast<int>(ExitStatus::WrongUsage);
  confine(arguments);
  if (!parseMlirOptions(arguments))
    return static_cast<int>(ExitStatus::WrongUsage);
  arguments.run.commandLine = {"nncc"};
  arguments.run.commandLine.insert(arguments.run.commandLine.end(), words.begin(), words.end());
  if (arguments.help) {
    printHelp();
    return 0;
  }
  if (arguments.manual) {
    printManual(outs());
    return 0;
  }
  if (!arguments.completion.empty()) {
    printCompletion(arguments.completion, outs());
    return 0;
  }
  if (arguments.version) {
    outs() << pipeline::compilerVersion() << "\n";
    return 0;
  }

  std::string text, name = arguments.model;
  bool isExample = name.empty();
  if (isExample) {
    text = kExample.str();
    name = "example.nn";
  } else if (!readSource(name, text)) {
    return static_cast<int>(ExitStatus::BadInput);
  }
  if (name == "-")
    name = "<stdin>";
  if (arguments.emit == "tokens" || arguments.emit == "ast")
    return static_cast<int>(pipeline::emitSyntax(arguments.emit, text, name, arguments.run.output));

  pipeline::Compiler compiler(arguments.compiler);
  if (ExitStatus status = compiler.load(text, name); status != ExitStatus::Success)
    return static_cast<int>(status);
  confineCallbacks(compiler.model());
  if (!arguments.embedWeights.empty())
    if (ExitStatus status = embedWeights(compiler, arguments); status != ExitStatus::Success)
      return static_cast<int>(status);
  if (!arguments.emit.empty())
    return static_cast<int>(compiler.emit(arguments.emit, arguments.run.output));
  if (isExample)
    compiler.emit("summary", "");
  if (*arguments.action == runtime::Action::Gradcheck)
    return runGradientCheck(compiler, arguments);
  return runAction(compiler, arguments);
}

} // namespace nncc::tool

/// The compiler is built without exceptions: what has no memory left ends here, with the status of a missing resource.
static void reportNoMemory() {
  fputs("nncc: error: out of memory\n", stderr);
  _exit(static_cast<int>(nncc::pipeline::ExitStatus::Failed));
}

int main(int argc, char **argv) {
  std::set_new_handler(reportNoMemory);
  install_bad_alloc_error_handler([](void *, const char *, bool) { reportNoMemory(); });
  std::signal(SIGXFSZ, SIG_IGN); // a file beyond the limit is a failing write, which is told of
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "--replay")
    return nncc::tool::runReplay(words, nncc::tool::run);
  nncc::pipeline::recordRun(words);
  return nncc::tool::run(words);
}
