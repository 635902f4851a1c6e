// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shapes that layers of Keras 2.15 have, of which all extents differ.

#include "nncc/Dialect/NN/Shape.h"

#include "gtest/gtest.h"

using namespace nncc::nn;

namespace {

std::string text(llvm::Expected<Shape> shape) {
  return shape ? formatExtents(*shape) : llvm::toString(shape.takeError());
}

/// Output of a convolution of Keras with padding=same, or valid.
std::string conv(bool same, Extents input, Extents kernel, Extents strides, Extents dilations, int64_t groups = 1) {
  Shape padding = resolvePadding(same, input.drop_back(), kernel.drop_back(2), strides, dilations);
  return text(convShape(input, kernel, strides, padding, dilations, groups));
}

TEST(KerasShapes, Conv) {
  EXPECT_EQ(conv(false, {17, 3}, {4, 3, 5}, {3}, {1}), "5x5");
  EXPECT_EQ(conv(true, {17, 3}, {4, 3, 5}, {3}, {1}), "6x5");
  EXPECT_EQ(conv(false, {17, 12, 5}, {4, 3, 5, 7}, {3, 2}, {1, 1}), "5x5x7");
  EXPECT_EQ(conv(true, {17, 12, 5}, {4, 3, 5, 7}, {3, 2}, {1, 1}), "6x6x7");
  EXPECT_EQ(conv(false, {17, 12, 5}, {4, 3, 5, 7}, {1, 1}, {3, 2}), "8x8x7");
  EXPECT_EQ(conv(true, {17, 12, 5}, {4, 3, 5, 7}, {1, 1}, {3, 2}), "17x12x7");
  EXPECT_EQ(conv(false, {9, 7, 13, 4}, {2, 5, 3, 4, 8}, {2, 1, 3}, {1, 1, 1}), "4x3x4x8");
  EXPECT_EQ(conv(true, {9, 7, 13, 4}, {2, 5, 3, 4, 8}, {2, 1, 3}, {1, 1, 1}), "5x7x5x8");
  EXPECT_EQ(conv(false, {17, 12, 6}, {4, 3, 2, 9}, {1, 1}, {1, 1}, 3), "14x10x9");
  // DepthwiseConv2D with depth_multiplier=2.
  EXPECT_EQ(conv(false, {17, 12, 5}, {4, 3, 1, 10}, {2, 2}, {1, 1}, 5), "7x5x10");
  EXPECT_EQ(conv(true, {17, 12, 5}, {4, 3, 1, 10}, {2, 2}, {1, 1}, 5), "9x6x10");
}

std::string pool(bool same, Extents input, Extents window, Extents strides) {
  Shape ones(window.size(), 1);
  return text(poolShape(input, window, strides, resolvePadding(same, input.drop_back(), window, strides, ones)));
}

TEST(KerasShapes, Pooling) {
  EXPECT_EQ(pool(false, {17, 3}, {4}, {3}), "5x3");
  EXPECT_EQ(pool(true, {17, 3}, {4}, {3}), "6x3");
  EXPECT_EQ(pool(false, {17, 12, 5}, {4, 3}, {3, 5}), "5x2x5");
  EXPECT_EQ(pool(true, {17, 12, 5}, {4, 3}, {3, 5}), "6x3x5");
  EXPECT_EQ(pool(false, {9, 12, 7, 5}, {2, 4, 3}, {3, 2, 1}), "3x5x5x5");
  EXPECT_EQ(pool(true, {9, 12, 7, 5}, {2, 4, 3}, {3, 2, 1}), "3x6x7x5");
}

/// Output of a transposed convolution without dilation; an empty outputPadding is Keras' None.
std::string transposed(bool same, Extents input, Extents kernel, Extents strides, Extents outputPadding = {}) {
  Shape ones(strides.size(), 1);
  auto padding = transposedPadding(same, input.drop_back(), kernel.drop_back(2), strides, ones, outputPadding);
  if (!padding)
    return llvm::toString(padding.takeError());
  return text(convTransposeShape(input, kernel, strides, *padding, ones));
}

TEST(KerasShapes, ConvTranspose) {
  EXPECT_EQ(transposed(false, {7, 3}, {4, 5, 3}, {3}), "22x5");
  EXPECT_EQ(transposed(true, {7, 3}, {4, 5, 3}, {3}), "21x5");
  EXPECT_EQ(transposed(false, {7, 3}, {2, 5, 3}, {3}), "21x5");
  EXPECT_EQ(transposed(true, {7, 3}, {2, 5, 3}, {3}), "21x5");
  EXPECT_EQ(transposed(false, {7, 11, 5}, {4, 3, 6, 5}, {3, 2}), "22x23x6");
  EXPECT_EQ(transposed(true, {7, 11, 5}, {4, 3, 6, 5}, {3, 2}), "21x22x6");
  EXPECT_EQ(transposed(false, {4, 7, 11, 5}, {2, 4, 3, 6, 5}, {2, 3, 1}), "8x22x13x6");
  EXPECT_EQ(transposed(true, {4, 7, 11, 5}, {2, 4, 3, 6, 5}, {2, 3, 1}), "8x21x11x6");
}

TEST(KerasShapes, ConvTransposeWithOutputPadding) {
  EXPECT_EQ(transposed(false, {7, 3}, {4, 5, 3}, {3}, {0}), "22x5");
  EXPECT_EQ(transposed(false, {7, 3}, {4, 5, 3}, {3}, {1}), "23x5");
  EXPECT_EQ(transposed(false, {7, 3}, {4, 5, 3}, {3}, {2}), "24x5");
  EXPECT_EQ(transposed(true, {7, 3}, {5, 5, 3}, {3}, {0}), "19x5");
  EXPECT_EQ(transposed(true, {7, 3}, {5, 5, 3}, {3}, {2}), "21x5");
  EXPECT_EQ(transposed(false, {7, 11, 5}, {5, 3, 6, 5}, {3, 2}, {2, 1}), "25x24x6");
  EXPECT_EQ(transposed(true, {7, 11, 5}, {5, 3, 6, 5}, {3, 2}, {2, 1}), "21x22x6");
  // Keras gives 18, of which a convolution makes 6 positions: TensorFlow cannot run it.
  EXPECT_EQ(transposed(true, {7, 3}, {4, 5, 3}, {3}, {0}),
            "output_padding=0 gives 18 output positions, of which a convolution with strides=3 and padding=same makes 6 "
            "positions, not the 7 of the input");
  EXPECT_EQ(transposed(true, {7, 3}, {4, 5, 3}, {3}, {1}), "19x5");
}

/// Output, and the kernel that Keras keeps.
std::string local(Extents input, Extents window, Extents strides, int64_t filters, int64_t implementation) {
  auto kernel = localKernelShape(input, window, strides, filters, implementation);
  if (!kernel)
    return llvm::toString(kernel.takeError());
  return text(localConvShape(input, *kernel, window, strides, implementation)) + ", " + formatExtents(*kernel);
}

TEST(KerasShapes, LocallyConnected) {
  EXPECT_EQ(local({17, 3}, {4}, {3}, 5, 1), "5x5, 5x12x5");
  EXPECT_EQ(local({17, 3}, {4}, {3}, 5, 2), "5x5, 17x3x5x5");
  EXPECT_EQ(local({17, 3}, {4}, {3}, 5, 3), "5x5, 300");
  EXPECT_EQ(local({7, 9, 4}, {3, 2}, {2, 3}, 6, 1), "3x3x6, 9x24x6");
  EXPECT_EQ(local({7, 9, 4}, {3, 2}, {2, 3}, 6, 2), "3x3x6, 7x9x4x3x3x6");
  EXPECT_EQ(local({7, 9, 4}, {3, 2}, {2, 3}, 6, 3), "3x3x6, 1296");
}

TEST(KerasShapes, PaddingCroppingUpSampling) {
  // ZeroPadding2D(((1, 4), (3, 2))), Cropping2D of the same, and of all rows but one.
  EXPECT_EQ(text(padShape({7, 9, 5}, {1, 4, 3, 2, 0, 0})), "12x14x5");
  EXPECT_EQ(text(padShape({7, 9, 5}, {-1, -4, -3, -2, 0, 0})), "2x4x5");
  EXPECT_EQ(text(padShape({7, 9, 5}, {-1, -5, 0, 0, 0, 0})), "1x9x5");
  EXPECT_EQ(text(resizeShape({7, 9, 5}, {3, 2})), "21x18x5");
}

} // namespace
