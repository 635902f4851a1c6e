// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parameters that a model's summary counts are those of its variables, and fit in the memory that the runtime makes for them, side by
// side. The input is the seed of a model of the sweep.
#include "Fuzz.h"

#include "Sweep/ModelGenerator.h"
#include "nncc/Pipeline/Compiler.h"

#include <algorithm>

using namespace nncc;
using namespace nncc::fuzz;
using pipeline::ExitStatus;

namespace {

/// The number behind a label of the summary: "Total params: 1234 (4.82 KB)".
int64_t countOf(llvm::StringRef summary, llvm::StringRef label) {
  const size_t at = summary.find(label);
  int64_t count = -1;
  expect(at != llvm::StringRef::npos && !summary.substr(at + label.size()).consumeInteger(10, count), "a summary without a count");
  return count;
}

void checkLayout(const codegen::Program &program) {
  struct Range {
    int64_t begin, end;
  };
  std::vector<Range> ranges;
  int64_t all = 0, trainable = 0;
  for (const codegen::Variable &variable : program.variables) {
    const int64_t elements = variable.elements();
    all += elements;
    trainable += variable.trainable ? elements : 0;
    ranges.push_back({variable.offset, variable.offset + elements});
    expect(variable.offset >= 0 && ranges.back().end <= program.parameterFloats, "a variable outside the parameters");
    expect(!variable.trainable || ranges.back().end <= program.trainableFloats, "a variable outside the gradients");
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range &a, const Range &b) { return a.begin < b.begin; });
  for (size_t i = 1; i < ranges.size(); ++i)
    expect(ranges[i - 1].end <= ranges[i].begin, "two variables in one place");
  expect(countOf(program.summary, "Total params: ") == all, "the summary counts other parameters");
  expect(countOf(program.summary, "Trainable params: ") == trainable, "the summary counts other trainable parameters");
  expect(countOf(program.summary, "Non-trainable params: ") == all - trainable, "the summary counts other parameters that are not trainable");
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t seed = 0;
  for (size_t i = 0; i < size && i < 4; ++i)
    seed = seed << 8 | data[i];
  pipeline::Compiler compiler({});
  expect(compiler.load(sweep::generateModel(seed).text, "m.nn") == ExitStatus::Success, "a legal model is refused");
  checkLayout(compiler.describe());
  return 0;
}
