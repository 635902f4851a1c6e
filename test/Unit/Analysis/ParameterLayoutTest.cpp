// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/ParameterLayout.h"

#include "Dialect/ParsedModule.h"

#include "gtest/gtest.h"

using namespace nncc::analysis;

TEST(ParameterLayout, TrainableFirstAlignedInOrder) {
  ParsedModule parsed(R"(
    nn.variable @"conv2d/kernel" : tensor<3x3x1x2xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
    nn.variable @"bn/moving_mean" : tensor<2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
    nn.variable @"dense/kernel" : tensor<16xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
    nn.variable @"bn/moving_variance" : tensor<17xf32> {initializer = #nn.call<"Ones", {}>, trainable = false}
    nn.variable @"dense/scale" : tensor<f32> {initializer = #nn.call<"Ones", {}>, trainable = true})");
  ASSERT_TRUE(parsed.get());
  ParameterLayout layout = ParameterLayout::of(parsed.get());

  // The order of the module stays; places are 16 floats apart, trainable ones before the others.
  ASSERT_EQ(layout.variables.size(), 5u);
  EXPECT_EQ(layout.variables[0].path, "conv2d/kernel");
  EXPECT_EQ(layout.variables[0].offset, 0);
  EXPECT_EQ(layout.variables[0].elements, 18);
  EXPECT_EQ(layout.variables[2].offset, 32);
  EXPECT_EQ(layout.variables[4].offset, 48);
  EXPECT_EQ(layout.variables[4].elements, 1);
  EXPECT_EQ(layout.trainableFloats, 64);
  EXPECT_EQ(layout.variables[1].offset, 64);
  EXPECT_FALSE(layout.variables[1].trainable);
  EXPECT_EQ(layout.variables[3].offset, 80);
  EXPECT_EQ(layout.totalFloats, 112);

  ASSERT_TRUE(layout.lookup("dense/kernel"));
  EXPECT_EQ(layout.lookup("dense/kernel")->offset, 32);
  EXPECT_FALSE(layout.lookup("dense/bias"));
}

TEST(ParameterLayout, NoVariables) {
  ParsedModule parsed("module {}");
  ParameterLayout layout = ParameterLayout::of(parsed.get());
  EXPECT_TRUE(layout.variables.empty());
  EXPECT_EQ(layout.trainableFloats, 0);
  EXPECT_EQ(layout.totalFloats, 0);
}
