// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shape rules, over odd numbers: each is held against a count by hand or against the obvious loop.

#include "nncc/Dialect/NN/Shape.h"

#include "gtest/gtest.h"

#include <limits>

using namespace nncc::nn;

namespace {

constexpr int64_t kHuge = int64_t(1) << 61;

/// The extents, or the error's text.
std::string text(llvm::Expected<Shape> shape) {
  return shape ? formatExtents(*shape) : llvm::toString(shape.takeError());
}

/// A convolution of stride, dilation and padding given, in as many axes as the input has spatial ones.
std::string conv(Extents input, Extents kernel, Extents strides, Extents padding, Extents dilations,
                 int64_t groups = 1) {
  return text(convShape(input, kernel, strides, padding, dilations, groups));
}

TEST(Format, Shapes) {
  EXPECT_EQ(formatExtents({4, 4}), "4x4");
  EXPECT_EQ(formatExtents({7}), "7");
  EXPECT_EQ(formatShape({4, 4, 32}), "(None, 4, 4, 32)");
  EXPECT_EQ(formatShape({}), "(None,)");
}

TEST(ElementCount, Overflow) {
  EXPECT_EQ(*elementCount({3, 5, 7}), 105);
  EXPECT_EQ(*elementCount({}), 1);
  // The count fits 63 bits, and so does the size in bytes: 2^60 * 4 = 2^62.
  EXPECT_EQ(*elementCount({int64_t(1) << 60}), int64_t(1) << 60);
  EXPECT_EQ(llvm::toString(elementCount({kHuge}).takeError()),
            "the size of a 2305843009213693952 tensor does not fit 63 bits");
  EXPECT_EQ(llvm::toString(elementCount({int64_t(1) << 32, int64_t(1) << 32}).takeError()),
            "the size of a 4294967296x4294967296 tensor does not fit 63 bits");
  EXPECT_EQ(llvm::toString(elementCount({3, 0}).takeError()), "the extent 0 of 3x0 is not positive");
}

TEST(SamePadding, KnownValues) {
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_EQ(samePadding(5, 3, 1, 1), Pair(1, 1));
  EXPECT_EQ(samePadding(5, 2, 1, 1), Pair(0, 1)); // an even kernel: the odd element behind
  EXPECT_EQ(samePadding(6, 4, 1, 1), Pair(1, 2));
  EXPECT_EQ(samePadding(6, 3, 2, 1), Pair(0, 1));
  EXPECT_EQ(samePadding(7, 3, 2, 1), Pair(1, 1));
  EXPECT_EQ(samePadding(9, 2, 5, 1), Pair(0, 0)); // a stride above the kernel, positions between are skipped
  EXPECT_EQ(samePadding(6, 3, 1, 2), Pair(2, 2));
  EXPECT_EQ(samePadding(1, 3, 2, 1), Pair(1, 1));
}

TEST(SamePadding, GivesCeilOfInputOverStride) {
  for (int64_t input = 1; input <= 13; ++input)
    for (int64_t window = 1; window <= 6; ++window)
      for (int64_t stride = 1; stride <= 5; ++stride)
        for (int64_t dilation = 1; dilation <= (stride == 1 ? 3 : 1); ++dilation) {
          auto [low, high] = samePadding(input, window, stride, dilation);
          EXPECT_TRUE(high == low || high == low + 1);
          llvm::Expected<Shape> shape =
              convShape({input, 1}, {window, 1, 1}, {stride}, {low, high}, {dilation}, 1);
          ASSERT_TRUE(bool(shape));
          EXPECT_EQ(shape->front(), (input + stride - 1) / stride) << input << " " << window << " " << stride;
        }
}

TEST(SamePadding, OverflowIsLeftToTheRule) {
  auto [low, high] = samePadding(5, kHuge, 1, 1000);
  EXPECT_EQ(low, 0);
  EXPECT_EQ(high, 0);
}

TEST(ResolvePadding, AllAxes) {
  EXPECT_EQ(resolvePadding(true, {6, 5}, {4, 2}, {1, 1}, {1, 1}), (llvm::SmallVector<int64_t>{1, 2, 0, 1}));
  EXPECT_EQ(resolvePadding(false, {6, 5}, {4, 2}, {1, 1}, {1, 1}), (llvm::SmallVector<int64_t>{0, 0, 0, 0}));
}

TEST(Conv, AgreesWithCounting) {
  for (int64_t input = 1; input <= 11; ++input)
    for (int64_t window = 1; window <= 5; ++window)
      for (int64_t stride = 1; stride <= 7; ++stride)
        for (int64_t dilation = 1; dilation <= 3; ++dilation)
          for (int64_t padding = 0; padding <= 2; ++padding) {
            int64_t count = 0;
            for (int64_t start = 0; start + (window - 1) * dilation < input + 2 * padding; start += stride)
              ++count;
            llvm::Expected<Shape> shape =
                convShape({input, 3}, {window, 3, 2}, {stride}, {padding, padding}, {dilation}, 1);
            if (!shape) {
              llvm::consumeError(shape.takeError());
              EXPECT_EQ(count, 0);
              continue;
            }
            EXPECT_EQ(*shape, (Shape{count, 2}));
          }
}

TEST(Conv, OneTwoAndThreeAxes) {
  EXPECT_EQ(conv({17, 3}, {5, 3, 8}, {3}, {0, 0}, {1}), "5x8");
  EXPECT_EQ(conv({17, 19, 3}, {5, 2, 3, 8}, {3, 2}, {0, 0, 0, 0}, {1, 1}), "5x9x8");
  EXPECT_EQ(conv({7, 9, 11, 2}, {1, 3, 5, 2, 4}, {1, 2, 3}, {0, 0, 0, 0, 0, 0}, {1, 1, 1}), "7x4x3x4");
}

TEST(Conv, C1_StridesDilationsPadding) {
  EXPECT_EQ(conv({8, 8, 1}, {3, 3, 1, 1}, {1}, {0, 0, 0, 0}, {1, 1}), "strides has 1 values, expected 2");
  EXPECT_EQ(conv({8, 8, 1}, {3, 3, 1, 1}, {1, 0}, {0, 0, 0, 0}, {1, 1}),
            "strides has the value 0, expected at least 1");
  EXPECT_EQ(conv({8, 8, 1}, {3, 3, 1, 1}, {1, 1}, {0, 0, 0, 0}, {-1, 1}),
            "dilations has the value -1, expected at least 1");
  EXPECT_EQ(conv({8, 8, 1}, {3, 3, 1, 1}, {1, 1}, {0, 0}, {1, 1}), "padding has 2 values, expected 4");
  EXPECT_EQ(conv({8, 8, 1}, {3, 3, 1, 1}, {1, 1}, {0, 0, 0, -2}, {1, 1}),
            "padding has the value -2, expected at least 0");
}

TEST(Conv, C2_Channels) {
  EXPECT_EQ(conv({8, 6}, {3, 2, 9}, {1}, {0, 0}, {1}, 3), "6x9");
  EXPECT_EQ(conv({8, 6}, {3, 6}, {1}, {0, 0}, {1}), "the kernel 3x6 has 2 axes, expected 3");
  EXPECT_EQ(conv({8, 6}, {3, 5, 9}, {1}, {0, 0}, {1}), "the kernel takes 5 channels, but the input has 6");
  EXPECT_EQ(conv({8, 6}, {3, 6, 9}, {1}, {0, 0}, {1}, 3),
            "the kernel takes 6 channels, but the input has 6 in 3 groups");
  EXPECT_EQ(conv({8, 6}, {3, 1, 9}, {1}, {0, 0}, {1}, 4), "the input's 6 channels are not divisible by groups=4");
  EXPECT_EQ(conv({8, 6}, {3, 3, 9}, {1}, {0, 0}, {1}, 2), "the 9 filters are not divisible by groups=2");
  EXPECT_EQ(conv({8, 6}, {3, 6, 9}, {1}, {0, 0}, {1}, 0), "groups is 0, expected at least 1");
  EXPECT_EQ(conv({8}, {3, 8, 9}, {}, {}, {}), "the input (None, 8) has no spatial axis");
}

TEST(Conv, C3_KernelFitsInput) {
  EXPECT_EQ(conv({4, 4, 32}, {5, 5, 32, 64}, {1, 1}, {0, 0, 0, 0}, {1, 1}),
            "the 5x5 kernel does not fit the 4x4 input with padding=valid");
  EXPECT_EQ(conv({4, 1}, {5, 1, 1}, {1}, {0, 0}, {1}),
            "the kernel of 5 does not fit the input of length 4 with padding=valid");
  EXPECT_EQ(conv({4, 4, 1}, {3, 1, 1, 1}, {1, 1}, {0, 0, 0, 0}, {2, 1}),
            "the 3x1 kernel of dilation 2x1 does not fit the 4x4 input with padding=valid");
  EXPECT_EQ(conv({4, 4, 1}, {5, 5, 1, 1}, {1, 1}, {1, 0, 0, 0}, {1, 1}),
            "the 5x5 kernel does not fit the 4x4 input with its padding");
  EXPECT_EQ(conv({4, 1}, {4, 1, 1}, {9}, {0, 0}, {1}), "1x1");
}

TEST(Conv, Overflow) {
  EXPECT_EQ(conv({8, 1}, {3, 1, 1}, {1}, {0, 0}, {kHuge * 2}), "the extents of the kernel do not fit 63 bits");
  EXPECT_EQ(conv({8, 1}, {3, 1, 1}, {1}, {std::numeric_limits<int64_t>::max(), 1}, {1}),
            "the extents of the kernel do not fit 63 bits");
  EXPECT_EQ(conv({int64_t(1) << 40, 1}, {1, 1, int64_t(1) << 40}, {1}, {0, 0}, {1}),
            "the size of a 1099511627776x1099511627776 tensor does not fit 63 bits");
}

TEST(Pool, Shapes) {
  EXPECT_EQ(text(poolShape({7, 9, 3}, {2, 3}, {2, 3}, {0, 0, 0, 0})), "3x3x3");
  EXPECT_EQ(text(poolShape({7, 3}, {3}, {1}, {1, 1})), "7x3");
  EXPECT_EQ(text(poolShape({7, 3}, {2}, {5}, {0, 0})), "2x3");
}

TEST(Rearrange, S4_Permutation) {
  EXPECT_EQ(text(permuteShape({9, 7, 3}, {3, 1, 2})), "3x9x7");
  EXPECT_EQ(text(permuteShape({9, 7}, {1, 3})),
            "the dims [1, 3] are not a permutation of the axes 1 to 2 of the input (None, 9, 7)");
}

TEST(Rearrange, S6_SomethingRemains) {
  EXPECT_EQ(text(padShape({9, 7}, {1, 2, 0, -3})), "12x4");
  EXPECT_EQ(text(padShape({9, 7}, {1, 2, -3, -4})),
            "cropping 3 and 4 leaves nothing of the extent 7 of the input (None, 9, 7)");
}

TEST(Rearrange, S9_Factors) {
  EXPECT_EQ(text(resizeShape({9, 7, 3}, {2, 5})), "18x35x3");
  EXPECT_EQ(text(resizeShape({9, 7, 3}, {1, 1})), "9x7x3");
  EXPECT_EQ(text(resizeShape({9, 7, 3}, {2})), "1 factors do not fit samples of 3 axes");
  EXPECT_EQ(text(resizeShape({9, 7, 3}, {2, 0})), "the factor 0 is not positive");
  EXPECT_EQ(text(resizeShape({kHuge, 1, 1}, {4, 1})), "its number of elements does not fit 63 bits");
}

TEST(Rearrange, S7_Repeat) {
  EXPECT_EQ(text(repeatShape({5, 1, 3}, {5, 7, 3})), "5x7x3");
  EXPECT_EQ(text(repeatShape({1}, {1})), "1");
  EXPECT_EQ(text(repeatShape({5, 1, 3}, {5, 7, 6})), "the shape (None, 5, 1, 3) cannot be repeated to (None, 5, 7, 6)");
  EXPECT_EQ(text(repeatShape({5, 2}, {5, 4})), "the shape (None, 5, 2) cannot be repeated to (None, 5, 4)");
  EXPECT_EQ(text(repeatShape({4, 1}, {2, 7})), "the shape (None, 4, 1) cannot be repeated to (None, 2, 7)");
  EXPECT_EQ(text(repeatShape({5, 1}, {5, 7, 1})), "the shape (None, 5, 1) cannot be repeated to (None, 5, 7, 1)");
}

TEST(Rearrange, M6_Broadcast) {
  const Shape row = {1, 4}, columns = {5, 3, 1}, two = {2, 4}, map = {5, 3, 4};
  EXPECT_EQ(text(broadcastShape({row, columns})), "5x3x4");
  EXPECT_EQ(text(broadcastShape({map, row, map})), "5x3x4");
  EXPECT_EQ(text(broadcastShape({two, map})),
            "the shapes (None, 2, 4) and (None, 5, 3, 4) differ in an extent that is not 1");
}

TEST(Pool, P1_Values) {
  EXPECT_EQ(text(poolShape({7, 3}, {2, 2}, {2}, {0, 0})), "window has 2 values, expected 1");
  EXPECT_EQ(text(poolShape({7, 3}, {0}, {2}, {0, 0})), "window has the value 0, expected at least 1");
  EXPECT_EQ(text(poolShape({7, 3}, {2}, {0}, {0, 0})), "strides has the value 0, expected at least 1");
  EXPECT_EQ(text(poolShape({7, 3}, {2}, {1}, {0})), "padding has 1 values, expected 2");
  EXPECT_EQ(text(poolShape({7, 3}, {2}, {1}, {2, 0})),
            "the padding 2 is not smaller than its window of 2, so that a window could lie outside of the input");
  EXPECT_EQ(text(poolShape({7, 9, 3}, {5, 4}, {1, 1}, {4, 4, 0, 4})),
            "the padding 4 is not smaller than its window of 4, so that a window could lie outside of the input");
}

TEST(Pool, P2_WindowFitsInput) {
  EXPECT_EQ(text(poolShape({3, 3, 8}, {4, 4}, {4, 4}, {0, 0, 0, 0})),
            "the 4x4 pool does not fit the 3x3 input with padding=valid");
  EXPECT_EQ(text(poolShape({3, 8}, {4}, {4}, {0, 0})),
            "the pool of 4 does not fit the input of length 3 with padding=valid");
}

TEST(GlobalPool, Shapes) {
  EXPECT_EQ(text(globalPoolShape({3, 5, 7}, false)), "7");
  EXPECT_EQ(text(globalPoolShape({3, 5, 7}, true)), "1x1x7");
  EXPECT_EQ(text(globalPoolShape({7}, false)), "the input (None, 7) has no spatial axis");
}

TEST(Dense, D1_Kernel) {
  EXPECT_EQ(text(denseShape({5}, {5, 3})), "3");
  EXPECT_EQ(text(denseShape({2, 7, 5}, {5, 3})), "2x7x3");
  EXPECT_EQ(text(denseShape({5}, {4, 3})), "the kernel takes 4 values, but the input's last axis has 5");
  EXPECT_EQ(text(denseShape({5}, {5})), "the kernel 5 has 1 axes, expected 2");
  EXPECT_EQ(text(denseShape({}, {5, 3})), "the input (None,) has no axis but the batch");
  EXPECT_EQ(text(denseShape({int64_t(1) << 30, 1}, {1, int64_t(1) << 31})),
            "the size of a 1073741824x2147483648 tensor does not fit 63 bits");
}

TEST(Reshape, S1_ElementCount) {
  EXPECT_EQ(text(reshapeShape({6, 4}, {3, 8})), "3x8");
  EXPECT_EQ(text(reshapeShape({6, 4}, {-1})), "24");
  EXPECT_EQ(text(reshapeShape({6, 4}, {3, -1, 2})), "3x4x2");
  EXPECT_EQ(text(reshapeShape({1}, {})), "");
  EXPECT_EQ(text(reshapeShape({6, 4}, {5, 5})), "the shape of 25 elements does not fit the input's 24 elements");
  EXPECT_EQ(text(reshapeShape({6, 4}, {5, -1})),
            "the shape of 5 elements times an inferred extent does not fit the input's 24 elements");
  EXPECT_EQ(text(reshapeShape({6, 4}, {-1, -1})), "the shape has more than one -1");
  EXPECT_EQ(text(reshapeShape({6, 4}, {0, -1})), "the extent 0 of the shape is neither positive nor -1");
  EXPECT_EQ(text(reshapeShape({6, 4}, {kHuge, kHuge})),
            "the size of a 2305843009213693952x2305843009213693952 tensor does not fit 63 bits");
}

TEST(Concatenate, M1_OtherExtents) {
  EXPECT_EQ(text(concatenateShape({{3, 5, 7}, {3, 5, 2}, {3, 5, 1}}, 2)), "3x5x10");
  EXPECT_EQ(text(concatenateShape({{3, 5}, {4, 5}}, 0)), "7x5");
  EXPECT_EQ(text(concatenateShape({{3, 5}, {3, 6}}, 0)),
            "the shapes (None, 3, 5) and (None, 3, 6) differ in more than axis 1");
  EXPECT_EQ(text(concatenateShape({{3, 5}, {3}}, 0)),
            "the shapes (None, 3, 5) and (None, 3) differ in more than axis 1");
  EXPECT_EQ(text(concatenateShape({{3, 5}, {3, 5}}, 2)), "there is no axis 3 to concatenate in the shape (None, 3, 5)");
  EXPECT_EQ(text(concatenateShape({{3, 5}, {3, 5}}, -1)),
            "there is no axis 0 to concatenate in the shape (None, 3, 5)");
  EXPECT_EQ(text(concatenateShape({{kHuge * 2}, {kHuge * 2}}, 0)), "the joined extent does not fit 63 bits");
}

TEST(Add, M2_SameShapes) {
  EXPECT_EQ(text(addShape({{3, 5}, {3, 5}})), "3x5");
  EXPECT_EQ(text(addShape({{3, 5}, {3, 5}, {5, 3}})), "the shapes (None, 3, 5) and (None, 5, 3) differ");
}

/// Padding low, high of one axis, or the error's text.
std::string transposed(bool same, int64_t input, int64_t window, int64_t stride, int64_t dilation = 1,
                       Extents outputPadding = {}) {
  auto padding = transposedPadding(same, {input}, {window}, {stride}, {dilation}, outputPadding);
  if (!padding)
    return llvm::toString(padding.takeError());
  return std::to_string((*padding)[0]) + ", " + std::to_string((*padding)[1]);
}

TEST(TransposedPadding, KnownValues) {
  EXPECT_EQ(transposed(false, 5, 3, 1), "0, 0");
  EXPECT_EQ(transposed(false, 5, 2, 3), "0, -1"); // 15 outputs, of which the last gets nothing
  EXPECT_EQ(transposed(true, 5, 3, 1), "1, 1");
  EXPECT_EQ(transposed(true, 5, 3, 2), "0, 1");
  EXPECT_EQ(transposed(true, 5, 4, 2), "1, 1");
  EXPECT_EQ(transposed(true, 5, 1, 3), "0, -2");
  EXPECT_EQ(transposed(true, 5, 3, 1, 2), "2, 2");
  EXPECT_EQ(transposed(false, 5, 3, 2, 1, {1}), "0, -1"); // 12 outputs
  EXPECT_EQ(transposed(true, 5, 3, 2, 1, {0}), "1, 1");   // 9 outputs
}

TEST(TransposedPadding, NeedsAConvolutionBack) {
  EXPECT_EQ(transposed(true, 5, 2, 2, 1, {0}),
            "output_padding=0 gives 8 output positions, of which a convolution with strides=2 and padding=same makes 4 "
            "positions, not the 5 of the input");
  EXPECT_EQ(transposed(true, 1, 5, 1, 1, {0}), "2, 2");
  EXPECT_EQ(transposed(true, 1, 4, 1, 1, {0}),
            "output_padding=0 gives 0 output positions, of which a convolution with strides=1 and padding=same makes 0 "
            "positions, not the 1 of the input");
  // Keras' formula gives one output here, of which two inputs cannot be.
  EXPECT_EQ(transposed(true, 2, 2, 1, 1, {0}),
            "output_padding=0 gives 1 output positions, of which a convolution with strides=1 and padding=same makes 1 "
            "positions, not the 2 of the input");
}

TEST(TransposedPadding, Overflow) {
  const char *error = "the extents of its output do not fit 63 bits";
  EXPECT_EQ(transposed(false, 5, kHuge, 1, 1000), error);
  EXPECT_EQ(transposed(false, 1000, 3, kHuge), error);
  EXPECT_EQ(transposed(false, 3, kHuge * 2, kHuge), error); // either fits, the sum does not
  EXPECT_EQ(transposed(true, 2, 1, kHuge * 2), error);      // two inputs cover kHuge * 2 + 1, the output would be twice that
  EXPECT_EQ(transposed(true, 2, 1, kHuge), "0, " + std::to_string(1 - kHuge));
  EXPECT_EQ(transposed(false, 2, 1, kHuge, 1, {std::numeric_limits<int64_t>::max()}), error);
}

TEST(TransposedPadding, ConvolutionBackHasTheInputsExtents) {
  for (bool same : {false, true})
    for (int64_t input = 1; input <= 6; ++input)
      for (int64_t window = 1; window <= 6; ++window)
        for (int64_t stride = 1; stride <= 5; ++stride)
          for (int64_t dilation = 1; dilation <= 3; ++dilation) {
            auto padding = transposedPadding(same, {input}, {window}, {stride}, {dilation}, {});
            ASSERT_TRUE(bool(padding)) << llvm::toString(padding.takeError());
            llvm::Expected<Shape> output =
                convTransposeShape({input, 2}, {window, 3, 2}, {stride}, *padding, {dilation});
            ASSERT_TRUE(bool(output)) << llvm::toString(output.takeError());
            int64_t reach = (window - 1) * dilation + 1;
            EXPECT_EQ((*output)[0], input * stride + (same ? 0 : std::max<int64_t>(reach - stride, 0)));
            Shape back = {(*padding)[0], std::max<int64_t>((*padding)[1], 0)};
            EXPECT_EQ(conv(*output, {window, 3, 2}, {stride}, back, {dilation}), std::to_string(input) + "x2");
          }
}

TEST(ConvTranspose, T1_Values) {
  EXPECT_EQ(text(convTransposeShape({5, 2}, {3, 4, 2}, {0}, {0, 0}, {1})),
            "strides has the value 0, expected at least 1");
  EXPECT_EQ(text(convTransposeShape({5, 2}, {3, 4, 2}, {1}, {0, 0}, {0})),
            "dilations has the value 0, expected at least 1");
  EXPECT_EQ(text(convTransposeShape({5, 2}, {3, 4, 2}, {1}, {0}, {1})), "padding has 1 values, expected 2");
  EXPECT_EQ(text(convTransposeShape({5, 6, 2}, {3, 2, 4, 2}, {1, 1}, {0, 0}, {1, 1})),
            "padding has 2 values, expected 4");
  EXPECT_EQ(text(convTransposeShape({2}, {4, 2}, {}, {}, {})), "the input (None, 2) has no spatial axis");
}

TEST(ConvTranspose, Overflow) {
  const char *error = "the extents of its output do not fit 63 bits";
  EXPECT_EQ(text(convTransposeShape({5, 2}, {3, 4, 2}, {1}, {0, 0}, {kHuge * 2})), error);
  EXPECT_EQ(text(convTransposeShape({9, 2}, {3, 4, 2}, {kHuge}, {0, 0}, {1})), error);
  EXPECT_EQ(text(convTransposeShape({3, 2}, {2, 4, 2}, {kHuge}, {0, 0}, {kHuge * 2})), error);
}

TEST(ConvTranspose, T2_Kernel) {
  EXPECT_EQ(text(convTransposeShape({5, 2}, {3, 4, 3}, {1}, {0, 0}, {1})),
            "the kernel takes 3 channels, but the input has 2");
  EXPECT_EQ(text(convTransposeShape({5, 5, 2}, {3, 4, 2}, {1, 1}, {0, 0, 0, 0}, {1, 1})),
            "the kernel 3x4x2 has 3 axes, expected 4");
}

TEST(ConvTranspose, T3_Padding) {
  EXPECT_EQ(text(convTransposeShape({5, 2}, {3, 4, 2}, {2}, {1, -1}, {1})), "11x4");
  for (Shape padding : {Shape{-1, 0}, Shape{3, 0}, Shape{0, 3}, Shape{0, -2}})
    EXPECT_TRUE(llvm::StringRef(text(convTransposeShape({5, 2}, {3, 4, 2}, {2}, padding, {1})))
                    .ends_with("does not go with a kernel of 3, stride 2 and an input of 5"));
  EXPECT_EQ(text(convTransposeShape({1, 2}, {3, 4, 2}, {2}, {2, 1}, {1})),
            "the padding 2, 1 does not go with a kernel of 3, stride 2 and an input of 1");
}

TEST(LocalConv, KernelsOfTheImplementations) {
  EXPECT_EQ(text(localKernelShape({7, 8, 3}, {3, 2}, {2, 1}, 5, 1)), "21x18x5");
  EXPECT_EQ(text(localKernelShape({7, 8, 3}, {3, 2}, {2, 1}, 5, 2)), "7x8x3x3x7x5");
  EXPECT_EQ(text(localKernelShape({7, 8, 3}, {3, 2}, {2, 1}, 5, 3)), "1890");
  for (int64_t implementation : {1, 2, 3}) {
    llvm::Expected<Shape> kernel = localKernelShape({9, 2}, {4}, {3}, 5, implementation);
    ASSERT_TRUE(bool(kernel));
    EXPECT_EQ(text(localConvShape({9, 2}, *kernel, {4}, {3}, implementation)), "2x5");
  }
}

TEST(Attention, A1_Scores) {
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 12}, 3)), "2x3x5x7");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 12}, 5)),
            "the last axis of the queries (None, 2, 5, 12) is no multiple of 5 heads");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 12}, 1)), "2x1x5x7");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 12}, 12)), "2x12x5x7");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 12}, 0)),
            "the last axis of the queries (None, 2, 5, 12) is no multiple of 0 heads");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {1, 7, 12}, 3)),
            "the queries (None, 2, 5, 12) do not go with the keys (None, 1, 7, 12)");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 9}, 3)),
            "the queries (None, 2, 5, 12) do not go with the keys (None, 2, 7, 9)");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12}, {2, 7, 12, 1}, 3)),
            "the queries (None, 2, 5, 12) do not go with the keys (None, 2, 7, 12, 1)");
  EXPECT_EQ(text(attentionScoresShape({2, 5, 12, 1}, {2, 7, 12}, 3)),
            "the queries (None, 2, 5, 12, 1) do not go with the keys (None, 2, 7, 12)");
}

