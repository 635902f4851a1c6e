// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Thumbnail.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Report/Html.h"
#include "nncc/Runtime/Report/Png.h"
#include "nncc/Runtime/Report/SampleForm.h"
#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

namespace {

/// From values to 0..1.
struct Levels {
  float low = 0, range = 1;

  Levels(const float *values, int64_t count) {
    const auto [least, most] = finiteRange(values, count);
    if (!(least < 0 || most > 1) || !(most > least))
      return;
    low = least;
    range = most - least;
  }
  float operator()(float value) const {
    const float level = (value - low) / range;
    return level >= 0 ? std::min(level, 1.0f) : 0.0f; // NaN is black
  }
};

/// Planes of height x width x channels, one after the other, side by side in a picture of `columns` planes a row. Every
/// `shrink` x `shrink` pixels become their mean.
Picture drawPlanes(const float *values, const Levels &levels, int64_t height, int64_t width, int64_t channels,
                   int64_t columns, int64_t count, int64_t planeStep, int64_t shrink) {
  const bool isColour = channels == 3 || channels == 4;
  const int64_t h = std::max<int64_t>(1, height / shrink), w = std::max<int64_t>(1, width / shrink),
                gap = count > 1 ? 1 : 0;
  const int64_t rows = (count + columns - 1) / columns;
  Picture picture(columns * (w + gap) - gap, rows * (h + gap) - gap, isColour ? 3 : 1);
  for (int64_t plane = 0; plane < count; ++plane)
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) {
        float sums[3] = {};
        int64_t pixels = 0;
        for (int64_t sy = y * shrink; sy < std::min((y + 1) * shrink, height); ++sy)
          for (int64_t sx = x * shrink; sx < std::min((x + 1) * shrink, width); ++sx, ++pixels) {
            const float *pixel = values + ((plane * planeStep * height + sy) * width + sx) * channels;
            for (int64_t c = 0; c < (isColour ? 3 : channels); ++c)
              sums[isColour ? c : 0] += levels(pixel[c]) / static_cast<float>(isColour ? 1 : channels);
          }
        uint8_t *to = picture.at(plane % columns * (w + gap) + x, plane / columns * (h + gap) + y);
        for (int64_t c = 0; c < picture.channels; ++c)
          to[c] = static_cast<uint8_t>(std::lround(255 * sums[c] / static_cast<float>(pixels)));
      }
  return picture;
}

std::string image(const Picture &picture) {
  return format("<img width=\"%lld\" height=\"%lld\" alt=\"\" src=\"", static_cast<long long>(picture.width),
                static_cast<long long>(picture.height)) +
         dataUri("image/png", encodePng(picture)) + "\">";
}

/// A grey or coloured picture, at most 160 pixels high and wide.
std::string still(const float *values, int64_t height, int64_t width, int64_t channels) {
  const int64_t shrink = std::max<int64_t>(1, (std::max(height, width) + 159) / 160);
  return image(drawPlanes(values, Levels(values, height * width * channels), height, width, channels, 1, 1, 1, shrink));
}

std::string slices(const float *values, int64_t depth, int64_t height, int64_t width, int64_t channels) {
  const int64_t count = std::min(depth, mostSlices), columns = count > 4 ? 3 : count > 1 ? 2 : 1;
  const int64_t shrink = std::max<int64_t>(1, (std::max(height, width) + 63) / 64);
  return image(drawPlanes(values, Levels(values, depth * height * width * channels), height, width, channels, columns,
                          count, depth / count, shrink));
}

/// Up to four series, at most 200 points each.
std::string plot(const float *values, int64_t length, int64_t channels) {
  constexpr double width = 120, height = 72;
  const int64_t shown = std::min<int64_t>(channels, 4), stride = std::max<int64_t>(1, length / 200);
  const auto [least, most] = std::minmax_element(values, values + length * channels);
  const double low = *least, range = *most > *least ? *most - *least : 1;
  std::string text = format("<svg class=\"chart wave\" viewBox=\"0 0 %.0f %.0f\">", width, height);
  for (int64_t c = 0; c < shown; ++c) {
    std::string path;
    for (int64_t i = 0; i < length; i += stride) {
      const double value = values[i * channels + c];
      if (std::isfinite(value))
        path += (path.empty() ? "M" : "L") +
                lengthText(2 + (width - 4) * static_cast<double>(i) /
                                   static_cast<double>(std::max<int64_t>(1, length - 1))) +
                " " + lengthText(height - 3 - (height - 6) * (value - low) / range);
    }
    text += format("<g class=\"s%lld\"><path class=\"line\" d=\"%s\"/></g>", static_cast<long long>(c), path.c_str());
  }
  return text + "</svg>";
}

} // namespace

std::string thumbnail(const float *values, const nncc_tensor &tensor) {
  if (tensor.elements < 2 || tensor.rank > 4)
    return "";
  const auto [kind, depth, height, width, channels] = formOf(tensor.extents, tensor.rank);
  switch (kind) {
  case SampleForm::Plot: return plot(values, height, channels);
  case SampleForm::Still: return still(values, height, width, channels);
  case SampleForm::Slices: return slices(values, depth, height, width, channels);
  }
  return "";
}

} // namespace nncc::runtime::report
