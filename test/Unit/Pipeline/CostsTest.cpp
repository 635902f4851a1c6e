// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the wide summary tells is what the compiled program does: its numbers against the program's own table.
#include "nncc/Analysis/WideSummary.h"
#include "nncc/Pipeline/Compiler.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "gtest/gtest.h"

using namespace nncc;

static constexpr llvm::StringLiteral kModel = R"(
model Small(image: f32[12x12x1]) {
  image -> Conv2D(4, 3x3, padding=same, use_bias=false) -> BatchNormalization -> ReLU -> MaxPool2D(2x2)
    -> Conv2D(6, 3x3, activation=relu) -> Flatten -> Dropout(0.25) -> Dense(5) -> Dense(3, activation=softmax)
}
train { optimizer = Adam loss = SparseCategoricalCrossentropy batch_size = 7 }
)";

static int64_t valueAt(nncc_affine affine, int64_t batch) { return affine.fixed + affine.per_sample * batch; }

TEST(Costs, AreThoseOfTheCompiledProgram) {
  mlir::registerPassManagerCLOptions(); // which the pipelines ask for
  mlir::registerDefaultTimingManagerCLOptions();
  for (int64_t batch : {0, 3}) {
    pipeline::CompilerOptions options;
    options.batchSize = batch;
    pipeline::Compiler compiler(options);
    ASSERT_EQ(compiler.load(kModel, "small.nn"), pipeline::ExitStatus::Success);
    analysis::ModelCosts costs;
    ASSERT_EQ(compiler.computeCosts(costs), pipeline::ExitStatus::Success);
    ASSERT_EQ(costs.batch, batch ? batch : 7);
    batch = costs.batch;

    std::unique_ptr<codegen::JitProgram> jit;
    ASSERT_EQ(compiler.compile({"predict", "train_step"}, jit), pipeline::ExitStatus::Success);
    const nncc_program &program = *jit->program();
    const nncc_entry &predict = *program.entries[NNCC_ENTRY_PREDICT], &train = *program.entries[NNCC_ENTRY_TRAIN_STEP];
    EXPECT_EQ(costs.inference.arena, valueAt(predict.arena_bytes, batch));
    EXPECT_EQ(costs.inference.scratch, predict.worker_bytes);
    EXPECT_EQ(costs.training.arena, valueAt(train.arena_bytes, batch));
    EXPECT_EQ(costs.training.scratch, train.worker_bytes);
    EXPECT_EQ(costs.training.parameters, program.parameter_floats * 4);
    EXPECT_EQ(costs.training.gradients, program.trainable_floats * 4);
    EXPECT_EQ(costs.training.optimizerState, program.trainable_floats * 4 * program.optimizer_slots);
    EXPECT_LT(costs.training.kept, costs.training.arena);

    llvm::StringMap<int64_t> flops;
    int64_t sum = 0;
    for (int64_t i = 0; i < train.step_count; ++i) {
      flops[train.steps[i].layer] += valueAt(train.steps[i].flops, batch);
      sum += valueAt(train.steps[i].flops, batch);
    }
    for (const auto &layer : costs.layers) {
      int64_t own = layer.second.forwardFlops + layer.second.backwardFlops;
      // The moving statistics of a normalization and a fused update are of the layer too, but not of either pass.
      EXPECT_LE(own, flops.lookup(layer.first())) << layer.first().str();
      EXPECT_GE(own, flops.lookup(layer.first()) - costs.updateFlops) << layer.first().str();
    }
    EXPECT_GT(costs.layers.lookup("conv2d_1").forwardFlops, 0);
    EXPECT_GT(costs.layers.lookup("conv2d_1").backwardFlops, costs.layers.lookup("conv2d_1").forwardFlops);
    analysis::LayerCosts total = costs.total();
    EXPECT_EQ(total.forwardFlops + total.backwardFlops + costs.updateFlops, sum);
    EXPECT_EQ(total.keptBytes, costs.training.kept);
    // The input lives on for the kernel's gradient.
    EXPECT_EQ(costs.layers.lookup("image").keptBytes, 12 * 12 * 4 * batch);
  }
}
