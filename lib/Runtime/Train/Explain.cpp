// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where in a picture its class comes from: the gradient of the class's output with respect to each pixel (Simonyan,
// Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2014), beside the picture and over it.
#include "Command.h"

#include "nncc/Runtime/Data/Sort.h"
#include "nncc/Runtime/Report/ContactSheet.h"
#include "nncc/Runtime/Data/OutputFile.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime {

namespace {

/// The largest gradient of a pixel's channels, from 0 to 1: the strongest hundredth of all pixels is 1.
std::vector<float> saliency(const float *gradients, int64_t pixels, int64_t channels) {
  std::vector<float> values(static_cast<size_t>(pixels));
  for (int64_t i = 0; i < pixels; ++i)
    for (int64_t c = 0; c < channels; ++c)
      values[static_cast<size_t>(i)] = std::max(values[static_cast<size_t>(i)], std::fabs(gradients[i * channels + c]));
  std::vector<float> sorted = values;
  sortList(sorted);
  const float strong = sorted[(sorted.size() - 1) * 99 / 100], scale = strong > 0 ? strong : sorted.back();
  for (float &value : values)
    value = scale > 0 && std::isfinite(value) ? std::min(1.0f, value / scale) : 0.0f;
  return values;
}

/// Black, red, yellow, white.
void heat(float value, uint8_t colour[3]) {
  for (int c = 0; c < 3; ++c)
    colour[c] = static_cast<uint8_t>(255 * std::clamp(3 * value - static_cast<float>(c), 0.0f, 1.0f) + 0.5f);
}

} // namespace

void Command::explain(const SampleSet &set, int64_t output, const std::string &label) {
  const nncc_entry &run = entry(NNCC_ENTRY_GRADIENTS, "gradients");
  const Rows &rows = *set.inputs[0];
  std::vector<float> values(static_cast<size_t>(rows.elements())),
      weights(static_cast<size_t>(program->output.elements));
  rows.read(0, values.data());
  weights[static_cast<size_t>(output)] = 1;
  reserve(NNCC_ENTRY_GRADIENTS, 1);
  setScalars(0, 0);
  nncc_copy_in(instance.get(), &run.inputs[0], 1, values.data());
  nncc_copy_in(instance.get(), &run.output_gradient, 1, weights.data());
  check(nncc_run(instance.get(), NNCC_ENTRY_GRADIENTS, 1));
  const float *gradients = nncc_region_data(instance.get(), &run.input_gradients[0], 1);

  const nncc_tensor &input = program->inputs[0];
  const report::Picture picture = report::drawSample(values.data(), {input.extents, input.extents + input.rank});
  const int64_t pixels = picture.width * picture.height;
  if (rows.elements() % pixels != 0)
    fail(exitBadInput, "--explain draws gradients of pictures; the input '%s' of model '%s' is %s", input.name,
         program->name, shapeText(input.extents, input.rank, -1).c_str());
  const std::vector<float> strength = saliency(gradients, pixels, rows.elements() / pixels);
  if (*std::max_element(strength.begin(), strength.end()) == 0)
    warn("--explain: the gradient is 0 everywhere, as where an output is saturated");

  // Picture, gradient, and the picture where the gradient is large.
  constexpr int64_t gap = 8, line = 12;
  const int64_t times = std::max<int64_t>(1, 192 / std::max(picture.width, picture.height));
  const int64_t width = picture.width * times, height = picture.height * times;
  report::Picture sheet(3 * width + 4 * gap, height + 2 * gap + line, 3);
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), uint8_t{255});
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const int64_t pixel = y / times * picture.width + x / times;
      const uint8_t *colour = &picture.pixels[static_cast<size_t>(3 * pixel)];
      const float value = strength[static_cast<size_t>(pixel)];
      uint8_t *panels[3];
      for (int64_t k = 0; k < 3; ++k)
        panels[k] = sheet.at(gap + k * (width + gap) + x, gap + y);
      heat(value, panels[1]);
      for (int c = 0; c < 3; ++c) {
        panels[0][c] = colour[c];
        panels[2][c] = static_cast<uint8_t>(255 + (static_cast<float>(colour[c]) - 255) * (0.15f + 0.85f * value));
      }
    }
  constexpr uint8_t ink[3] = {40, 40, 40};
  report::drawText(sheet, gap, 2 * gap + height, label, ink);
  OutputFile file(options.explain);
  file.write(report::encodePng(sheet));
  file.commit();
}

} // namespace nncc::runtime
