// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/ContactSheet.h"

#include "nncc/Runtime/Data/Picture.h"
#include "nncc/Runtime/Report/SampleForm.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

static constexpr uint8_t font[95][5] = {
#include "Font.inc"
};

static constexpr uint8_t ink[3] = {40, 40, 40};

static void setPixel(Picture &picture, int64_t x, int64_t y, const uint8_t colour[3]) {
  if (x >= 0 && y >= 0 && x < picture.width && y < picture.height)
    std::copy_n(colour, 3, picture.at(x, y));
}

void drawText(Picture &picture, int64_t x, int64_t y, const std::string &text, const uint8_t colour[3], int64_t scale) {
  for (char c : text) {
    const uint8_t *columns = font[(c < 32 || c > 126 ? '?' : c) - 32];
    for (int64_t column = 0; column < 5; ++column)
      for (int64_t row = 0; row < 7; ++row)
        for (int64_t dot = 0; (columns[column] >> row & 1) && dot < scale * scale; ++dot)
          setPixel(picture, x + column * scale + dot % scale, y + row * scale + dot / scale, colour);
    x += 6 * scale;
  }
}

namespace {

/// Values to 0..255.
struct Scale {
  float low = 0, high = 1;

  Scale(const float *values, int64_t count) {
    const auto [least, largest] = finiteRange(values, count);
    if (least <= largest && (least < 0 || largest > 1)) {
      low = least;
      high = largest > least ? largest : least + 1;
    }
  }
  float unit(float value) const {
    return std::isfinite(value) ? std::clamp((value - low) / (high - low), 0.0f, 1.0f) : 0.0f;
  }
  uint8_t byte(float value) const { return static_cast<uint8_t>(unit(value) * 255 + 0.5f); }
};

Picture blank(int64_t width, int64_t height) {
  Picture picture(width, height, 3);
  std::fill(picture.pixels.begin(), picture.pixels.end(), uint8_t{255});
  return picture;
}

/// One H x W x C picture into `to` at (x0, y0).
void drawPixels(Picture &to, int64_t x0, int64_t y0, const float *values, int64_t height, int64_t width,
                int64_t channels, const Scale &scale) {
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x, values += channels) {
      uint8_t colour[3];
      float mean = 0;
      for (int64_t c = 0; c < channels; ++c)
        mean += values[c] / static_cast<float>(channels);
      for (int c = 0; c < 3; ++c)
        colour[c] = scale.byte(channels == 3 || channels == 4 ? values[c] : mean);
      setPixel(to, x0 + x, y0 + y, colour);
    }
}

Picture drawPlot(const float *values, int64_t length, int64_t channels, const Scale &scale) {
  static constexpr uint8_t colours[4][3] = {{31, 90, 166}, {200, 80, 30}, {50, 130, 60}, {120, 70, 150}};
  Picture picture = blank(112, 72);
  auto place = [&](int64_t i, int64_t c) {
    return (1 - scale.unit(values[i * channels + c])) * static_cast<float>(picture.height - 1);
  };
  for (int64_t c = 0; c < std::min<int64_t>(channels, 4); ++c)
    for (int64_t x = 0; x < picture.width; ++x) {
      // The column shows all values from this position up to the next.
      int64_t first = x * (length - 1) / picture.width,
              last = std::min(length - 1, (x + 1) * (length - 1) / picture.width + 1);
      float low = INFINITY, high = -INFINITY;
      for (int64_t i = first; i <= last; ++i) {
        low = std::min(low, place(i, c));
        high = std::max(high, place(i, c));
      }
      for (auto y = static_cast<int64_t>(low); y <= static_cast<int64_t>(high); ++y)
        setPixel(picture, x, y, colours[c]);
    }
  return picture;
}

/// A picture of the size that cells have: small ones have each pixel several times, large ones are scaled down.
Picture fitted(const Picture &picture) {
  constexpr int64_t least = 64, most = 192;
  const int64_t longer = std::max(picture.width, picture.height);
  if (longer <= most) {
    const int64_t times = std::max<int64_t>(1, (least + longer - 1) / longer);
    Picture result(picture.width * times, picture.height * times, 3);
    for (int64_t y = 0; y < result.height; ++y)
      for (int64_t x = 0; x < result.width; ++x)
        std::copy_n(&picture.pixels[static_cast<size_t>((y / times * picture.width + x / times) * 3)], 3,
                    result.at(x, y));
    return result;
  }
  Picture result(std::max<int64_t>(1, picture.width * most / longer),
                 std::max<int64_t>(1, picture.height * most / longer), 3);
  std::vector<float> scratch;
  resizePicture(picture.pixels.data(), {picture.height, picture.width, 3}, result.height, result.width,
                result.pixels.data(), scratch);
  return result;
}

} // namespace

