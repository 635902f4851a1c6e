// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/SummaryTable.h"

#include "Dialect/ParsedModule.h"

#include "gtest/gtest.h"

using namespace nncc::analysis;

static std::string summaryOf(llvm::StringRef source) {
  ParsedModule parsed(source);
  std::string text;
  llvm::raw_string_ostream out(text);
  if (parsed.get())
    printSummary(parsed.get(), out);
  return text;
}

TEST(SummaryTable, MemorySizes) {
  EXPECT_EQ(formatMemorySize(0), "0.00 Byte");
  EXPECT_EQ(formatMemorySize(1023), "1023.00 Byte");
  EXPECT_EQ(formatMemorySize(1024), "1.00 KB");
  EXPECT_EQ(formatMemorySize(4.0 * 3705345), "14.13 MB");
  EXPECT_EQ(formatMemorySize(3.5 * 1024 * 1024 * 1024), "3.50 GB");
  // 1023.999 rounds up in its text, but not to the next unit.
  EXPECT_EQ(formatMemorySize(1024 * 1024 - 1), "1024.00 KB");
  // As in Keras, what is beyond petabytes is divided once more than its unit says.
  EXPECT_EQ(formatMemorySize(2.0 * 1152921504606846976.0), "2.00 PB");
}

TEST(SummaryTable, ChainOfLayers) {
  EXPECT_EQ(summaryOf(R"(
module @Tiny {
  nn.variable @"d/kernel" : tensor<3x2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x2xf32> {
    %k = nn.read @"d/kernel" : tensor<3x2xf32>
    %y = nn.dense %x, %k {nn.layer = #nn.layer<"d", "Dense">} : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
    %z = nn.softmax %y {axis = 1, nn.layer = #nn.layer<"d", "Dense">} : (tensor<?x2xf32>) -> tensor<?x2xf32>
    return %z : tensor<?x2xf32>
  }
})"),
            "Model: \"Tiny\"\n"
            "_________________________________________________________________\n"
            " Layer (type)                Output Shape              Param #   \n"
            "=================================================================\n"
            " d (Dense)                   (None, 2)                 6         \n"
            "                                                                 \n"
            "=================================================================\n"
            "Total params: 6 (24.00 Byte)\n"
            "Trainable params: 6 (24.00 Byte)\n"
            "Non-trainable params: 0 (0.00 Byte)\n"
            "_________________________________________________________________\n");
}

TEST(SummaryTable, NoLayers) {
  EXPECT_EQ(summaryOf(R"(
module @Identity {
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x3xf32> {
    return %x : tensor<?x3xf32>
  }
})"),
            "Model: \"Identity\"\n"
            "_________________________________________________________________\n"
            " Layer (type)                Output Shape              Param #   \n"
            "=================================================================\n"
            " x (InputLayer)              [(None, 3)]               0         \n"
            "                                                                 \n"
            "=================================================================\n"
            "Total params: 0 (0.00 Byte)\n"
            "Trainable params: 0 (0.00 Byte)\n"
            "Non-trainable params: 0 (0.00 Byte)\n"
            "_________________________________________________________________\n");
}

// The same tensor twice: no chain. The list breaks behind an element only where the comma comes into the column too; a
// character of several bytes counts once.
TEST(SummaryTable, ConnectionsWrap) {
  EXPECT_EQ(summaryOf(R"(
module @Twice {
  func.func @model(%x: tensor<?x3xf32> {nn.name = "größe_of_the_very_first"}) -> tensor<?x3xf32> {
    %y = nn.add %x, %x {nn.layer = #nn.layer<"sum", "Add">} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
    return %y : tensor<?x3xf32>
  }
})"),
            "Model: \"Twice\"\n"
            "__________________________________________________________________________________________________\n"
            " Layer (type)                Output Shape                 Param #   Connected to                  \n"
            "==================================================================================================\n"
            " größe_of_the_very_first (I  [(None, 3)]                  0         []                            \n"
            " nputLayer)                                                                                       \n"
            "                                                                                                  \n"
            " sum (Add)                   (None, 3)                    0         ['größe_of_the_very_first[0][0\n"
            "                                                                    ]',                           \n"
            "                                                                     'größe_of_the_very_first[0][0\n"
            "                                                                    ]']                           \n"
            "                                                                                                  \n"
            "==================================================================================================\n"
            "Total params: 0 (0.00 Byte)\n"
            "Trainable params: 0 (0.00 Byte)\n"
            "Non-trainable params: 0 (0.00 Byte)\n"
            "__________________________________________________________________________________________________\n");
}
