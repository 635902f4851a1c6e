// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Augmentation.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Error.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nncc::runtime {

// --- one transformation
// --------------------------------------------------------------------------------------------------

/// tensorflow/core/kernels/image/image_ops.h, MapCoordinate.
static float mapCoordinate(FillMode mode, float at, int64_t length) {
  const auto size = static_cast<float>(length);
  if (mode == FillMode::Constant)
    return at;
  if (mode == FillMode::Reflect && length > 1) {
    const float period = 2 * size;
    if (at < 0) {
      if (at < period)
        at += period * std::trunc(-at / period);
      at = at < -size ? at + period : -at - 1;
    } else if (at > size - 1) {
      at -= period * std::trunc(at / period);
      if (at >= size)
        at = period - at - 1;
    }
  } else if (mode == FillMode::Wrap && length > 1) {
    const float last = size - 1;
    if (at < 0)
      at += size * (std::trunc(-at / last) + 1);
    else if (at > last)
      at -= size * std::trunc(at / last);
  }
  return std::clamp(at, 0.0f, size - 1);
}

void transformPicture(const PictureTransform &t, int64_t height, int64_t width, int64_t channels, const float *from,
                      float *to) {
  // No coordinate that matters is beyond this, and it fits an integer.
  const float furthest = 1e9f;
  auto pixel = [&](int64_t y, int64_t x, int64_t c) {
    return y >= 0 && y < height && x >= 0 && x < width ? from[(y * width + x) * channels + c] : t.fillValue;
  };
  for (int64_t oy = 0; oy < height; ++oy)
    for (int64_t ox = 0; ox < width; ++ox, to += channels) {
      const auto fx = static_cast<float>(ox), fy = static_cast<float>(oy);
      float x = std::clamp(t.a[0] * fx + t.a[1] * fy + t.a[2], -furthest, furthest);
      float y = std::clamp(t.a[3] * fx + t.a[4] * fy + t.a[5], -furthest, furthest);
      x = mapCoordinate(t.fill, x, width);
      y = mapCoordinate(t.fill, y, height);
      if (t.interpolation == Interpolation::Nearest) {
        for (int64_t c = 0; c < channels; ++c)
          to[c] = pixel(static_cast<int64_t>(std::round(y)), static_cast<int64_t>(std::round(x)), c);
        continue;
      }
      const float left = std::floor(x), top = std::floor(y);
      const auto x0 = static_cast<int64_t>(left), y0 = static_cast<int64_t>(top);
      const float right = left + 1 - x, below = top + 1 - y; // weights of what lies left and above
      for (int64_t c = 0; c < channels; ++c) {
        float above = right * pixel(y0, x0, c) + (x - left) * pixel(y0, x0 + 1, c);
        float under = right * pixel(y0 + 1, x0, c) + (x - left) * pixel(y0 + 1, x0 + 1, c);
        to[c] = below * above + (y - top) * under;
      }
    }
}

// --- the train section
// -----------------------------------------------------------------------------------------------------

static const nncc_argument *findArgument(const nncc_call &call, const char *name) {
  for (int64_t i = 0; i < call.argument_count; ++i)
    if (strcmp(call.arguments[i].name, name) == 0)
      return &call.arguments[i];
  return nullptr;
}

static std::string textOf(const nncc_call &call, const char *name, const char *otherwise) {
  const char *text = nncc_call_text(&call, name);
  return text ? text : otherwise;
}

Augmentation::Layer Augmentation::read(const nncc_call &call) {
  Layer layer;
  const std::string name = call.name;
  auto isNone = [&](const char *argument) {
    const nncc_argument *found = findArgument(call, argument);
    return !found || (found->count == 0 && std::isnan(found->number));
  };
  // A number f means from -f to f, a list of two numbers what it says.
  auto range = [&](const char *argument) {
    const nncc_argument *found = findArgument(call, argument);
    if (found && found->count == 2)
      return Range{found->list[0], found->list[1]};
    double value = !found ? 0 : found->count == 1 ? found->list[0] : found->number;
    return Range{-value, value};
  };
  if (name == "RandomFlip") {
    layer.kind = Layer::Flip;
    std::string mode = textOf(call, "mode", "horizontal_and_vertical");
    layer.horizontal = mode != "vertical";
    layer.vertical = mode != "horizontal";
  } else if (name == "RandomTranslation") {
    layer.kind = Layer::Translation;
    layer.height = range("height_factor");
    layer.width = range("width_factor");
  } else if (name == "RandomRotation") {
    layer.kind = Layer::Rotation;
    layer.height = range("factor");
  } else if (name == "RandomZoom") {
    layer.kind = Layer::Zoom;
    layer.height = range("height_factor");
    layer.keepsAspect = isNone("width_factor");
    layer.width = layer.keepsAspect ? layer.height : range("width_factor");
  } else {
    fail(exitBadInput, "the augmentation '%s' is not known to this runtime", call.name);
  }
  constexpr std::pair<const char *, FillMode> modes[] = {{"reflect", FillMode::Reflect},
                                                         {"wrap", FillMode::Wrap},
                                                         {"constant", FillMode::Constant},
                                                         {"nearest", FillMode::Nearest}};
  for (auto [mode, fill] : modes)
    if (textOf(call, "fill_mode", "reflect") == mode)
      layer.transform.fill = fill;
  if (textOf(call, "interpolation", "bilinear") == "nearest")
    layer.transform.interpolation = Interpolation::Nearest;
  layer.transform.fillValue = static_cast<float>(nncc_call_number(&call, "fill_value", 0));
  if (!isNone("seed"))
    layer.seed = static_cast<uint64_t>(nncc_call_number(&call, "seed", 0));
  return layer;
}

