// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shapes that layers take, and arguments that depend on shapes or on each other.
#include "Sweep/LayerGenerator.h"

#include <algorithm>
#include <numeric>

using namespace nncc;
using namespace nncc::frontend;
using namespace nncc::sweep;

namespace {

int64_t product(llvm::ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<int64_t>());
}

/// Elements of a sample that the layer under test starts from, at most; a few start from more.
int64_t mostElements(Draw &draw) { return draw.chance(6) ? 4000 : 1200; }

/// Spatial extents and channels. Axes of extent 1 and single channels are frequent.
Extents drawMap(unsigned axes, Draw &draw) {
  for (const int64_t most = mostElements(draw);;) {
    Extents shape = draw.each(axes, 1, axes <= 1 ? 40 : axes == 2 ? 14 : 7);
    if (draw.chance(10))
      shape[draw.in(0, axes - 1)] = 1;
    shape.push_back(draw.smallCount());
    if (product(shape) <= most)
      return shape;
  }
}

Extents drawAnyShape(unsigned leastAxes, unsigned mostAxes, Draw &draw) {
  for (const int64_t most = mostElements(draw);;) {
    Extents shape = draw.each(draw.in(leastAxes, mostAxes) - 1, 1, 9);
    shape.push_back(draw.smallCount());
    if (product(shape) <= most)
      return shape;
  }
}

