// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where values of an entry lie: aliases, results, parameters and gradients. All through the harness, which fills memory
// with NaNs and holds what comes out against the reference.
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

TEST(EntryBuilder, ReshapeIsAView) {
  expectMatchesReference("func.func @test(%x: tensor<?x2x6xf32>) -> tensor<?x3x4xf32> attributes {nn.entry} {\n"
                         "  %0 = nn.activation %x {function = #nn.activation<relu>} : (tensor<?x2x6xf32>) -> tensor<?x2x6xf32>\n"
                         "  %1 = nn.reshape %0 {shape = array<i64: 12>} : (tensor<?x2x6xf32>) -> tensor<?x12xf32>\n"
                         "  %2 = nn.reshape %1 {shape = array<i64: 3, 4>} : (tensor<?x12xf32>) -> tensor<?x3x4xf32>\n"
                         "  return %2 : tensor<?x3x4xf32>\n}\n");
}

TEST(EntryBuilder, ResultIsAnArgument) {
  expectMatchesReference("func.func @test(%x: tensor<?x2x6xf32>) -> (tensor<?x2x6xf32>, tensor<?x12xf32>) "
                         "attributes {nn.entry} {\n"
                         "  %0 = nn.reshape %x {shape = array<i64: 12>} : (tensor<?x2x6xf32>) -> tensor<?x12xf32>\n"
                         "  return %x, %0 : tensor<?x2x6xf32>, tensor<?x12xf32>\n}\n");
}

TEST(EntryBuilder, OneValueIsTwoResults) {
  expectMatchesReference("func.func @test(%x: tensor<?x7xf32>) -> (tensor<?x7xf32>, tensor<?x7xf32>) attributes {nn.entry} {\n"
                         "  %0 = nn.activation %x {function = #nn.activation<tanh>} : (tensor<?x7xf32>) -> tensor<?x7xf32>\n"
                         "  return %0, %0 : tensor<?x7xf32>, tensor<?x7xf32>\n}\n");
}

constexpr const char *kVariables =
    "nn.variable @still : tensor<3x5xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = false}\n"
    "nn.variable @a : tensor<3x5xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
    "nn.variable @b : tensor<15xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n";

TEST(EntryBuilder, ParametersAreReadInPlace) {
  expectMatchesReference(std::string(kVariables) +
                         "func.func @test() -> (tensor<3x5xf32>, tensor<3x5xf32>) attributes {nn.entry} {\n"
                         "  %a = nn.read @a : tensor<3x5xf32>\n"
                         "  %s = nn.read @still : tensor<3x5xf32>\n"
                         "  %0 = nn.add %a, %s : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>\n"
                         "  return %0, %s : tensor<3x5xf32>, tensor<3x5xf32>\n}\n");
}

