// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Layers that do not fit their inputs, and arguments that do not fit each other or the input.
#include "Sweep/IllegalGenerator.h"

using namespace nncc;
using namespace nncc::sweep;

namespace {

class WrongShapes {
public:
  explicit WrongShapes(Draw &draw) : draw(draw) {}

  std::vector<Wrong> run() {
    windows();
    convolutions();
    rearrangements();
    merges();
    axes();
    attention();
    overflows();
    losses();
    return std::move(wrongs);
  }

private:
  static std::string text(int64_t number) { return std::to_string(number); }
  /// The layer's name is the first word behind the mark or in front of its arguments.
  void add(const std::string &shape, const std::string &layer) {
    std::string name = layer.substr(0, layer.find('('));
    std::erase(name, '^');
    wrongs.push_back({"model M(x: f32[" + shape + "]) {\n  x -> " + layer + "\n}\n", {name}});
  }
  /// Over so many axes of this extent.
  std::string map(unsigned rank, int64_t extent, int64_t channels) {
    std::string shape;
    for (unsigned axis = 0; axis < rank; ++axis)
      shape += text(extent) + "x";
    return shape + text(channels);
  }

  void windows() {
    for (unsigned rank : {1u, 2u, 3u}) {
      const std::string d = text(rank) + "D";
      const int64_t extent = draw.in(2, 9);
      const std::string shape = map(rank, extent, draw.in(1, 5)), larger = text(extent + draw.in(1, 9));
      add(shape, "^Conv" + d + "(4, " + larger + ")");
      add(shape, "^MaxPooling" + d + "(" + larger + ")");
      add(shape, "^AveragePooling" + d + "(" + larger + ", strides=1)");
      add(shape, "^Conv" + d + "(4, 2, dilation_rate=" + text(extent) + ")");
      add(shape, "Conv" + d + "(4, 2, strides=2, dilation_rate=^2)");
      add(shape, "Conv" + d + "Transpose(4, 2, strides=2, output_padding=^2)");
      add(shape, "^Cropping" + d + "(" + larger + ")");
      add(map(rank, 2 * extent, 3), "^Cropping" + d + "(" + text(extent) + ")");
      if (rank == 3)
        continue;
      add(shape, "^DepthwiseConv" + d + "(" + larger + ")");
      add(shape, "^SeparableConv" + d + "(4, " + larger + ")");
      add(shape, "^LocallyConnected" + d + "(4, " + larger + ")");
      add(shape, "DepthwiseConv" + d + "(2, strides=3, dilation_rate=^2)");
      add(shape, "SeparableConv" + d + "(4, 2, strides=3, dilation_rate=^2)");
      add(shape, "LocallyConnected" + d + "(4, 1, padding=^same)");
      add(shape, "LocallyConnected" + d + "(4, 1, implementation=^4)");
    }
    add("9x9x3", "Conv2D(4, 3, strides=2x1, dilation_rate=^1x2)");
    add("9x9x3", "Conv2D(4, 3, padding=^causal)");
    add("9x3", "DepthwiseConv1D(3, padding=^causal)");
    add("8x8x3", "^Conv2DTranspose(4, 2, strides=2, padding=same, output_padding=0)");
    add("4x4x3", "^Cropping2D([[1, 3], [0, 0]])");
    add("4x4x3", "^Cropping2D([2, 2])");
  }

  void convolutions() {
    const int64_t groups = draw.in(2, 5);
    add("8x8x" + text(groups), "Conv2D(" + text(3 * groups + 1) + ", 3, groups=^" + text(groups) + ")");
    add("8x8x" + text(groups + 1), "^Conv2D(" + text(3 * groups) + ", 3, groups=" + text(groups) + ")");
  }

  void rearrangements() {
    const int64_t elements = draw.in(2, 50);
    add(text(elements), "^Reshape([" + text(elements + 1) + "])");
    add(text(2 * elements + 1), "^Reshape([2, -1])");
    add("12", "Reshape(^[-1, -1])");
    add("12", "Reshape(^[1, 1, 1, 1, 1, 1, 1, 1, 12])");
    add("4x6", "^Permute([1, 1])");
    add("4x6", "^Permute([1, 3])");
    add("4x6", "^Permute([2, 1, 3])");
    add("4x6", "^Permute([1])");
    add("4x6", "^RepeatVector(3)");
    add("8x8x4", "Dropout(0.5, noise_shape=^[none, 1])");
    add("8x8x4", "Dropout(0.5, noise_shape=^[none, 1, 3, none])");
    add("8x8x4", "Dropout(0.5, noise_shape=^[8, 1, 1, 4])");
  }