TEST(Attention, A3_Mix) {
  EXPECT_EQ(text(attentionMixShape({2, 3, 5, 7}, {2, 7, 12}, false)), "2x5x12");
  EXPECT_EQ(text(attentionMixShape({2, 3, 5, 7}, {2, 5, 12}, true)), "2x7x12");
  EXPECT_EQ(text(attentionMixShape({2, 3, 5, 7}, {2, 5, 12}, false)),
            "the weights (None, 2, 3, 5, 7) do not go with the values (None, 2, 5, 12)");
  EXPECT_EQ(text(attentionMixShape({2, 3, 5, 7}, {2, 7, 13}, false)),
            "the weights (None, 2, 3, 5, 7) do not go with the values (None, 2, 7, 13)");
  EXPECT_EQ(text(attentionMixShape({1, 3, 5, 7}, {2, 7, 12}, false)),
            "the weights (None, 1, 3, 5, 7) do not go with the values (None, 2, 7, 12)");
  EXPECT_EQ(text(attentionMixShape({2, 3, 5, 7, 1}, {2, 7, 12}, false)),
            "the weights (None, 2, 3, 5, 7, 1) do not go with the values (None, 2, 7, 12)");
  EXPECT_EQ(text(attentionMixShape({2, 3, 5, 7}, {2, 7, 12, 1}, false)),
            "the weights (None, 2, 3, 5, 7) do not go with the values (None, 2, 7, 12, 1)");
  EXPECT_EQ(text(attentionMixShape({2, 1, 5, 7}, {2, 7, 12}, false)), "2x5x12");
  EXPECT_EQ(text(attentionMixShape({2, 0, 5, 7}, {2, 7, 12}, false)),
            "the weights (None, 2, 0, 5, 7) do not go with the values (None, 2, 7, 12)");
}

