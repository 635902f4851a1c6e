// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Picture.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime {

std::vector<ResizeSpan> resizeSpans(int64_t from, int64_t to) {
  const float step = 1.0f / (static_cast<float>(to) / static_cast<float>(from));
  const float width = std::max(step, 1.0f); // half of the triangle's base
  std::vector<ResizeSpan> spans(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const float centre = (static_cast<float>(i) + 0.5f) * step;
    const int64_t last = from - 1;
    int64_t begin = std::clamp(static_cast<int64_t>(std::ceil(centre - width - 0.5f)), int64_t{0}, last);
    int64_t end = std::clamp(static_cast<int64_t>(std::floor(centre + width - 0.5f)), int64_t{0}, last) + 1;
    ResizeSpan &span = spans[static_cast<size_t>(i)];
    span.begin = begin;
    float sum = 0;
    for (int64_t k = begin; k < end; ++k) {
      float distance = std::fabs((static_cast<float>(k) + 0.5f - centre) / width);
      span.weights.push_back(std::max(0.0f, 1.0f - distance));
      sum += span.weights.back();
    }
    for (float &weight : span.weights)
      weight /= sum;
  }
  return spans;
}

void resizePicture(const uint8_t *from, const PictureShape &shape, int64_t height, int64_t width, uint8_t *to,
                   std::vector<float> &scratch) {
  const int64_t channels = shape.channels, rowLength = shape.width * channels;
  const std::vector<ResizeSpan> columns = resizeSpans(shape.width, width);
  scratch.resize(static_cast<size_t>(rowLength));
  for (const ResizeSpan &row : resizeSpans(shape.height, height)) {
    std::fill(scratch.begin(), scratch.end(), 0.0f);
    for (size_t k = 0; k < row.weights.size(); ++k) {
      const uint8_t *line = from + (row.begin + static_cast<int64_t>(k)) * rowLength;
      for (int64_t i = 0; i < rowLength; ++i)
        scratch[static_cast<size_t>(i)] += row.weights[k] * static_cast<float>(line[i]);
    }
    for (const ResizeSpan &column : columns)
      for (int64_t c = 0; c < channels; ++c) {
        float sum = 0;
        for (size_t k = 0; k < column.weights.size(); ++k)
          sum +=
              column.weights[k] * scratch[static_cast<size_t>((column.begin + static_cast<int64_t>(k)) * channels + c)];
        *to++ = static_cast<uint8_t>(std::clamp(sum + 0.5f, 0.0f, 255.0f));
      }
  }
}

} // namespace nncc::runtime