TEST(EntryBuilder, GradientsOfAllKinds) {
  // Written by the producer; a result too; used by another op; stored twice; a reshape; an argument.
  expectMatchesReference(std::string(kVariables) +
                         "func.func @test(%x: tensor<3x5xf32>) -> (tensor<3x5xf32>, tensor<3x5xf32>) attributes {nn.entry} {\n"
                         "  %0 = nn.add %x, %x : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>\n"
                         "  %1 = nn.add %0, %x : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>\n"
                         "  nn.store_gradient @a, %0 : tensor<3x5xf32>\n"
                         "  return %0, %1 : tensor<3x5xf32>, tensor<3x5xf32>\n}\n");
  expectMatchesReference("nn.variable @a : tensor<15xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                         "nn.variable @b : tensor<15xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                         "nn.variable @c : tensor<15xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                         "func.func @test(%x: tensor<15xf32>) attributes {nn.entry} {\n"
                         "  %0 = nn.add %x, %x : (tensor<15xf32>, tensor<15xf32>) -> tensor<15xf32>\n"
                         "  nn.store_gradient @b, %0 : tensor<15xf32>\n"
                         "  nn.store_gradient @a, %0 : tensor<15xf32>\n"
                         "  nn.store_gradient @c, %x : tensor<15xf32>\n"
                         "  return\n}\n");
}

TEST(EntryBuilder, LongChainsReuseMemory) {
  // Four maps and their gradients; wrong lifetimes would overwrite the outputs that the gradients read.
  std::string text = "func.func @test(%x: tensor<?x9x5x3xf32>, %dy: tensor<?x9x5x3xf32>) -> (tensor<?x9x5x3xf32>, "
                     "tensor<?x9x5x3xf32>) attributes {nn.entry} {\n";
  const char *type = "tensor<?x9x5x3xf32>";
  std::string last = "%x", gradient = "%dy";
  const char *functions[] = {"sigmoid", "tanh", "relu", "sigmoid"};
  for (int i = 0; i < 4; ++i) {
    std::string next = "%y" + std::to_string(i);
    text += "  " + next + " = nn.activation " + last + " {function = #nn.activation<" + functions[i] + ">} : (" + type +
            ") -> " + type + "\n";
    last = next;
  }
  for (int i = 3; i >= 0; --i) {
    std::string next = "%g" + std::to_string(i);
    text += "  " + next + " = nn.activation_grad %y" + std::to_string(i) + ", " + gradient +
            " {function = #nn.activation<" + functions[i] + ">} : (" + type + ", " + type + ") -> " + type + "\n";
    gradient = next;
  }
  text += "  return " + last + ", " + gradient + " : tensor<?x9x5x3xf32>, tensor<?x9x5x3xf32>\n}\n";
  for (int64_t batch : {1, 2, 7}) {
    RunOptions options;
    options.batch = batch;
    expectMatchesReference(text, options);
  }
}

TEST(EntryBuilder, ElementwiseOpsTakeTheirOperandsPlace) {
  // %0 and %2 are read later, %1 dies in the sum, which dies in the product of a gradient; %x is the runtime's.
  std::string text = "func.func @test(%x: tensor<?x77xf32>) -> (tensor<?x77xf32>, tensor<?x7x11xf32>) attributes {nn.entry} {\n"
                     "  %0 = nn.activation %x {function = #nn.activation<tanh>} : (T) -> T\n"
                     "  %1 = nn.activation %0 {function = #nn.activation<sigmoid>} : (T) -> T\n"
                     "  %2 = nn.activation %0 {function = #nn.activation<relu>} : (T) -> T\n"
                     "  %3 = nn.add %1, %1, %2 : (T, T, T) -> T\n"
                     "  %4 = nn.dropout %3 {rate = 0.25, stream = 3 : i32} : (T) -> T\n"
                     "  %5 = nn.activation_grad %0, %4 {function = #nn.activation<tanh>} : (T, T) -> T\n"
                     "  %6 = nn.reshape %2 {shape = array<i64: 7, 11>} : (T) -> tensor<?x7x11xf32>\n"
                     "  return %5, %6 : T, tensor<?x7x11xf32>\n}\n";
  for (size_t at; (at = text.find("T)")) != std::string::npos;)
    text.replace(at, 1, "tensor<?x77xf32>");
  for (size_t at; (at = text.find("T, ")) != std::string::npos;)
    text.replace(at, 1, "tensor<?x77xf32>");
  for (size_t at; (at = text.find("-> T\n")) != std::string::npos;)
    text.replace(at + 3, 1, "tensor<?x77xf32>");
  expectMatchesReference(text);
}

/// A convolution of %x (7x6x3) with %w<filters>, padding=same.
std::string convolution(const std::string &result, int filters, int kernel, const std::string &attributes = "") {
  std::string k = std::to_string(kernel), f = std::to_string(filters), low = std::to_string((kernel - 1) / 2);
  std::string w = "tensor<" + k + "x" + k + "x3x" + f + "xf32>";
  return "  " + result + " = nn.conv %x, %w" + f + " {" + attributes + "dilations = array<i64: 1, 1>, padding = array<i64: " + low +
         ", " + low + ", " + low + ", " + low + ">, strides = array<i64: 1, 1>} : (tensor<?x7x6x3xf32>, " + w +
         ") -> tensor<?x7x6x" + f + "xf32>\n";
}

TEST(EntryBuilder, ConvolutionsWriteIntoAConcatenation) {
  // All parts are written in place; one filter, an incomplete vector, whole vectors; the result is the runtime's.
  std::string head = "func.func @test(%x: tensor<?x7x6x3xf32>, %w1: tensor<1x1x3x1xf32>, %w5: tensor<3x3x3x5xf32>, "
                     "%w32: tensor<3x3x3x32xf32>) -> ";
  std::string parts = convolution("%a", 5, 3, "activation = #nn.activation<relu>, ") + convolution("%b", 1, 1) + convolution("%c", 32, 3);
  std::string types = "(tensor<?x7x6x5xf32>, tensor<?x7x6x1xf32>, tensor<?x7x6x32xf32>) -> tensor<?x7x6x38xf32>\n";
  expectMatchesReference(head + "tensor<?x7x6x38xf32> attributes {nn.entry} {\n" + parts +
                         "  %0 = nn.concatenate %a, %b, %c {axis = 3} : " + types + "  return %0 : tensor<?x7x6x38xf32>\n}\n");
  // The joined map is read in place by what follows, which takes its memory.
  expectMatchesReference(head + "tensor<?x7x6x38xf32> attributes {nn.entry} {\n" + parts +
                         "  %0 = nn.concatenate %a, %b, %c {axis = 3} : " + types +
                         "  %1 = nn.activation %0 {function = #nn.activation<tanh>} : (tensor<?x7x6x38xf32>) -> tensor<?x7x6x38xf32>\n"
                         "  %2 = nn.add %1, %0 : (tensor<?x7x6x38xf32>, tensor<?x7x6x38xf32>) -> tensor<?x7x6x38xf32>\n"
                         "  return %2 : tensor<?x7x6x38xf32>\n}\n");
}

TEST(EntryBuilder, PartsThatOthersReadAreCopied) {
  // %a is read twice, %x is an argument: copied behind the part in place. Along another axis all are copied.
  std::string head = "func.func @test(%x: tensor<?x7x6x3xf32>, %w3: tensor<3x3x3x3xf32>, %w5: tensor<1x1x3x5xf32>) -> ";
  expectMatchesReference(head + "(tensor<?x7x6x11xf32>, tensor<?x7x6x3xf32>) attributes {nn.entry} {\n" + convolution("%a", 3, 3) +
                         convolution("%b", 5, 1) +
                         "  %0 = nn.concatenate %x, %b, %a {axis = 3} : (tensor<?x7x6x3xf32>, tensor<?x7x6x5xf32>, "
                         "tensor<?x7x6x3xf32>) -> tensor<?x7x6x11xf32>\n"
                         "  %1 = nn.activation %a {function = #nn.activation<relu>} : (tensor<?x7x6x3xf32>) -> tensor<?x7x6x3xf32>\n"
                         "  return %0, %1 : tensor<?x7x6x11xf32>, tensor<?x7x6x3xf32>\n}\n");
  expectMatchesReference(head + "tensor<?x14x6x3xf32> attributes {nn.entry} {\n" + convolution("%a", 3, 3) +
                         "  %0 = nn.concatenate %a, %x {axis = 1} : (tensor<?x7x6x3xf32>, tensor<?x7x6x3xf32>) -> tensor<?x14x6x3xf32>\n"
                         "  return %0 : tensor<?x14x6x3xf32>\n}\n");
}

} // namespace
