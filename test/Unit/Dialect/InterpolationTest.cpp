// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Weights of enlargements. Compiler and reference take them from one function, so only numbers from elsewhere prove them.

#include "nncc/Dialect/NN/Interpolation.h"

#include "gtest/gtest.h"

using namespace nncc::nn;

namespace {

/// One row of the matrix for an axis of `extent` times `factor`.
struct Fact {
  const char *interpolation;
  int64_t extent, factor, output, first;
  std::vector<double> weights;
};

// What TensorFlow 2.15 makes of unit impulses: tf.image.resize(..., antialias=False), as UpSampling2D calls it. Of the axis
// of 12 all inputs are inside; of the shorter ones some are not.
const Fact kTensorFlow[] = {
    {"bilinear", 12, 2, 12, 5, {0.25, 0.75}},
    {"bilinear", 12, 3, 18, 5, {0.333333, 0.666667}},
    {"bilinear", 12, 3, 19, 6, {1}},
    {"bilinear", 12, 5, 31, 5, {0.2, 0.8}},
    {"bilinear", 12, 5, 34, 6, {0.6, 0.4}},
    {"bilinear", 2, 3, 1, 0, {1}},
    {"bilinear", 2, 3, 2, 0, {0.666667, 0.333333}},
    {"bilinear", 3, 5, 6, 0, {0.2, 0.8}},
    {"bilinear", 4, 2, 1, 0, {0.75, 0.25}},
    {"bilinear", 7, 2, 2, 0, {0.25, 0.75}},
    {"bicubic", 12, 2, 12, 4, {-0.0234375, 0.226562, 0.867188, -0.0703125}},
    {"bicubic", 12, 3, 18, 4, {-0.0369828, 0.332899, 0.778157, -0.0740740}},
    {"bicubic", 12, 3, 19, 6, {1}},
    {"bicubic", 12, 5, 31, 4, {-0.0160274, 0.168219, 0.91184, -0.0640312}},
    {"bicubic", 12, 5, 34, 5, {-0.0719765, 0.6955, 0.424539, -0.0480625}},
    {"bicubic", 2, 3, 1, 0, {1}},
    {"bicubic", 2, 3, 2, 0, {0.700376, 0.299624}},
    {"bicubic", 3, 5, 6, 0, {0.165565, 0.897456, -0.0630212}},
    {"bicubic", 4, 2, 1, 0, {0.810219, 0.211679, -0.0218978}},
    {"bicubic", 7, 2, 2, 0, {0.221374, 0.847328, -0.0687023}},
    {"gaussian", 12, 2, 12, 5, {0.259496, 0.705384, 0.0351190}},
    {"gaussian", 12, 3, 18, 5, {0.331431, 0.64554, 0.0230290}},
    {"gaussian", 12, 3, 19, 5, {0.106507, 0.786986, 0.106507}},
    {"gaussian", 12, 5, 31, 5, {0.22114, 0.734212, 0.0446475}},
    {"gaussian", 12, 5, 34, 5, {0.0160951, 0.589052, 0.394853}},
    {"gaussian", 2, 3, 1, 0, {0.880797, 0.119203}},
    {"gaussian", 2, 3, 2, 0, {0.660756, 0.339244}},
    {"gaussian", 3, 5, 6, 0, {0.22114, 0.734212, 0.0446475}},
    {"gaussian", 4, 2, 1, 0, {0.731059, 0.268941}},
    {"gaussian", 7, 2, 2, 0, {0.259496, 0.705384, 0.0351190}},
    {"lanczos3", 12, 2, 12, 3, {0.0073783, -0.0679972, 0.271011, 0.892771, -0.133275, 0.0301123}},
    {"lanczos3", 12, 3, 18, 3, {0.0127168, -0.0937383, 0.382396, 0.813876, -0.146466, 0.0312160}},
    {"lanczos3", 12, 3, 19, 6, {1}},
    {"lanczos3", 12, 5, 31, 3, {0.0047483, -0.0525576, 0.207906, 0.930666, -0.118255, 0.0274918}},
    {"lanczos3", 12, 5, 34, 4, {0.0296545, -0.147453, 0.738734, 0.474473, -0.112894, 0.0174848}},
    {"lanczos3", 2, 3, 1, 0, {1}},
    {"lanczos3", 2, 3, 2, 0, {0.680343, 0.319657}},
    {"lanczos3", 3, 5, 6, 0, {0.203766, 0.912133, -0.1159}},
    {"lanczos3", 4, 2, 1, 0, {0.809283, 0.245667, -0.0616385, 0.0066883}},
    {"lanczos3", 7, 2, 2, 0, {0.255521, 0.841745, -0.125657, 0.0283912}},
    {"lanczos5", 12, 2, 12, 1, {0.0024854, -0.0180247, 0.0468165, -0.104292, 0.289313, 0.897216, -0.162222, 0.0699358,
     -0.0302384, 0.0090098}},
    {"lanczos5", 12, 3, 18, 1, {0.0041926, -0.0242745, 0.0614182, -0.136916, 0.401898, 0.821755, -0.183576, 0.0802197,
     -0.0342289, 0.0095124}},
    {"lanczos5", 12, 3, 19, 6, {1}},
    {"lanczos5", 12, 5, 31, 1, {0.0016206, -0.0141231, 0.0373264, -0.0831982, 0.224253, 0.93347, -0.141623, 0.0604626,
     -0.0263245, 0.0081362}},
    {"lanczos5", 12, 5, 34, 2, {0.0091720, -0.0352312, 0.0835784, -0.189626, 0.749743, 0.493249, -0.159091, 0.0712147,
     -0.0286780, 0.0056691}},
    {"lanczos5", 2, 3, 1, 0, {1}},
    {"lanczos5", 2, 3, 2, 0, {0.671558, 0.328442}},
    {"lanczos5", 3, 5, 6, 0, {0.2207, 0.918679, -0.139379}},
    {"lanczos5", 4, 2, 1, 0, {0.794661, 0.256244, -0.0923707, 0.0414652}},
    {"lanczos5", 7, 2, 2, 0, {0.269627, 0.836164, -0.151183, 0.0651769, -0.0281808, 0.0083967}},
    {"mitchellcubic", 12, 2, 12, 4, {-0.0147570, 0.256076, 0.782118, -0.0234375}},
    {"mitchellcubic", 12, 3, 18, 4, {-0.0226337, 0.345679, 0.709877, -0.0329217}},
    {"mitchellcubic", 12, 3, 19, 5, {0.0555557, 0.888889, 0.0555557}},
    {"mitchellcubic", 12, 5, 31, 4, {-0.0102220, 0.206222, 0.818222, -0.0142220}},
    {"mitchellcubic", 12, 5, 34, 5, {-0.0360001, 0.643555, 0.420889, -0.0284443}},
    {"mitchellcubic", 2, 3, 1, 0, {0.941176, 0.0588237}},
    {"mitchellcubic", 2, 3, 2, 0, {0.672515, 0.327485}},
    {"mitchellcubic", 3, 5, 6, 0, {0.204135, 0.809943, -0.0140784}},
    {"mitchellcubic", 4, 2, 1, 0, {0.764207, 0.250212, -0.0144191}},
    {"mitchellcubic", 7, 2, 2, 0, {0.252352, 0.770744, -0.0230967}},
};

std::string nameOf(const Fact &fact) {
  return std::string(fact.interpolation) + ", extent " + std::to_string(fact.extent) + ", factor " +
         std::to_string(fact.factor) + ", output " + std::to_string(fact.output);
}

TEST(Interpolation, WeightsOfTensorFlow) {
  for (const Fact &fact : kTensorFlow) {
    const std::vector<WeightedRow> rows = interpolationRows(fact.interpolation, fact.extent, fact.factor);
    ASSERT_EQ(int64_t(rows.size()), fact.extent * fact.factor);
    const WeightedRow &row = rows[fact.output];
    EXPECT_EQ(row.first, fact.first) << nameOf(fact);
    ASSERT_EQ(row.weights.size(), fact.weights.size()) << nameOf(fact);
    for (size_t tap = 0; tap < row.weights.size(); ++tap)
      EXPECT_NEAR(row.weights[tap], fact.weights[tap], 2e-6) << nameOf(fact) << ", tap " << tap;
  }
}

/// The matrix itself: an element of `inputs` for each output.
std::vector<std::vector<float>> matrix(llvm::ArrayRef<WeightedRow> rows, int64_t inputs) {
  std::vector<std::vector<float>> result(rows.size(), std::vector<float>(inputs));
  for (size_t output = 0; output < rows.size(); ++output)
    for (size_t tap = 0; tap < rows[output].weights.size(); ++tap)
      result[output].at(rows[output].first + tap) = rows[output].weights[tap];
  return result;
}

TEST(Interpolation, BackwardsTheSame) {
  for (llvm::StringRef interpolation : interpolations())
    for (int64_t extent : {1, 2, 3, 4, 7, 12})
      for (int64_t factor : {2, 3, 5}) {
        const auto weights = matrix(interpolationRows(interpolation, extent, factor), extent);
        for (int64_t output = 0; output < extent * factor; ++output)
          for (int64_t input = 0; input < extent; ++input)
            EXPECT_NEAR(weights[output][input], weights[extent * factor - 1 - output][extent - 1 - input], 1e-3)
                << interpolation.str() << " " << extent << " " << factor; // bicubic's 1024 distances count from the front
      }
}

TEST(Interpolation, WeightsOfARowAddUpToOne) {
  for (llvm::StringRef interpolation : interpolations())
    for (int64_t extent : {1, 2, 3, 4, 7, 12})
      for (const WeightedRow &row : interpolationRows(interpolation, extent, 3)) {
        double sum = 0;
        for (float weight : row.weights)
          sum += weight;
        EXPECT_NEAR(sum, 1, 1e-6) << interpolation.str() << " " << extent;
      }
}

TEST(Interpolation, OneInputIsRepeated) {
  for (llvm::StringRef interpolation : interpolations())
    for (const WeightedRow &row : interpolationRows(interpolation, 1, 5)) {
      EXPECT_EQ(row.first, 0);
      EXPECT_EQ(row.weights, (llvm::SmallVector<float, 4>{1}));
    }
}

TEST(Interpolation, TapsAreThoseOfTheLongestRow) {
  for (llvm::StringRef interpolation : interpolations()) {
    size_t taps = 0;
    for (const WeightedRow &row : interpolationRows(interpolation, 12, 2))
      taps = std::max<size_t>(taps, row.weights.size());
    EXPECT_EQ(interpolationTaps(interpolation), int64_t(taps)) << interpolation.str();
  }
}

// Where an output takes an input as it is, the columns of the inputs around have a zero in the middle.
TEST(Interpolation, TransposedRows) {
  for (llvm::StringRef interpolation : interpolations())
    for (int64_t extent : {1, 2, 3, 7})
      for (int64_t factor : {2, 3, 5}) {
        const std::vector<WeightedRow> rows = interpolationRows(interpolation, extent, factor);
        const auto forward = matrix(rows, extent), back = matrix(transposedRows(rows, extent), extent * factor);
        ASSERT_EQ(int64_t(back.size()), extent);
        for (int64_t input = 0; input < extent; ++input)
          for (int64_t output = 0; output < extent * factor; ++output)
            EXPECT_EQ(back[input][output], forward[output][input]) << interpolation.str() << " " << extent << " " << factor;
      }
}

} // namespace
