// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Kernels/KernelTestHarness.h"

#include "gtest/gtest.h"

using namespace nncc::kernels::test;

namespace {

TEST(MergeKernels, Concatenate) {
  expectMatchesReference(entryText("nn.concatenate %arg0, %arg1, %arg2 {axis = 3}",
                                   {"?x5x7x3xf32", "?x5x7x16xf32", "?x5x7x1xf32"}, {"?x5x7x20xf32"}));
  expectMatchesReference(
      entryText("nn.concatenate %arg0, %arg1 {axis = 1}", {"?x5x3xf32", "?x2x3xf32"}, {"?x7x3xf32"}));
  expectMatchesReference(
      entryText("nn.concatenate %arg0, %arg1 {axis = 1}", {"?x5000xf32", "?x3xf32"}, {"?x5003xf32"}));
}

TEST(MergeKernels, ConcatenateOneTwice) {
  expectMatchesReference("func.func @test(%x: tensor<?x3xf32>) -> tensor<?x6xf32> attributes {nn.entry} {\n"
                         "  %0 = nn.concatenate %x, %x {axis = 1} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x6xf32>\n"
                         "  return %0 : tensor<?x6xf32>\n}\n");
}

TEST(MergeKernels, Slice) {
  expectMatchesReference(
      entryText("nn.slice %arg0 {axis = 3, offset = 4, size = 17}", {"?x5x7x22xf32"}, {"?x5x7x17xf32"}));
  expectMatchesReference(entryText("nn.slice %arg0 {axis = 1, offset = 1, size = 3}", {"?x5x7xf32"}, {"?x3x7xf32"}));
}

TEST(MergeKernels, Add) {
  expectMatchesReference(
      entryText("nn.add %arg0, %arg1, %arg2", {"?x5x7x3xf32", "?x5x7x3xf32", "?x5x7x3xf32"}, {"?x5x7x3xf32"}));
  expectMatchesReference(entryText("nn.add %arg0, %arg1", {"3x3x5000xf32", "3x3x5000xf32"}, {"3x3x5000xf32"}));
}

// Maps of elements behind another one; the second sum needs what comes later.
TEST(MergeKernels, ChainsOfElements) {
  std::string x = "tensor<?x5x7x3xf32>", one = " : (" + x + ") -> " + x + "\n", two = " : (" + x + ", " + x + ") -> " + x + "\n";
  expectMatchesReference("func.func @test(%a: " + x + ", %b: " + x + ", %c: " + x + ") -> (" + x + ", " + x + ") attributes {nn.entry} {\n" +
                         "  %0 = nn.add %a, %b" + two +
                         "  %1 = nn.activation %0 {function = #nn.activation<relu>}" + one +
                         "  %2 = nn.activation_grad %b, %1 {function = #nn.activation<tanh>}" + two +
                         "  %3 = nn.relu %2 {max_value = 0.5, negative_slope = 0.1, threshold = 0.1}" + one +
                         "  %4 = nn.relu %c {negative_slope = 0.3, threshold = 0.0}" + one +
                         "  %5 = nn.add %4, %a" + two + "  %6 = nn.add %5, %5" + two + "  return %3, %6 : " + x + ", " + x + "\n}\n");
}

/// A convolution whose map is joined with others, and its activation's gradient from a part of the joined gradient: read
/// where they lie, but where `other` reads one of them dense.
std::string joinedText(const char *channels, const char *all, int offset, const std::string &other) {
  std::string x = "tensor<?x5x7x3xf32>", k = std::string("tensor<1x1x3x") + channels + "xf32>";
  std::string y = std::string("tensor<?x5x7x") + channels + "xf32>", j = std::string("tensor<?x5x7x") + all + "xf32>";
  std::string attributes = "dilations = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (";
  std::string two = " : (" + y + ", " + y + ") -> " + y + "\n";
  return "func.func @test(%x: " + x + ", %k: " + k + ", %a: " + x + ", %dj: " + j + ") -> (" + y + ", " + j + ", " + y +
         ") attributes {nn.entry} {\n" + "  %y = nn.conv %x, %k {activation = #nn.activation<relu>, " + attributes + x + ", " + k +
         ") -> " + y + "\n  %j = nn.concatenate " + (offset ? "%a, %y" : "%y, %a") + " {axis = 3} : (" + (offset ? x + ", " + y : y + ", " + x) +
         ") -> " + j + "\n  %t = nn.activation %j {function = #nn.activation<tanh>} : (" + j + ") -> " + j +
         "\n  %e = nn.activation %dj {function = #nn.activation<tanh>} : (" + j + ") -> " + j + "\n  %s = nn.slice %e {axis = 3, offset = " +
         std::to_string(offset) + ", size = " + channels + "} : (" + j + ") -> " + y +
         "\n  %d = nn.activation_grad %y, %s {function = #nn.activation<relu>}" + two + "  %p = nn.add %d, %d" + two + other +
         "  return %p, %t, %o : " + y + ", " + j + ", " + y + "\n}\n";
}

TEST(MergeKernels, PartsAreReadInPlace) {
  for (const char *other : {"  %o = nn.add %d, %y, %s", "  %o = nn.multiply %d, %y, %s"})
    for (auto [channels, all, offset] :
         {std::tuple("8", "11", 3), std::tuple("21", "24", 0), std::tuple("1", "4", 3), std::tuple("64", "67", 3)}) {
      std::string y = std::string("tensor<?x5x7x") + channels + "xf32>";
      expectMatchesReference(joinedText(channels, all, offset, other + (" : (" + y + ", " + y + ", " + y + ") -> " + y + "\n")));
    }
}

// The maps of several slices of one tensor in one pass over it; the last slice has two readers and goes its own way.
TEST(MergeKernels, SlicesInOnePass) {
  std::string x = "tensor<?x9x26xf32>", a = "tensor<?x9x3xf32>", b = "tensor<?x9x16xf32>", c = "tensor<?x9x7xf32>";
  auto slice = [&](const char *offset, const char *size, const std::string &type) {
    return std::string(" = nn.slice %x {axis = 2, offset = ") + offset + ", size = " + size + "} : (" + x + ") -> " + type + "\n";
  };
  auto gradient = [](const char *y, const char *dy, const std::string &t) {
    return std::string(" = nn.activation_grad ") + y + ", " + dy + " {function = #nn.activation<relu>} : (" + t + ", " + t + ") -> " + t + "\n";
  };
  expectMatchesReference("func.func @test(%x: " + x + ", %a: " + a + ", %b: " + b + ", %c: " + c + ") -> (" + a + ", " + b + ", " + c +
                         ") attributes {nn.entry} {\n" + "  %s1" + slice("3", "16", b) + "  %d1" + gradient("%b", "%s1", b) + "  %s0" +
                         slice("0", "3", a) + "  %d0" + gradient("%a", "%s0", a) + "  %s2" + slice("19", "7", c) + "  %d2" +
                         gradient("%c", "%s2", c) + "  %e = nn.multiply %d2, %s2 : (" + c + ", " + c + ") -> " + c +
                         "\n  return %d0, %d1, %e : " + a + ", " + b + ", " + c + "\n}\n");
}

TEST(ShapeKernels, ZerosLike) {
  expectMatchesReference(entryText("nn.zeros_like %arg0", {"?x5x7x3xf32"}, {"?x5x7x3xf32"}));
}

TEST(MergeKernels, Elementwise) {
  const std::vector<std::string> three(3, "?x5x7x3xf32"), one(1, "?x5x7x3xf32");
  for (const char *op : {"multiply", "maximum", "minimum"})
    expectMatchesReference(entryText(std::string("nn.") + op + " %arg0, %arg1, %arg2", three, one));
  for (const char *op : {"maximum_grad", "minimum_grad"})
    for (const char *index : {"0", "1"})
      expectMatchesReference(
          entryText(std::string("nn.") + op + " %arg0, %arg1, %arg2 {index = " + index + "}", three, one));
  expectMatchesReference(entryText("nn.rescale %arg0 {scale = -0.3, offset = 2.0}", one, one));
}

// Of equal inputs the first takes the gradient.
TEST(MergeKernels, GradientOfEqualInputs) {
  for (const char *index : {"0", "1"})
    expectMatchesReference(
        std::string("func.func @test(%g: tensor<?x3xf32>, %x: tensor<?x3xf32>) -> tensor<?x3xf32> attributes {nn.entry} {\n"
                    "  %0 = nn.maximum_grad %g, %x, %x {index = ") +
        index + "} : (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>\n"
                "  return %0 : tensor<?x3xf32>\n}\n");
}

} // namespace
