// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model of the sweep, compiled and run, against the reference: outputs, losses, gradients, moving statistics, optimizer steps, the bits of
// one and of three threads (Sweep/ModelCheck.h). The input is its seed.
#include "Fuzz.h"

#include "Sweep/ModelCheck.h"
#include "gtest/gtest.h"

using namespace nncc;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t seed = 0;
  for (size_t i = 0; i < size && i < 4; ++i)
    seed = seed << 8 | data[i];
  sweep::checkModel(sweep::generateModel(seed));
  fuzz::expect(!testing::Test::HasFailure() && !testing::UnitTest::GetInstance()->Failed(), "the compiled model is wrong");
  return 0;
}