/// Shapes that broadcast together: axes of extent 1, and leading axes left out.
std::vector<Extents> drawBroadcast(size_t count, Draw &draw) {
  const Extents whole = drawAnyShape(1, 4, draw);
  std::vector<Extents> shapes;
  for (size_t i = 0; i < count; ++i) {
    Extents shape = whole;
    if (draw.chance(50)) {
      for (int64_t &extent : shape)
        if (draw.chance(40))
          extent = 1;
      if (draw.chance(25))
        shape.erase(shape.begin(), shape.begin() + draw.in(0, shape.size() - 1));
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

/// Query, value and key, as many as `count`.
std::vector<Extents> drawAttentionInputs(LayerKind kind, size_t count, Draw &draw) {
  Extents query = draw.each(draw.in(1, kind == LayerKind::Attention ? 2 : 3), 1, 6);
  Extents value = query, key;
  value.back() = draw.in(1, 9);
  query.push_back(draw.smallCount());
  key = value;
  value.push_back(draw.smallCount());
  key.push_back(kind == LayerKind::Attention ? query.back() : draw.smallCount());
  if (kind == LayerKind::Attention && count < 3)
    value.back() = query.back(); // the value is the key
  std::vector<Extents> shapes = {query, value, key};
  shapes.resize(count);
  return shapes;
}

/// Chooses for one use of a layer.
class Chooser {
public:
  Chooser(const LayerSpec &spec, llvm::ArrayRef<Extents> inputs, Draw &draw)
      : spec(spec), inputs(inputs), input(inputs.front()), axes(spec.spatialRank), draw(draw) {}

  ChosenArguments choose() {
    switch (spec.kind) {
    case LayerKind::Convolution: convolution(); break;
    case LayerKind::DepthwiseConvolution:
    case LayerKind::SeparableConvolution: depthwise(); break;
    case LayerKind::TransposedConvolution: transposed(); break;
    case LayerKind::LocallyConnected: locallyConnected(); break;
    case LayerKind::MaxPooling:
    case LayerKind::AveragePooling: pooling(); break;
    case LayerKind::Reshape: reshape(); break;
    case LayerKind::Permute: permute(); break;
    case LayerKind::Cropping: cropping(); break;
    case LayerKind::Concatenate: chosen["axis"] = std::to_string(axis(concatenationAxis(), input.size())); break;
    case LayerKind::BatchNormalization:
    case LayerKind::LayerNormalization: normalization(); break;
    case LayerKind::Dropout: noiseShape(); break;
    case LayerKind::PReLU: axesArgument("shared_axes", draw.chance(60), /*fromFront=*/true); break;
    case LayerKind::Softmax: axesArgument("axis", draw.chance(60)); break;
    case LayerKind::MultiHeadAttention: multiHeadAttention(); break;
    case LayerKind::Attention:
      if (input.size() != 2)
        chosen["use_causal_mask"] = draw.chance(30) ? "true" : "";
      break;
    case LayerKind::Embedding:
      chosen["output_dim"] = std::to_string(draw.smallCount());
      chosen["input_length"] = draw.chance(30) ? listText(input) : "";
      break;
    default: break;
    }
    return std::move(chosen);
  }

private:
  /// One value for each spatial axis: one integer where they are equal, a list, or dimensions.
  void extents(const char *name, const Extents &values) {
    const bool equal = std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
    if (equal && (values.size() == 1 || draw.chance(60))) {
      chosen[name] = std::to_string(values[0]);
      return;
    }
    if (draw.chance(50) || values.size() == 1 || std::find(values.begin(), values.end(), 0) != values.end()) {
      chosen[name] = listText(values);
      return;
    }
    std::string text;
    for (int64_t value : values)
      text += (text.empty() ? "" : "x") + std::to_string(value);
    chosen[name] = text;
  }

  /// A window that fits the input mostly, and now and then its whole extent.
  Extents window(const char *name, int64_t most) {
    Extents result;
    for (unsigned i = 0; i < axes; ++i)
      result.push_back(draw.chance(8) ? std::min<int64_t>(input[i], 8) : draw.in(1, std::min(most, input[i] + 1)));
    extents(name, result);
    return result;
  }

  /// Strides, also above the window, or dilations; never both.
  Extents stridesOrDilations() {
    Extents strides(axes, 1), dilations(axes, 1);
    if (draw.chance(30))
      dilations = draw.each(axes, 1, 3);
    else if (draw.chance(60))
      strides = draw.each(axes, 1, draw.chance(20) ? 5 : 2);
    extents("strides", strides);
    extents("dilation_rate", dilations);
    return strides;
  }

  void paddingThatFits(llvm::ArrayRef<int64_t> window) {
    bool fits = true;
    for (unsigned i = 0; i < axes; ++i)
      fits &= window[i] <= input[i];
    if (!fits || draw.chance(45))
      chosen["padding"] = "same";
  }

  void convolution() {
    const int64_t channels = input.back();
    Extents divisors;
    for (int64_t groups = 1; groups <= channels; ++groups)
      if (channels % groups == 0)
        divisors.push_back(groups);
    const int64_t groups = draw.chance(50) ? 1 : draw.oneOf(llvm::ArrayRef(divisors));
    chosen["groups"] = groups == 1 && draw.chance(70) ? "" : std::to_string(groups);
    const int64_t perGroup = draw.smallCount();
    chosen["filters"] = std::to_string(groups * (groups > 1 && perGroup > 17 ? 1 : perGroup));
    paddingThatFits(window("kernel_size", axes == 3 ? 3 : 5));
    stridesOrDilations();
  }

  void depthwise() {
    chosen["depth_multiplier"] = draw.chance(50) ? "" : std::to_string(draw.in(1, 3));
    paddingThatFits(window("kernel_size", 5));
    stridesOrDilations();
  }

  void transposed() {
    window("kernel_size", axes == 3 ? 3 : 5);
    Extents strides = stridesOrDilations(), more;
    for (int64_t stride : strides)
      more.push_back(draw.in(0, stride - 1));
    if (draw.chance(50))
      extents("output_padding", more);
    else
      chosen["output_padding"] = "";
  }

  void locallyConnected() {
    Extents size;
    for (unsigned i = 0; i < axes; ++i)
      size.push_back(draw.in(1, std::min<int64_t>(4, input[i])));
    extents("kernel_size", size);
    extents("strides", draw.each(axes, 1, 3));
    chosen["filters"] = std::to_string(draw.in(1, 9));
  }

  void pooling() {
    paddingThatFits(window("pool_size", 4));
    if (draw.chance(50))
      extents("strides", draw.each(axes, 1, 4));
    else
      chosen["strides"] = draw.chance(20) ? "none" : "";
  }

  void reshape() {
    int64_t left = product(input);
    Extents shape;
    while (left > 1 && shape.size() < 3) {
      Extents divisors;
      for (int64_t factor = 1; factor <= left; ++factor)
        if (left % factor == 0)
          divisors.push_back(factor);
      shape.push_back(draw.oneOf(llvm::ArrayRef(divisors)));
      left /= shape.back();
    }
    shape.push_back(left);
    draw.shuffle(shape);
    if (draw.chance(40))
      shape[draw.in(0, shape.size() - 1)] = -1;
    chosen["target_shape"] = listText(shape);
  }

  void permute() {
    Extents dims(input.size());
    std::iota(dims.begin(), dims.end(), 1);
    draw.shuffle(dims);
    chosen["dims"] = listText(dims);
  }

  void cropping() {
    std::string text;
    for (unsigned i = 0; i < axes; ++i) {
      int64_t low = draw.in(0, std::min<int64_t>(input[i] - 1, 3));
      int64_t high = draw.in(0, std::min<int64_t>(input[i] - 1 - low, 3));
      text += (text.empty() ? "" : ", ") + listText({low, high});
    }
    chosen["cropping"] = axes == 1 ? text : "[" + text + "]";
  }

  /// An axis of a sample, from 0, counted with the batch from the front or the back.
  int64_t axis(int64_t ofSample, size_t rank) {
    return draw.chance(50) ? ofSample + 1 : ofSample - int64_t(rank);
  }

  int64_t concatenationAxis() const {
    for (size_t i = 0; i < input.size(); ++i)
      for (const Extents &other : inputs)
        if (other[i] != input[i])
          return i;
    return draw.in(0, input.size() - 1);
  }

  /// Some axes in any order, as one integer or a list; where it is not wanted, the default.
  void axesArgument(const char *name, bool isWanted, bool fromFront = false) {
    chosen[name] = "";
    if (!isWanted)
      return;
    Extents all(input.size());
    std::iota(all.begin(), all.end(), 0);
    draw.shuffle(all);
    all.resize(draw.in(1, std::min<int64_t>(all.size(), 3)));
    for (int64_t &one : all)
      one = fromFront ? one + 1 : axis(one, input.size());
    chosen[name] = all.size() == 1 && draw.chance(60) ? std::to_string(all[0]) : listText(all);
  }

  void normalization() {
    axesArgument("axis", draw.chance(50));
    // An epsilon of 0 divides by the deviation of equal numbers, which is 0.
    chosen["epsilon"] = draw.chance(50) ? "" : numberText(draw.uniform(0.001, 0.1));
  }

  void noiseShape() {
    chosen["noise_shape"] = "";
    if (draw.chance(50))
      return;
    std::string text = draw.chance(50) ? "none" : "1";
    for (int64_t extent : input)
      text += ", " + draw.oneOf<std::string>({"none", "1", std::to_string(extent)});
    chosen["noise_shape"] = "[" + text + "]";
  }

  void multiHeadAttention() {
    chosen["num_heads"] = std::to_string(draw.in(1, 4));
    chosen["key_dim"] = std::to_string(draw.in(1, 9));
    chosen["output_shape"] = draw.chance(60) ? "" : draw.chance(50) ? std::to_string(draw.smallCount())
                                                                    : listText(draw.each(draw.in(1, 2), 1, 5));
    chosen["use_causal_mask"] = input.size() == 2 && draw.chance(40) ? "true" : "";
    chosen["attention_axes"] = "";
    if (draw.chance(60) || input.size() <= 2)
      return;
    // Where the places of query and value differ, it attends over all axes that do: here the last.
    Extents places(input.size() - 2);
    std::iota(places.begin(), places.end(), 1);
    draw.shuffle(places);
    places.resize(draw.in(0, places.size()));
    places.push_back(int64_t(input.size()) - 1);
    draw.shuffle(places);
    chosen["attention_axes"] = listText(places);
  }

  const LayerSpec &spec;
  llvm::ArrayRef<Extents> inputs;
  const Extents &input;
  const unsigned axes;
  Draw &draw;
  ChosenArguments chosen;
};

} // namespace

std::vector<Extents> sweep::drawInputs(const LayerSpec &spec, Draw &draw) {
  if (spec.mostTensors)
    return drawAttentionInputs(spec.kind, draw.in(spec.leastTensors, spec.mostTensors), draw);
  if (spec.kind == LayerKind::Concatenate) {
    std::vector<Extents> shapes(draw.in(2, 4), drawAnyShape(1, 4, draw));
    const int64_t axis = draw.in(0, shapes[0].size() - 1);
    for (Extents &shape : shapes)
      shape[axis] = draw.smallCount();
    return shapes;
  }
  if (spec.isMerge)
    return drawBroadcast(spec.kind == LayerKind::Subtract ? 2 : draw.in(2, 4), draw);
  if (spec.kind == LayerKind::Convolution && draw.chance(25)) {
    // Many channels, in many groups or none.
    Extents shape = draw.each(spec.spatialRank, 1, spec.spatialRank == 1 ? 16 : spec.spatialRank == 2 ? 6 : 3);
    shape.push_back(draw.in(1, 20) * draw.oneOf<int64_t>({1, 2, 3, 4, 8}));
    return {shape};
  }
  if (spec.spatialRank)
    return {drawMap(spec.spatialRank, draw)};
  if (spec.kind == LayerKind::RepeatVector)
    return {{draw.smallCount()}};
  if (spec.kind == LayerKind::Embedding)
    return {draw.each(draw.in(1, 3), 1, 6)};
  return {drawAnyShape(1, 4, draw)};
}

ChosenArguments sweep::chooseArguments(const LayerSpec &spec, llvm::ArrayRef<Extents> inputs, Draw &draw) {
  return Chooser(spec, inputs, draw).choose();
}
