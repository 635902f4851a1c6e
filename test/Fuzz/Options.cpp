// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Command lines of a run, one argument a line: each is taken or refused with a message, and what a value is does not depend
// on how it is joined to its option.
#include "DataSource.h"

#include "nncc/Runtime/Data/Source.h"
#include "nncc/Runtime/Train/Options.h"

using namespace nncc::fuzz;
using namespace nncc::runtime;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<std::string> arguments;
  for (std::string_view line : split(textOf(data, size), "\n"))
    arguments.emplace_back(line);
  RunOptions options;
  std::vector<std::string> positional;
  std::string error;
  const bool isGood = parseRunOptions(arguments, options, &positional, error);
  expect(isGood == error.empty(), "a refusal without a message, or a message without a refusal");
  if (isGood) {
    expect(!options.epochs || *options.epochs >= 0, "epochs out of bounds");
    expect(!options.batchSize || *options.batchSize >= 0, "a batch size out of bounds");
    expect(!options.learningRate || *options.learningRate > 0, "a learning rate out of bounds");
    expect(!options.validationSplit || (*options.validationSplit >= 0 && *options.validationSplit < 1),
           "a validation split out of bounds");
    expect(options.threads >= 0 && options.threads <= 1024 && options.dataMemory >= 0, "a resource out of bounds");
  }
  for (const std::string &text : arguments) {
    if (!parseAction(text))
      expect(!unknownAction(text).empty(), "an unknown action is not told");
    try {
      SourceSpec spec = parseSource(text, true);
      expect(!spec.location.empty(), "a data source without a place");
      spec.integer("n", 1, 1, 100);
      spec.number("noise", 0, 0, 1);
      spec.boolean("resize", false);
      spec.split();
    } catch (const Error &problem) {
      expect(problem.status == exitUsage && !problem.message.empty(), "a data source is refused without a message");
    }
  }
  return 0;
}
