// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Dialect/NN/Interpolation.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace nncc::nn;
using llvm::StringRef;

namespace {

constexpr double kPi = 3.14159265358979323846;

/// Keys' cubic with a = -0.5. Source: Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981.
double keys(double x) {
  return x < 1 ? ((1.5 * x - 2.5) * x) * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/// Mitchell and Netravali's, with b = c = 1/3.
double mitchell(double x) {
  return x < 1   ? ((7.0 / 6 * x - 2) * x) * x + 8.0 / 9
         : x < 2 ? ((-7.0 / 18 * x + 2) * x - 10.0 / 3) * x + 16.0 / 9
                 : 0;
}

double sinc(double x) { return x <= 1e-3 ? 1 : std::sin(kPi * x) / (kPi * x); }

double lanczos(double x, double radius) { return x < radius ? sinc(x) * sinc(x / radius) : 0; }

/// The weight of an input at a distance.
double weightAt(StringRef interpolation, double distance) {
  if (interpolation == "bilinear")
    return std::max(0.0, 1 - distance);
  if (interpolation == "bicubic")
    return keys(distance);
  if (interpolation == "mitchellcubic")
    return mitchell(distance);
  if (interpolation == "gaussian") // sigma 0.5
    return distance < 1.5 ? std::exp(-2 * distance * distance) : 0;
  return lanczos(distance, interpolation == "lanczos3" ? 3 : 5);
}

} // namespace

llvm::ArrayRef<StringRef> nncc::nn::interpolations() {
  static constexpr StringRef names[] = {"bilinear", "bicubic", "gaussian", "lanczos3", "lanczos5", "mitchellcubic"};
  return names;
}

int64_t nncc::nn::interpolationTaps(StringRef interpolation) {
  return interpolation == "bilinear"   ? 2
         : interpolation == "gaussian" ? 3
         : interpolation == "lanczos3" ? 6
         : interpolation == "lanczos5" ? 10
                                       : 4;
}

std::vector<WeightedRow> nncc::nn::interpolationRows(StringRef interpolation, int64_t extent, int64_t factor) {
  constexpr int64_t kReach = 5; // of the widest, lanczos5
  std::vector<WeightedRow> rows;
  for (int64_t in = 0; in < extent; ++in)
    for (int64_t phase = 0; phase < factor; ++phase) {
      // Where the output lies, from the centre of input `in`: that is the same number for all of them.
      double offset = (phase + 0.5) / double(factor) - 0.5;
      if (interpolation == "bicubic") {
        // A table of 1024 distances from the input in front.
        const double front = std::floor(offset);
        offset = front + std::nearbyint((offset - front) * 1024) / 1024;
      }
      WeightedRow row = {0, {}};
      llvm::SmallVector<double, 4> weights;
      double sum = 0;
      for (int64_t tap = -kReach; tap <= kReach; ++tap) {
        const double weight = weightAt(interpolation, std::abs(double(tap) - offset));
        if (in + tap < 0 || in + tap >= extent || (weights.empty() && std::abs(weight) < 1e-9))
          continue;
        if (weights.empty())
          row.first = in + tap;
        weights.push_back(weight);
        sum += weight;
      }
      while (std::abs(weights.back()) < 1e-9)
        weights.pop_back();
      for (double weight : weights)
        row.weights.push_back(static_cast<float>(weight / sum));
      rows.push_back(std::move(row));
    }
  return rows;
}

std::vector<WeightedRow> nncc::nn::transposedRows(llvm::ArrayRef<WeightedRow> rows, int64_t extent) {
  std::vector<WeightedRow> result(extent, WeightedRow{0, {}});
  for (auto [index, row] : llvm::enumerate(rows))
    for (auto [tap, weight] : llvm::enumerate(row.weights)) {
      WeightedRow &to = result[row.first + int64_t(tap)];
      if (to.weights.empty())
        to.first = int64_t(index);
      to.weights.resize(int64_t(index) - to.first + 1, 0);
      to.weights.back() = weight;
    }
  return result;
}