Augmentation::Augmentation(const nncc_program &program, uint64_t seed) : program(program), seed(seed) {
  for (int64_t i = 0; i < program.training.augment_count; ++i)
    layers.push_back(read(program.training.augment[i]));
  bool hasPicture = false;
  for (int64_t i = 0; i < program.input_count; ++i)
    hasPicture |= program.inputs[i].rank == 3;
  if (!layers.empty() && !hasPicture)
    fail(exitBadInput,
         "the train section's augment changes pictures (height x width x channels), and no input of model '%s' is one",
         program.name);
}

// --- drawing and doing
// -----------------------------------------------------------------------------------------------------

Augmentation::Draw Augmentation::draw(const Layer &layer, nncc_random &random) {
  Draw draw;
  switch (layer.kind) {
  case Layer::Flip:
    draw.flipsColumns = layer.horizontal && nncc_random_uniform(&random) < 0.5;
    draw.flipsRows = layer.vertical && nncc_random_uniform(&random) < 0.5;
    break;
  case Layer::Translation:
  case Layer::Zoom:
    draw.height = layer.height.draw(random);
    draw.width = layer.keepsAspect ? draw.height : layer.width.draw(random);
    break;
  case Layer::Rotation: draw.height = layer.height.draw(random); break;
  }
  return draw;
}

/// Keras' get_translation_matrix, get_rotation_matrix and get_zoom_matrix.
void Augmentation::change(const Layer &layer, const Draw &draw, const nncc_tensor &input, float *values,
                          std::vector<float> &scratch) {
  const int64_t height = input.extents[0], width = input.extents[1], channels = input.extents[2];
  if (layer.kind == Layer::Flip) {
    if (draw.flipsColumns)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width / 2; ++x)
          std::swap_ranges(values + (y * width + x) * channels, values + (y * width + x + 1) * channels,
                           values + (y * width + width - 1 - x) * channels);
    if (draw.flipsRows)
      for (int64_t y = 0; y < height / 2; ++y)
        std::swap_ranges(values + y * width * channels, values + (y + 1) * width * channels,
                         values + (height - 1 - y) * width * channels);
    return;
  }
  PictureTransform transform = layer.transform;
  const double lastRow = static_cast<double>(height - 1), lastColumn = static_cast<double>(width - 1);
  double a[6] = {1, 0, 0, 0, 1, 0};
  if (layer.kind == Layer::Translation) {
    a[2] = -draw.width * static_cast<double>(width);
    a[5] = -draw.height * static_cast<double>(height);
  } else if (layer.kind == Layer::Zoom) {
    a[0] = 1 + draw.width;
    a[4] = 1 + draw.height;
    a[2] = lastColumn / 2 * (1 - a[0]);
    a[5] = lastRow / 2 * (1 - a[4]);
  } else {
    const double angle = draw.height * 2 * M_PI, cosine = std::cos(angle), sine = std::sin(angle);
    a[0] = a[4] = cosine;
    a[1] = -sine;
    a[3] = sine;
    a[2] = (lastColumn - (cosine * lastColumn - sine * lastRow)) / 2;
    a[5] = (lastRow - (sine * lastColumn + cosine * lastRow)) / 2;
  }
  for (int i = 0; i < 6; ++i)
    transform.a[i] = static_cast<float>(a[i]);
  scratch.assign(values, values + input.elements);
  transformPicture(transform, height, width, channels, scratch.data(), values);
}

void Augmentation::apply(int64_t epoch, int64_t sample, float *const *inputs, std::vector<float> &scratch) const {
  // One key for each epoch, one stream for each sample.
  const uint64_t step = 0x9e3779b97f4a7c15 * static_cast<uint64_t>(epoch + 1);
  const uint64_t stream = nncc_hash_text("augment") ^ static_cast<uint64_t>(sample);
  nncc_random random;
  nncc_random_start(&random, seed + step, stream);
  for (const Layer &layer : layers) {
    nncc_random own;
    if (layer.seed)
      nncc_random_start(&own, *layer.seed + step, stream);
    const Draw drawn = draw(layer, layer.seed ? own : random);
    for (int64_t i = 0; i < program.input_count; ++i)
      if (program.inputs[i].rank == 3)
        change(layer, drawn, program.inputs[i], inputs[i], scratch);
  }
}

} // namespace nncc::runtime
