// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

//
// nncc data SRC [MODEL.nn]: what a data source holds, with or without a model that it has to fit.

#include "Commands.h"
#include "Replay.h"

#include "nncc/Codegen/FactsTable.h"
#include "nncc/Runtime/Train/DataCommand.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

static constexpr StringLiteral kUsage =
    "usage: nncc data SRC [MODEL.nn] [options]\n\n"
    "Number of samples, shape, range of values, classes with counts; with a model also whether it fits.\n\n"
    "  -o SHEET.png              draw labelled samples\n"
    "  --benchmark               measure how fast samples are read\n"
    "  --resize                  scale pictures of another size than the model's\n"
    "  --cache DIR               keep decoded pictures there for the next run\n"
    "  --data-memory BYTES       what samples may take in memory, e.g. 500M\n"
    "  --threads N               worker threads (0: all cores)\n";

StringRef dataUsage() { return kUsage; }

/// The options of a run that say something about data alone.
static constexpr StringLiteral kOptions[] = {"-o", "--resize", "--cache", "--data-memory", "--threads"};

int runData(const std::vector<std::string> &words) {
  auto wrong = [](const Twine &message) {
    errs() << "nncc: error: " << printable(message.str()) << "; see nncc data --help\n";
    return static_cast<int>(pipeline::ExitStatus::WrongUsage);
  };
  std::vector<std::string> rest;
  bool benchmark = false;
  for (const std::string &word : words) {
    StringRef name = StringRef(word).split('=').first;
    if (word == "--help" || word == "-h") {
      outs() << kUsage;
      return 0;
    }
    if (name.size() > 1 && name.starts_with("-") && word != "--benchmark" && !is_contained(kOptions, name))
      return wrong("data does not take '" + name + "'");
    if (word == "--benchmark")
      benchmark = true;
    else
      rest.push_back(word);
  }
  runtime::RunOptions options;
  std::vector<std::string> positional;
  std::string error;
  if (!runtime::parseRunOptions(rest, options, &positional, error))
    return wrong(error);
  confine(options);
  if (positional.empty() || positional.size() > 2)
    return wrong("data takes a source and, if wanted, a model");
  if (positional.size() == 1)
    return runtime::runDataCommand(positional[0], nullptr, options, benchmark);

  std::string text;
  if (!readSource(positional[1], text))
    return static_cast<int>(pipeline::ExitStatus::BadInput);
  pipeline::Compiler compiler{pipeline::CompilerOptions()};
  if (pipeline::ExitStatus status = compiler.load(text, positional[1]); status != pipeline::ExitStatus::Success)
    return static_cast<int>(status);
  codegen::FactsTable table(compiler.describe());
  return runtime::runDataCommand(positional[0], &table.program(), options, benchmark);
}

} // namespace nncc::tool
