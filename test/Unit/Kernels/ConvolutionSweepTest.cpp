// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions of all kinds with arguments drawn at random, forward and both gradients, against the reference
// interpreter. A few by default; NNCC_SWEEP=N draws N of each kind, and NNCC_SWEEP_SEED another sequence.
#include "Kernels/KernelTestHarness.h"
#include "nncc/Dialect/NN/Shape.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <random>

using namespace nncc;
using namespace nncc::kernels::test;

namespace {

using Extents = std::vector<int64_t>;

int64_t fromEnvironment(const char *name, int64_t otherwise) {
  const char *value = std::getenv(name);
  return value ? std::atoll(value) : otherwise;
}

class ConvolutionSweep : public testing::Test {
protected:
  int64_t count = fromEnvironment("NNCC_SWEEP", 6);
  std::mt19937_64 random{uint64_t(fromEnvironment("NNCC_SWEEP_SEED", 1))};

  int64_t in(int64_t low, int64_t high) { return low + int64_t(random() % uint64_t(high - low + 1)); }
  template <typename T> T oneOf(std::initializer_list<T> values) { return values.begin()[random() % values.size()]; }
  Extents each(size_t axes, int64_t low, int64_t high) {
    Extents result;
    for (size_t i = 0; i < axes; ++i)
      result.push_back(in(low, high));
    return result;
  }
  /// Larger maps with fewer axes.
  Extents spatial(size_t axes) { return each(axes, 2, axes == 1 ? 40 : axes == 2 ? 13 : 7); }
  const char *activation() { return oneOf({"linear", "relu", "relu6", "tanh", "sigmoid"}); }

  static std::string tensor(llvm::ArrayRef<int64_t> extents, bool batched) {
    std::string text = batched ? "tensor<?x" : "tensor<";
    for (int64_t extent : extents)
      text += std::to_string(extent) + "x";
    return text + "f32>";
  }
  static std::string array(const Extents &values) {
    std::string text = "array<i64: ";
    for (size_t i = 0; i < values.size(); ++i)
      text += (i ? ", " : "") + std::to_string(values[i]);
    return text + ">";
  }

  void check(const std::string &text) {
    SCOPED_TRACE(text);
    RunOptions options;
    options.batch = in(1, 4);
    options.seed = random();
    options.tolerance = 2e-4;
    expectMatchesReference(text, options);
  }
};

} // namespace

TEST_F(ConvolutionSweep, InGroups) {
  for (int64_t number = 0; number < count;) {
    size_t axes = in(1, 3);
    int64_t groups = in(1, 20), channels = groups * oneOf<int64_t>({1, 1, 1, 2, 3, 4, 8});
    int64_t filters = groups * oneOf<int64_t>({1, 1, 2, 3, 4, 8, 17});
    Extents input = spatial(axes), kernel = each(axes, 1, 4), strides = each(axes, 1, 3), dilations(axes, 1), padding;
    if (in(0, 2) == 0) {
      dilations = each(axes, 1, 3);
      strides.assign(axes, 1);
    }
    bool same = in(0, 1);
    auto resolved = nn::resolvePadding(same, input, kernel, strides, dilations);
    padding.assign(resolved.begin(), resolved.end());
    input.push_back(channels);
    kernel.insert(kernel.end(), {channels / groups, filters});
    auto output = nn::convShape(input, kernel, strides, padding, dilations, groups);
    if (!output) {
      llvm::consumeError(output.takeError());
      continue;
    }
    ++number;
    std::string x = tensor(input, true), k = tensor(kernel, false), y = tensor(*output, true), b = tensor({filters}, false);
    std::string attrs = "strides = " + array(strides) + ", padding = " + array(padding) + ", dilations = " +
                        array(dilations) + ", groups = " + std::to_string(groups) + " : i64";
    check("func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ", %dy: " + y + ") -> (" + y + ", " + x + ", " + k +
          ") attributes {nn.entry} {\n  %y = nn.conv %x, %k, %b {" + attrs + ", activation = #nn.activation<" +
          activation() + ">} : (" + x + ", " + k + ", " + b + ") -> " + y + "\n  %dx = nn.conv_grad_input %dy, %k {" +
          attrs + "} : (" + y + ", " + k + ") -> " + x + "\n  %dk = nn.conv_grad_kernel %x, %dy {" + attrs + "} : (" + x +
          ", " + y + ") -> " + k + "\n  return %y, %dx, %dk : " + y + ", " + x + ", " + k + "\n}\n");
  }
}

