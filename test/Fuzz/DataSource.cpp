// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DataSource.h"

#include "nncc/Runtime/Data/Describe.h"
#include "nncc/Runtime/Data/SampleMemory.h"

using namespace nncc::runtime;

namespace nncc::fuzz {

/// Nothing runs ahead: a target leaves no threads behind.
static nncc_pool *pool() {
  static nncc_pool *one = [] {
    nncc_pool *made = nullptr;
    expect(nncc_pool_create(1, &made) == NNCC_OK, "no pool");
    return made;
  }();
  return one;
}

static void checkRows(const RawPart &part) {
  for (const RawInput &input : part.inputs) {
    expect(!input.shape.empty() && input.shape[0] == input.rows->count(), "another number of rows than the shape says");
    if (input.rows->count() == 0)
      continue; // such a shape may say anything of its other axes
    int64_t elements = 1;
    for (size_t i = 1; i < input.shape.size(); ++i)
      elements *= input.shape[i];
    expect(elements == input.rows->elements(), "rows of another size than the shape says");
  }
  int64_t values = 1;
  for (int64_t extent : part.labels.shape)
    values *= extent;
  expect(part.labels.shape.empty() || values == static_cast<int64_t>(part.labels.values.size()),
         "another number of labels than their shape says");
}

void readDataSource(const std::string &text) {
  succeedsOrRefuses([&] {
    SourceSpec spec = parseSource(text, false);
    ProbedModel model(spec);
    const RawData data = readSource(model.program(), spec, pool());
    for (const RawPart *part : {&data.train, &data.test})
      if (!part->inputs.empty()) {
        checkRows(*part);
        expect(!describePart("train", *part, data.classNames, 1).empty(), "a part without a description");
      }
  });
  succeedsOrRefuses([&] {
    SourceSpec spec = parseSource(text, false);
    ProbedModel model(spec);
    const Dataset set = loadDataset(model.program(), spec, pool());
    std::vector<float> row(static_cast<size_t>(model.program().inputs[0].elements));
    for (const SampleSet *part : {&set.train, &set.test})
      for (const SharedRows &rows : part->inputs)
        for (int64_t i = 0; i < part->count; ++i)
          rows->read(i, row.data());
  });
}

} // namespace nncc::fuzz
