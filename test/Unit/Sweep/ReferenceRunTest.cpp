// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The sweep's comparison: what rounding does is no failure, anything else is.
#include "Sweep/ReferenceRun.h"

#include "nncc/Frontend/ImportNN.h"
#include "nncc/Pipeline/Registration.h"
#include "nncc/Reference/RandomValues.h"
#include "nncc/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::sweep;

namespace {

class ReferenceRunTest : public testing::Test {
protected:
  void SetUp() override {
    DialectRegistry registry;
    pipeline::registerDialects(registry);
    context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
    nncc::Diagnostics diagnostics;
    auto imported = frontend::importModule(*context, "model M(x: f32[4]) { x -> Dense(3) -> BatchNormalization }", "m.nn", {},
                                           diagnostics);
    ASSERT_TRUE(succeeded(imported));
    module = std::move(*imported);
    NNMakeEntriesOptions makeEntries;
    makeEntries.entries = {"gradients_training"};
    PassManager passes(context.get());
    passes.addPass(createNNMakeEntries(makeEntries));
    passes.addPass(createNNAutodiff());
    ASSERT_TRUE(succeeded(passes.run(*module)));
    reference::Random random(3);
    start = {module->lookupSymbol<func::FuncOp>("gradients_training"),
             {random.tensor({5, 4}, -1, 1), random.tensor({5, 3}, -1, 1)},
             reference::makeRandomState(*module, 3)};
    FailureOr<ReferenceRun> run = runReference(start);
    ASSERT_TRUE(succeeded(run));
    expected = std::move(*run);
  }

  /// Failures where one tensor's first element is off by so much.
  int failures(const std::string &name, double off) {
    std::vector<NamedTensor> actual = expected.tensors;
    for (NamedTensor &one : actual)
      if (one.name == name)
        one.tensor[0] += off;
    testing::TestPartResultArray results;
    testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    expectClose(start, actual, expected, /*seed=*/1);
    return results.size();
  }

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  Start start;
  ReferenceRun expected;
};

} // namespace

TEST_F(ReferenceRunTest, ErrorsAreFound) {
  for (const char *name : {"result 0", "result 1", "gradient of dense/kernel", "gradient of batch_normalization/gamma"}) {
    EXPECT_EQ(failures(name, 0), 0) << name;
    EXPECT_NE(failures(name, 1e-3), 0) << name;
    EXPECT_NE(failures(name, -1e-3), 0) << name;
  }
}

// Of the bias all that is left is what f32 leaves.
TEST_F(ReferenceRunTest, WhatCancelsIsRoundedOnly) {
  EXPECT_EQ(failures("gradient of dense/bias", 1e-6), 0);
  EXPECT_NE(failures("gradient of dense/bias", 1e-2), 0);
}