TEST(Embedding, A4_Table) {
  EXPECT_EQ(text(embeddingShape({4, 2}, {9, 3})), "4x2x3");
  EXPECT_EQ(text(embeddingShape({4, 2}, {9})), "the table 9 has 1 axes, expected 2");
}

TEST(Constraint, K2_Axes) {
  EXPECT_EQ(text(normAxes({3, 4, 5}, {-1, 0})), "0x2");
  EXPECT_EQ(text(normAxes({3, 4, 5}, {-3, 2})), "0x2");
  EXPECT_EQ(text(normAxes({3, 4, 5}, {})), "");
  EXPECT_EQ(text(normAxes({3, 4}, {2})), "there is no axis 2 in 3x4; axes count from 0 to 1, or back from -1");
  EXPECT_EQ(text(normAxes({3, 4}, {-3})), "there is no axis -3 in 3x4; axes count from 0 to 1, or back from -1");
  EXPECT_EQ(text(normAxes({3, 4}, {1, -1})), "the axis -1 is there twice");
}

TEST(Constraint, K4_Radial) {
  auto error = [](Extents shape) { return llvm::toString(checkRadialKernel(shape)); };
  EXPECT_EQ(error({3, 3, 1, 2}), "");
  EXPECT_EQ(error({2, 2, 1, 3}), "");
  EXPECT_EQ(error({3, 3, 1}), "a kernel of rank 4 is needed, [n, n, channels, filters], found 3x3x1");
  EXPECT_EQ(error({3, 5, 1, 2}), "a square window of 2x2 or more is needed, found 3x5");
  EXPECT_EQ(error({1, 1, 8, 2}), "a square window of 2x2 or more is needed, found 1x1");
}

