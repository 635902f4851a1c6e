// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The gradients of dense layers, pools, activations, normalisation, dropout, merges and reshapes against finite
// differences, over odd shapes.

#include "Transforms/GradientCheck.h"
#include "gtest/gtest.h"

namespace nncc::test {
namespace {

void expectRight(const ModelText &model, const std::string &output, int64_t batch = 2, bool training = false) {
  CheckResult result = checkModel(model.finish(output), batch, training);
  EXPECT_TRUE(result.passed) << result.error << result.report;
}

TEST(DenseRules, EveryRankAndActivation) {
  for (const char *activation : {"linear", "relu", "sigmoid", "tanh", "selu", "softplus"})
    for (Extents input : {Extents{5}, Extents{3, 4}, Extents{2, 1, 3}}) {
      ModelText model;
      Extents output = input;
      output.back() = 7;
      std::string x = model.input("x", input), w = model.variable("dense/kernel", {input.back(), 7});
      std::string b = model.variable("dense/bias", {7});
      expectRight(model,
                  model.op("dense", {x, w, b}, std::string("activation = #nn.activation<") + activation + ">", output),
                  3);
    }
}

struct PoolCase {
  Extents input, window, strides, padding, output;
};

const PoolCase kPools[] = {
    {{7, 2}, {2}, {2}, {0, 0}, {3, 2}},                                     // an element left over
    {{6, 1}, {3}, {1}, {1, 1}, {6, 1}},                                     // same, overlapping windows
    {{5, 4, 3}, {2, 3}, {1, 2}, {0, 1, 1, 1}, {5, 2, 3}},                   // padding on some sides
    {{7, 7, 1}, {2, 2}, {3, 3}, {0, 0, 0, 0}, {2, 2, 1}},                   // gaps between windows
    {{4, 4, 4, 2}, {2, 2, 2}, {2, 2, 2}, {0, 0, 0, 0, 0, 0}, {2, 2, 2, 2}}, // three axes
    {{300, 1}, {257}, {1}, {0, 0}, {44, 1}},                                // positions that do not fit 8 bits
};

TEST(PoolingRules, MaximumAndAverage) {
  for (const PoolCase &pool : kPools)
    for (const char *kind : {"max_pool", "average_pool"}) {
      ModelText model;
      std::string x = model.input("x", pool.input);
      expectRight(model, model.op(kind, {x},
                                  "window = " + array(pool.window) + ", strides = " + array(pool.strides) +
                                      ", padding = " + array(pool.padding),
                                  pool.output));
    }
}

TEST(PoolingRules, Global) {
  for (const char *kind : {"global_max_pool", "global_average_pool"})
    for (bool keepdims : {false, true}) {
      ModelText model;
      std::string x = model.input("x", {3, 5, 2});
      expectRight(model,
                  model.op(kind, {x}, keepdims ? "keepdims = true" : "", keepdims ? Extents{1, 1, 2} : Extents{2}), 3);
    }
}

TEST(ActivationRules, Functions) {
  for (const char *function : {"linear", "relu", "sigmoid", "tanh", "relu6", "leaky_relu", "elu", "selu", "hard_sigmoid",
                               "softplus", "softsign", "exponential", "swish", "gelu"}) {
    ModelText model;
    std::string x = model.input("x", {3, 5});
    expectRight(model, model.op("activation", {x}, std::string("function = #nn.activation<") + function + ">", {3, 5}));
  }
}

TEST(ActivationRules, ReluWithArguments) {
  for (const char *arguments :
       {"max_value = 0.5, negative_slope = 0.0, threshold = 0.0", "negative_slope = 0.3, threshold = 0.0",
        "max_value = 0.6, negative_slope = 0.25, threshold = -0.2"}) {
    ModelText model;
    std::string x = model.input("x", {11});
    expectRight(model, model.op("relu", {x}, arguments, {11}));
  }
}

TEST(ActivationRules, Elu) {
  ModelText model;
  std::string x = model.input("x", {11});
  expectRight(model, model.op("elu", {x}, "alpha = 0.4", {11}));
}

TEST(ActivationRules, SoftmaxAlongAnyAxis) {
  for (int axis : {1, 2, 3}) {
    ModelText model;
    std::string x = model.input("x", {2, 3, 4});
    expectRight(model, model.op("softmax", {x}, "axis = " + std::to_string(axis), {2, 3, 4}));
  }
}

/// Batch normalisation along `axis` (with the batch) of a map, behind a tanh so that its input is not the model's.
void checkBatchNorm(const Extents &shape, int axis, bool gamma, bool beta, bool training) {
  ModelText model;
  Extents channels{shape[axis - 1]};
  std::string x = model.input("x", shape);
  x = model.op("activation", {x}, "function = #nn.activation<tanh>", shape);
  std::string operands = x;
  std::vector<std::string> values{x};
  auto add = [&](const std::string &name, const std::string &path, bool trainable) {
    values.push_back(model.variable("bn/" + path, channels, trainable));
    operands += " " + name + "(" + values.back() + ")";
  };
  if (gamma)
    add("gamma", "gamma", true);
  if (beta)
    add("beta", "beta", true);
  add("mean", "moving_mean", false);
  add("variance", "moving_variance", false);
  std::string y = model.op("batch_norm", operands, values,
                           "axis = " + std::to_string(axis) + ", epsilon = 0.001, momentum = 0.99", shape);
  expectRight(model, y, 3, training);
}

TEST(NormalizationRules, GivenStatistics) {
  checkBatchNorm({4, 3, 2}, 3, true, true, false);
  checkBatchNorm({4, 3}, 1, true, false, false);
  checkBatchNorm({5}, 1, false, true, false);
}

TEST(NormalizationRules, BatchStatistics) {
  checkBatchNorm({4, 3, 2}, 3, true, true, true);
  checkBatchNorm({4, 3}, 1, true, false, true);
  checkBatchNorm({5}, 1, false, true, true);
  checkBatchNorm({2, 2, 3, 2}, 4, false, false, true);
}

// The gradient draws the forward pass's mask again.
TEST(RegularizationRules, Dropout) {
  ModelText model;
  std::string x = model.input("x", {7, 3});
  expectRight(model, model.op("dropout", {x}, "rate = 0.4, stream = 5 : i32", {7, 3}), 2, /*training=*/true);
}

TEST(RegularizationRules, SpatialDropout) {
  ModelText model;
  std::string x = model.input("x", {7, 3});
  expectRight(model, model.op("spatial_dropout", {x}, "rate = 0.4, stream = 5 : i32", {7, 3}), 2, /*training=*/true);
}

TEST(RegularizationRules, DropoutWithSharedAxes) {
  ModelText model;
  std::string x = model.input("x", {3, 2, 3});
  expectRight(model, model.op("spatial_dropout", {x}, "rate = 0.4, shared = array<i64: 0, 2>, stream = 5 : i32", {3, 2, 3}), 2,
              /*training=*/true);
}

TEST(RegularizationRules, GaussianNoise) {
  ModelText model;
  std::string x = model.input("x", {7, 3});
  expectRight(model, model.op("gaussian_noise", {x}, "stddev = 0.4, stream = 5 : i32", {7, 3}), 2, /*training=*/true);
}

TEST(ShapeRules, Resize) {
  for (const char *interpolation : {"bilinear", "bicubic", "gaussian", "lanczos3", "lanczos5", "mitchellcubic"}) {
    ModelText model;
    std::string x = model.input("x", {4, 7, 2});
    expectRight(model,
                model.op("resize", {x}, std::string("factors = array<i64: 3, 2>, interpolation = \"") + interpolation + "\"",
                         {12, 14, 2}));
  }
}

TEST(MergeRules, Concatenate) {
  ModelText model;
  std::string a = model.input("a", {2, 3, 1}), b = model.input("b", {2, 1, 1}), c = model.input("c", {2, 2, 1});
  expectRight(model, model.op("concatenate", {a, b, c}, "axis = 2", {2, 6, 1}), 3);
}

TEST(MergeRules, Add) {
  ModelText model;
  std::string a = model.input("a", {2, 3}), b = model.input("b", {2, 3});
  expectRight(model, model.op("add", {a, b, a}, "", {2, 3}));
}

TEST(ShapeRules, Reshape) {
  ModelText model;
  std::string x = model.input("x", {2, 3, 5});
  expectRight(model, model.op("reshape", {x}, "shape = array<i64: 30>", {30}));
}

TEST(MergeRules, Products) {
  ModelText model;
  std::string a = model.input("a", {2, 3}), b = model.input("b", {2, 3});
  expectRight(model, model.op("multiply", {a, b, a}, "", {2, 3}));
}

TEST(MergeRules, Extrema) {
  for (const char *op : {"maximum", "minimum"}) {
    ModelText model;
    std::string a = model.input("a", {5, 3}), b = model.input("b", {5, 3}), c = model.input("c", {5, 3});
    expectRight(model, model.op(op, {a, b, c}, "", {5, 3}));
  }
}

TEST(MergeRules, Rescale) {
  ModelText model;
  std::string x = model.input("x", {2, 3});
  expectRight(model, model.op("rescale", {x}, "scale = -0.7, offset = 3.0", {2, 3}));
}

TEST(ShapeRules, Permute) {
  ModelText model;
  std::string x = model.input("x", {2, 3, 5});
  expectRight(model, model.op("permute", {x}, "permutation = array<i64: 3, 1, 2>", {5, 2, 3}));
}

TEST(ShapeRules, PadAndCrop) {
  ModelText model;
  std::string x = model.input("x", {4, 3, 2});
  x = model.op("pad", {x}, "padding = array<i64: 1, 2, 0, 1, 0, 0>", {7, 4, 2});
  expectRight(model, model.op("pad", {x}, "padding = array<i64: -2, 0, 1, -2, 0, 0>", {5, 3, 2}));
}

TEST(ShapeRules, Broadcast) {
  ModelText model;
  std::string x = model.input("x", {2, 1, 3, 1});
  expectRight(model, model.op("broadcast", {x}, "shape = array<i64: 2, 4, 3, 2>", {2, 4, 3, 2}));
}

TEST(MergeRules, WithAParameter) {
  for (const char *op : {"scale_by", "shift_by"})
    for (const Extents &shape : {Extents{4, 3}, Extents{1, 3}, Extents{4, 1}, Extents{3}}) {
      ModelText model;
      std::string x = model.input("x", {4, 3}), p = model.variable("layer/p", shape);
      expectRight(model, model.op(op, {x, p}, "", {4, 3}));
    }
}

TEST(NormalizationRules, Standardize) {
  for (const char *axes : {"1", "2", "3"}) {
    ModelText model;
    std::string x = model.input("x", {2, 3, 4});
    expectRight(model, model.op("standardize", {x}, std::string("epsilon = 0.001, axes = ") + axes, {2, 3, 4}));
  }
}

TEST(AttentionRules, ScoresAndMix) {
  for (const char *attributes : {"heads = 2, scale = 0.7", "heads = 3, scale = 1.0, causal"}) {
    ModelText model;
    const int64_t heads = attributes[8] - '0';
    std::string q = model.input("q", {2, 3, 6}), k = model.input("k", {2, 4, 6}), v = model.input("v", {2, 4, 6});
    std::string scores = model.op("attention_scores", {q, k}, attributes, {2, heads, 3, 4});
    std::string weights = model.op("softmax", {scores}, "axis = 4", {2, heads, 3, 4});
    std::string mixed = model.op("attention_mix", {weights, v}, "scale = 0.9", {2, 3, 6});
    expectRight(model, mixed);
    std::string back = model.op("attention_mix", {weights, mixed}, "scale = 1.1, transposed", {2, 4, 6});
    expectRight(model, back);
  }
}

TEST(AttentionRules, Embedding) {
  // The index is 0 whatever the input: (-1, 1) is cut.
  ModelText model;
  std::string x = model.input("x", {3}), table = model.variable("e/embeddings", {1, 4});
  std::string tiny = model.op("rescale", {x}, "scale = 1.0e-6, offset = 0.0", {3});
  expectRight(model, model.op("embedding", {tiny, table}, "", {3, 4}));
}

// A value that is used often: the gradients of a residual block and of a value that is joined with itself.
TEST(Engine, SumsOverUses) {
  ModelText model;
  std::string x = model.input("x", {4});
  std::string a = model.op("dense", {x, model.variable("a/kernel", {4, 4})}, "activation = #nn.activation<tanh>", {4});
  std::string b =
      model.op("dense", {a, model.variable("b/kernel", {4, 4})}, "activation = #nn.activation<sigmoid>", {4});
  std::string sum = model.op("add", {a, b}, "", {4});
  expectRight(model, model.op("concatenate", {sum, a, sum}, "axis = 1", {12}));
}

} // namespace
} // namespace nncc::test
