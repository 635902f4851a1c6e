// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

//
// The driver: reads the command line, loads the model, and calls the pipeline or the runtime.

#include "Usage.h"

#include "nncc/Pipeline/ProgramFacts.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <new>
#include <unistd.h>

using namespace llvm;

namespace nncc::tool {

static constexpr StringLiteral kExample =
#include "Example.inc"
    ;

bool readSource(const std::string &path, std::string &text) {
  auto fail = [&](const Twine &why) {
    errs() << "nncc: error: cannot read '" << path << "': " << why << "\n";
    return false;
  };
  if (path != "-" && sys::fs::is_directory(path))
    return fail("it is a directory");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      path == "-" ? MemoryBuffer::getSTDIN() : MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail(buffer.getError().message());
  text = (*buffer)->getBuffer().str();
  return true;
}

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
  if (!parseArguments(words, arguments) || !parseMlirOptions(arguments))
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
  return nncc::tool::run({argv + 1, argv + argc});
}