Picture drawSample(const float *values, const std::vector<int64_t> &extents) {
  int64_t elements = 1;
  for (int64_t extent : extents)
    elements *= extent;
  const Scale scale(values, elements);
  const auto [kind, depth, height, width, channels] = formOf(extents.data(), static_cast<int64_t>(extents.size()));
  if (kind == SampleForm::Plot)
    return drawPlot(values, height, channels, scale);
  if (kind == SampleForm::Still) {
    Picture picture(width, height, 3);
    drawPixels(picture, 0, 0, values, height, width, channels, scale);
    return picture;
  }
  const int64_t shown = std::min(depth, mostSlices), across = std::min<int64_t>(shown, 3);
  const int64_t down = (shown + across - 1) / across;
  Picture picture = blank(across * (width + 1) - 1, down * (height + 1) - 1);
  for (int64_t i = 0; i < shown; ++i) {
    const int64_t slice = (2 * i + 1) * depth / (2 * shown);
    drawPixels(picture, i % across * (width + 1), i / across * (height + 1), values + slice * height * width * channels,
               height, width, channels, scale);
  }
  return picture;
}

std::vector<int64_t> chooseSamples(const std::vector<int64_t> &classes, int64_t count, int64_t most) {
  std::vector<int64_t> chosen;
  if (classes.empty()) {
    for (int64_t i = 0; i < std::min(count, most); ++i)
      chosen.push_back(i);
    return chosen;
  }
  const int64_t number = *std::max_element(classes.begin(), classes.end()) + 1;
  const int64_t each = std::max<int64_t>(1, most / number);
  std::vector<std::vector<int64_t>> byClass(static_cast<size_t>(number));
  for (int64_t i = 0; i < count; ++i)
    if (auto &list = byClass[static_cast<size_t>(classes[static_cast<size_t>(i)])];
        static_cast<int64_t>(list.size()) < each)
      list.push_back(i);
  for (const std::vector<int64_t> &list : byClass)
    for (int64_t i : list)
      if (static_cast<int64_t>(chosen.size()) < most)
        chosen.push_back(i);
  return chosen;
}

Picture drawContactSheet(const Rows &rows, const std::vector<int64_t> &extents,
                         const std::vector<SheetSample> &samples) {
  constexpr int64_t gap = 8, line = 10, widest = 960;
  std::vector<float> values(static_cast<size_t>(rows.elements()));
  std::vector<Picture> pictures;
  int64_t width = 48, height = 1;
  for (const SheetSample &sample : samples) {
    rows.read(sample.index, values.data());
    pictures.push_back(fitted(drawSample(values.data(), extents)));
    width = std::max(width, pictures.back().width);
    height = std::max(height, pictures.back().height);
  }
  const auto count = static_cast<int64_t>(samples.size());
  const int64_t across = std::clamp<int64_t>((widest - gap) / (width + gap), 1, std::max<int64_t>(1, count));
  const int64_t down = (count + across - 1) / across;
  Picture sheet = blank(gap + across * (width + gap), gap + down * (height + line + gap));
  for (int64_t i = 0; i < count; ++i) {
    const Picture &picture = pictures[static_cast<size_t>(i)];
    const int64_t x0 = gap + i % across * (width + gap), y0 = gap + i / across * (height + line + gap);
    for (int64_t y = 0; y < picture.height; ++y)
      std::copy_n(&picture.pixels[static_cast<size_t>(y * picture.width * 3)], picture.width * 3, sheet.at(x0, y0 + y));
    std::string label = samples[static_cast<size_t>(i)].label;
    if (textWidth(label) > width)
      label = label.substr(0, static_cast<size_t>(width / 6 - 2)) + "..";
    drawText(sheet, x0, y0 + height + 3, label, ink);
  }
  return sheet;
}

} // namespace nncc::runtime::report
