// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What ops tell of themselves beside their shapes and operation counts.

#include "Dialect/ParsedModule.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/PooledConvolution.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace {

/// The first op of a function whose arguments and body are given, and what it lives in.
struct ParsedOp : ParsedModule {
  explicit ParsedOp(llvm::StringRef body, llvm::StringRef arguments = "")
      : ParsedModule(("func.func @f(" + arguments + ") {\n" + body + "\nreturn\n}").str()) {
    EXPECT_TRUE(bool(module)) << body.str();
    if (module)
      op = &module->lookupSymbol<func::FuncOp>("f").front().front();
  }

  Operation *op = nullptr;
};

TEST(Optimizer, StateSlots) {
  auto slots = [](llvm::StringRef body) { return nncc::nn::countStateSlots(ParsedOp(body).op); };
  EXPECT_EQ(slots("nn.sgd {momentum = 0.0, nesterov = false}"), 0);
  EXPECT_EQ(slots("nn.sgd {momentum = 0.5, nesterov = false}"), 1);
  EXPECT_EQ(slots("nn.adam {amsgrad = false, beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.1}"), 2);
  EXPECT_EQ(slots("nn.adam {amsgrad = true, beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.1}"), 3);
  EXPECT_EQ(slots("nn.nadam {beta_1 = 0.9, beta_2 = 0.99, epsilon = 0.1}"), 2);
  EXPECT_EQ(slots("nn.rmsprop {centered = false, epsilon = 0.1, momentum = 0.0, rho = 0.5}"), 1);
  EXPECT_EQ(slots("nn.rmsprop {centered = false, epsilon = 0.1, momentum = 0.5, rho = 0.5}"), 2);
  EXPECT_EQ(slots("nn.rmsprop {centered = true, epsilon = 0.1, momentum = 0.0, rho = 0.5}"), 2);
  EXPECT_EQ(slots("nn.rmsprop {centered = true, epsilon = 0.1, momentum = 0.5, rho = 0.5}"), 3);
  EXPECT_EQ(slots("nn.adagrad {epsilon = 0.1, initial_accumulator_value = 0.25}"), 1);
  EXPECT_EQ(slots("nn.adadelta {epsilon = 0.1, rho = 0.5}"), 2);
  EXPECT_EQ(slots("nn.clip_gradients {global = true, norm = 0.5}"), 0);
}

TEST(Optimizer, InitialState) {
  auto initial = [](llvm::StringRef body) { return nncc::nn::initialState(ParsedOp(body).op); };
  EXPECT_EQ(initial("nn.adagrad {epsilon = 0.1, initial_accumulator_value = 0.25}"), 0.25);
  EXPECT_EQ(initial("nn.adadelta {epsilon = 0.1, rho = 0.5}"), 0);
}

/// Whether the argmax of a pool of `window` positions behind a convolution marks what is not active.
bool marksInactive(int64_t window, llvm::StringRef activation) {
  llvm::StringRef element = window <= 256 ? "i8" : "i32";
  std::string arguments = llvm::formatv("%x: tensor<?x{0}x2xf32>, %w: tensor<1x2x3xf32>", window);
  std::string body = llvm::formatv(
      "%y:2 = nn.conv_max_pool_train %x, %w {{activation = #nn.activation<{0}>, dilations = array<i64: 1>, "
      "padding = array<i64: 0, 0>, pool_size = array<i64: {1}>, strides = array<i64: 1>} "
      ": (tensor<?x{1}x2xf32>, tensor<1x2x3xf32>) -> (tensor<?x1x3xf32>, tensor<?x1x3x{2}>)",
      activation, window, element);
  ParsedOp parsed(body, arguments);
  return cast<nncc::nn::ConvMaxPoolTrainOp>(parsed.op).marksInactive();
}

// The number of positions stands for none of them; a byte has no 256.
TEST(PooledConvolution, MarksInactive) {
  EXPECT_TRUE(marksInactive(2, "relu"));
  EXPECT_TRUE(marksInactive(255, "relu"));
  EXPECT_FALSE(marksInactive(256, "relu"));
  EXPECT_TRUE(marksInactive(257, "relu"));
  EXPECT_FALSE(marksInactive(2, "linear"));
}

} // namespace
