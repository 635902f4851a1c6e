// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Frontend/EditTrain.h"

#include <gtest/gtest.h>

using namespace nncc::frontend;

namespace {

std::string modelWith(const std::string &settings) {
  return "# optimizer = nothing\nmodel M(x: f32[4]) { x -> Dense(1) }\ntrain {" + settings + "}\n";
}

TEST(EditTrain, AValueIsReplacedWhereItStands) {
  EXPECT_EQ(withSetting(modelWith("\n  optimizer = SGD(learning_rate=0.1) # fast\n  loss = MeanSquaredError\n"), "optimizer", "Adam"),
            modelWith("\n  optimizer = Adam # fast\n  loss = MeanSquaredError\n"));
}

TEST(EditTrain, AMissingSettingBecomesTheFirst) {
  EXPECT_EQ(withSetting(modelWith("\n  loss = MeanSquaredError\n"), "optimizer", "Adam"),
            modelWith("\n  optimizer = Adam\n  loss = MeanSquaredError\n"));
}

TEST(EditTrain, CallbacksAreAdded) {
  EXPECT_EQ(withCallback(modelWith("\n  loss = MeanSquaredError\n"), "TerminateOnNaN"),
            modelWith("\n  callbacks = [TerminateOnNaN]\n  loss = MeanSquaredError\n"));
  EXPECT_EQ(withCallback(modelWith(" callbacks = [EarlyStopping(patience=2)] "), "TerminateOnNaN"),
            modelWith(" callbacks = [TerminateOnNaN, EarlyStopping(patience=2)] "));
  EXPECT_EQ(withCallback(modelWith(" callbacks = [TerminateOnNaN()] "), "TerminateOnNaN"), modelWith(" callbacks = [TerminateOnNaN()] "));
}

TEST(EditTrain, WhatCannotBeReadComesBack) {
  for (const char *text : {"", "model M(x: f32[4]) { x -> Dense(1) }\n", "train {\n  optimizer = \n", "\xFF\xFE"}) {
    EXPECT_EQ(withSetting(text, "optimizer", "Adam"), text);
    EXPECT_EQ(withCallback(text, "TerminateOnNaN"), text);
  }
}

} // namespace