  void merges() {
    const int64_t extent = draw.in(2, 9);
    auto two = [&](const std::string &a, const std::string &b, const std::string &layer) {
      std::string name = layer.substr(0, layer.find('('));
      wrongs.push_back({"model M(a: f32[" + a + "], b: f32[" + b + "]) {\n  [a, b] -> ^" + layer + "\n}\n", {name}});
    };
    two("4x" + text(extent), "5x" + text(extent), "Concatenate");
    two("4x4x3", "4x5x3", "Concatenate(axis=1)");
    two("4x4x3", "4x3", "Concatenate");
    for (const char *layer : {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"}) {
      two("4x" + text(extent), "4x" + text(extent + 1), layer);
      two("2x3x4", "3x3x4", layer);
    }
    wrongs.push_back({"model M(a: f32[3], b: f32[3], c: f32[3]) {\n  [a, b, c] -> ^Subtract\n}\n", {"Subtract"}});
  }

  void axes() {
    for (const char *axis : {"^0", "^4", "^-5", "^-4", "[1, ^7]", "^[3, -1]"}) {
      for (const char *layer : {"BatchNormalization(axis=", "LayerNormalization(axis=", "Softmax(axis=", "PReLU(shared_axes="})
        add("4x5x6", std::string(layer) + axis + ")");
    }
    for (const char *axis : {"^0", "^3", "^-3", "^-7"})
      wrongs.push_back({"model M(a: f32[4x5], b: f32[4x5]) {\n  [a, b] -> Concatenate(axis=" + std::string(axis) + ")\n}\n",
                        {"Concatenate"}});
  }

  void attention() {
    auto attend = [&](const std::string &query, const std::string &value, const std::string &layer) {
      std::string name = layer.substr(0, layer.find('('));
      std::erase(name, '^');
      wrongs.push_back({"model M(q: f32[" + query + "], v: f32[" + value + "]) {\n  [q, v] -> " + layer + "\n}\n", {name}});
    };
    attend("4x8", "5x7", "^Attention");
    attend("8", "8", "^Attention");
    attend("2x4x8", "3x5x8", "^Attention");
    attend("4x8", "2x4x8", "^MultiHeadAttention(2, 4)");
    attend("4x8", "5x8", "MultiHeadAttention(2, 4, attention_axes=^2)");
    attend("4x8", "5x8", "MultiHeadAttention(2, 4, attention_axes=^0)");
    attend("3x4x8", "3x5x8", "MultiHeadAttention(2, 4, attention_axes=^[1, 1])");
    attend("3x4x8", "4x5x8", "^MultiHeadAttention(2, 4, attention_axes=[2])");
    attend("4x8", "5x8", "MultiHeadAttention(2, 4, output_shape=^0)");
    attend("4x8", "5x8", "MultiHeadAttention(2, 4, output_shape=^[1, 1, 1, 1, 1, 1, 1, 2])");
    attend("3x4x8", "3x5x8", "MultiHeadAttention(2, 4, use_causal_mask=^true)");
    add("4x7", "^Embedding(10, 4, input_length=[4, 8])");
    add("1x1x1x1x1x1x1x2", "^Embedding(10, 4)");
  }

  /// 2^62 and its like: refused by name, never an overflow.
  void overflows() {
    const std::string huge = text(int64_t(1) << 62);
    add("8x8x3", "^Conv2D(" + huge + ", 3)");
    add("8x8x3", "^Conv2D(4, " + huge + ")");
    add("8x8x3", "^Conv2D(4, " + huge + ", padding=same)");
    add("8x3", "^Conv1D(4, 3, padding=causal, dilation_rate=" + huge + ")");
    add("8x8x3", "^Conv2D(4, 3, dilation_rate=" + huge + ")");
    add("8x8x3", "^DepthwiseConv2D(3, depth_multiplier=" + huge + ")");
    add("8x8x3", "^SeparableConv2D(4, 3, depth_multiplier=" + huge + ")");
    add("8x8x3", "^SeparableConv2D(" + huge + ", 3)");
    add("8x8x3", "^Conv2DTranspose(" + huge + ", 3)");
    add("8x8x3", "^Conv2DTranspose(4, 3, strides=" + huge + ")");
    add("8x8x3", "^LocallyConnected2D(" + huge + ", 3)");
    add("8x8x3", "^MaxPooling2D(" + huge + ")");
    add("8", "^Dense(" + huge + ")");
    add("8", "^RepeatVector(" + huge + ")");
    add("8x8x3", "^UpSampling2D(" + huge + ")");
    add("8x8x3", "^UpSampling2D(4294967296, interpolation=bilinear)");
    add("8x8x3", "^ZeroPadding2D(" + huge + ")");
    add("8x8x3", "^Cropping2D(" + huge + ")");
    add("8x8x3", "^Reshape([" + huge + ", " + huge + "])");
    add("8", "^Embedding(" + huge + ", 4)");
    add("8", "^Embedding(4, " + huge + ")");
    add("8x8", "^MultiHeadAttention(" + huge + ", 4)");
    add("8x8", "^MultiHeadAttention(2, " + huge + ")");
  }

  /// What the train section wants of the model.
  void losses() {
    auto train = [&](const std::string &units, const std::string &settings, const char *name) {
      wrongs.push_back({"model M(x: f32[4]) { x -> Dense(" + units + ") }\ntrain {\n  optimizer = SGD\n  " + settings + "\n}\n",
                        {name}});
    };
    train("1", "loss = ^SparseCategoricalCrossentropy", "SparseCategoricalCrossentropy");
    train("1", "loss = ^CategoricalCrossentropy(from_logits=true)", "CategoricalCrossentropy");
    train("3", "loss = SparseCategoricalCrossentropy\n  metrics = [^Precision]", "Precision");
    train("3", "loss = CategoricalCrossentropy\n  metrics = [Recall(class_id=^3)]", "Recall");
    train("3", "loss = CategoricalCrossentropy\n  metrics = [Accuracy, Recall(top_k=^4)]", "Recall");
  }

  Draw &draw;
  std::vector<Wrong> wrongs;
};

} // namespace

std::vector<Wrong> sweep::wrongShapes(Draw &draw) { return WrongShapes(draw).run(); }