TEST_F(ConvolutionSweep, Transposed) {
  for (int64_t number = 0; number < count;) {
    size_t axes = in(1, 3);
    int64_t channels = oneOf<int64_t>({1, 2, 3, 5, 8, 16, 19}), filters = oneOf<int64_t>({1, 2, 3, 6, 8, 17, 32});
    Extents input = each(axes, 1, axes == 3 ? 4 : 8), kernel = each(axes, 1, 4), strides = each(axes, 1, 4);
    Extents dilations(axes, 1), more;
    if (in(0, 2) == 0) {
      dilations = each(axes, 1, 3);
      strides.assign(axes, 1);
    }
    if (in(0, 1))
      for (int64_t stride : strides)
        more.push_back(in(0, stride - 1));
    auto resolved = nn::transposedPadding(in(0, 1), input, kernel, strides, dilations, more);
    if (!resolved) {
      llvm::consumeError(resolved.takeError());
      continue;
    }
    ++number;
    Extents padding(resolved->begin(), resolved->end());
    input.push_back(channels);
    kernel.insert(kernel.end(), {filters, channels});
    auto output = nn::convTransposeShape(input, kernel, strides, padding, dilations);
    ASSERT_TRUE(bool(output)) << llvm::toString(output.takeError());
    std::string x = tensor(input, true), k = tensor(kernel, false), y = tensor(*output, true), b = tensor({filters}, false);
    check("func.func @test(%x: " + x + ", %k: " + k + ", %b: " + b + ") -> " + y +
          " attributes {nn.entry} {\n  %y = nn.conv_transpose %x, %k, %b {strides = " + array(strides) + ", padding = " +
          array(padding) + ", dilations = " + array(dilations) + ", activation = #nn.activation<" + activation() +
          ">} : (" + x + ", " + k + ", " + b + ") -> " + y + "\n  return %y : " + y + "\n}\n");
  }
}

TEST_F(ConvolutionSweep, LocallyConnected) {
  for (int64_t number = 0; number < count;) {
    size_t axes = in(1, 2);
    int64_t channels = oneOf<int64_t>({1, 2, 3, 8}), filters = oneOf<int64_t>({1, 3, 4, 17});
    int64_t implementation = in(1, 3);
    Extents input = each(axes, 2, axes == 1 ? 20 : 7), window = each(axes, 1, 4), strides = each(axes, 1, 3);
    input.push_back(channels);
    auto kernel = nn::localKernelShape(input, window, strides, filters, implementation);
    if (!kernel) {
      llvm::consumeError(kernel.takeError());
      continue;
    }
    ++number;
    auto output = nn::localConvShape(input, *kernel, window, strides, implementation);
    ASSERT_TRUE(bool(output)) << llvm::toString(output.takeError());
    std::string x = tensor(input, true), k = tensor(*kernel, false), y = tensor(*output, true);
    std::string attrs = " {window = " + array(window) + ", strides = " + array(strides) + ", implementation = " +
                        std::to_string(implementation) + " : i64} : (";
    check("func.func @test(%x: " + x + ", %k: " + k + ", %dy: " + y + ") -> (" + y + ", " + x + ", " + k +
          ") attributes {nn.entry} {\n  %y = nn.local_conv %x, %k" + attrs + x + ", " + k + ") -> " + y +
          "\n  %dx = nn.local_conv_grad_input %dy, %k" + attrs + y + ", " + k + ") -> " + x +
          "\n  %dk = nn.local_conv_grad_kernel %x, %dy" + attrs + x + ", " + y + ") -> " + k +
          "\n  return %y, %dx, %dk : " + y + ", " + x + ", " + k + "\n}\n");
  }
}