TEST(LocalConv, L1_L2_L3) {
  EXPECT_EQ(text(localConvShape({9, 2}, {2, 8, 5}, {4}, {0}, 1)), "strides has the value 0, expected at least 1");
  EXPECT_EQ(text(localConvShape({3, 2}, {2, 8, 5}, {4}, {3}, 1)),
            "the kernel of 4 does not fit the input of length 3 with padding=valid");
  EXPECT_EQ(text(localConvShape({9, 2}, {3, 8, 5}, {4}, {3}, 1)), "the kernel is 3x8x5, expected 2x8x5 for implementation 1");
  EXPECT_EQ(text(localConvShape({9, 2}, {81}, {4}, {3}, 3)), "the kernel is 81, expected 80 for implementation 3");
  EXPECT_EQ(text(localConvShape({9, 2}, {81}, {4}, {3}, 4)), "implementation is 4, expected 1, 2 or 3");
  EXPECT_EQ(text(localConvShape({9, 2}, {81}, {4}, {3}, 0)), "implementation is 0, expected 1, 2 or 3");
  EXPECT_EQ(text(localConvShape({9, 2}, {}, {4}, {3}, 1)), "the kernel is a scalar, which has no axis of filters");
  EXPECT_EQ(text(localConvShape({9, 2}, {15}, {4}, {3}, 3)), "the kernel is 15, expected 16 for implementation 3");
  for (int64_t implementation : {1, 3})
    EXPECT_EQ(text(localKernelShape({9, 2}, {4}, {3}, kHuge, implementation)),
              "the size of a 2x8x2305843009213693952 tensor does not fit 63 bits");
}

} // namespace
