// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Command lines of nncc and of its sweep, one argument a line: what is taken says what to do, and values of a sweep come apart into what
// they were.
#include "Fuzz.h"

#include "nncc/Pipeline/Stages.h"
#include "tools/nncc/Arguments.h"
#include "tools/nncc/SweepArguments.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::fuzz;

static void checkNncc(const std::vector<std::string> &words) {
  tool::Arguments arguments;
  if (!tool::parseArguments(words, arguments) || arguments.help || arguments.version || arguments.manual || !arguments.completion.empty())
    return;
  expect(arguments.emit.empty() == arguments.action.has_value(), "nothing to do, or two things");
  expect(arguments.emit.empty() || pipeline::findStage(arguments.emit), "an unknown stage is taken");
  expect(!arguments.compiler.memoryLimit || *arguments.compiler.memoryLimit > 0, "a memory limit out of bounds");
  expect(arguments.compiler.target.optLevel <= 3, "an optimisation level out of bounds");
  expect(arguments.run.threads >= 0 && arguments.run.threads <= 1024, "a number of threads out of bounds");
}

static void checkSweep(const std::vector<std::string> &words) {
  tool::SweepArguments arguments;
  if (tool::parseSweepArguments(words, arguments) && !arguments.help)
    for (const tool::SweepAxis &axis : arguments.axes)
      expect(!axis.values.empty(), "a parameter without values is swept over");
  for (const std::string &word : words) {
    llvm::Expected<std::vector<std::string>> values = tool::splitValues(word);
    if (!values) {
      expect(!llvm::toString(values.takeError()).empty(), "a refusal without a message");
      continue;
    }
    for (const std::string &value : *values)
      expect(llvm::StringRef(word).contains(llvm::StringRef(value).trim()), "a value that was not there");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<std::string> words;
  for (std::string_view line : split(textOf(data, size), "\n"))
    words.emplace_back(line.substr(0, line.find('\0'))); // an argument ends there
  Silence silence;
  checkNncc(words);
  checkSweep(words);
  return 0;
}
