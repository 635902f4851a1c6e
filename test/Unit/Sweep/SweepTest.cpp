// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Layers with arguments drawn at random, in small random models, through the whole compiler (ModelCheck.h). Some hundred
// models by default, the same each time; NNCC_SWEEP=N checks N models, NNCC_SWEEP_SEED the first one's seed.
#include "Sweep/ModelCheck.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::sweep;

namespace {

constexpr int64_t kSlices = 16;

/// A part of the sweep, so that parts run at the same time.
class Sweep : public testing::TestWithParam<int64_t> {};

} // namespace

TEST_P(Sweep, MatchesReference) {
  const int64_t count = fromEnvironment("NNCC_SWEEP", 260), first = fromEnvironment("NNCC_SWEEP_SEED", 1);
  for (int64_t number = GetParam(); number < count; number += kSlices) {
    GeneratedModel model = generateModel(uint64_t(first + number));
    ASSERT_FALSE(model.text.empty()) << "seed " << model.seed << ": no legal use of " << model.layer->name << " was found";
    checkModel(model);
  }
}

INSTANTIATE_TEST_SUITE_P(Slices, Sweep, testing::Range<int64_t>(0, kSlices));
