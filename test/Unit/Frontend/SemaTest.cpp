// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What correct models mean.

#include "TestSource.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

/// "name shape, ..." of all layers, or the messages.
std::string layersOf(llvm::StringRef text, std::vector<std::string> defines = {}) {
  TestSource source(text, std::move(defines));
  if (!source.model)
    return source.messages();
  std::string result;
  for (const Layer &layer : source.model->layers)
    result += (result.empty() ? "" : ", ") + layer.name + " " + nn::formatExtents(layer.output);
  return result;
}

TEST(Sema, ShapesOfAllLayers) {
  EXPECT_EQ(layersOf(modelOf("x -> Conv2D(4, 3x3, strides=2) -> Conv2D(5, 2, padding=same) -> AvgPool2D(1x2) -> Flatten "
                             "-> Reshape([3, 5]) -> MaxPooling1D -> Conv1D(2, 3, padding=causal, dilation_rate=2) "
                             "-> GlobalAveragePooling1D -> Dense(3, activation=softmax)")),
            "conv2d 3x3x4, conv2d_1 3x3x5, average_pooling2d 3x1x5, flatten 15, reshape 3x5, max_pooling1d 1x5, conv1d 1x2, "
            "global_average_pooling1d 2, dense 3");
  EXPECT_EQ(layersOf("model M(x: f32[4x6x8x2]) { x -> Conv3D(3, [1, 2, 3]) -> MaxPool3D(2, padding=same) -> Dropout(0.5) -> "
                     "BatchNormalization -> ReLU -> Softmax -> Activation(tanh) -> GlobalMaxPool3D(keepdims=true) -> "
                     "Reshape([-1]) }"),
            "conv3d 4x5x6x3, max_pooling3d 2x3x3x3, dropout 2x3x3x3, batch_normalization 2x3x3x3, re_lu 2x3x3x3, softmax "
            "2x3x3x3, activation 2x3x3x3, global_max_pooling3d 1x1x1x3, reshape 3");
  EXPECT_EQ(layersOf(modelOf("[x, x -> Conv2D(2, 1)] -> Concatenate -> Concatenate")).substr(0, 30),
            "m.nn:2:42: error: Concatenate ");
  EXPECT_EQ(layersOf(modelOf("let y = x -> Conv2D(3, 1) [x, y] -> Add -> Dense(7)")), "conv2d 8x8x3, add 8x8x3, dense 8x8x7");
  EXPECT_EQ(layersOf(modelOf("[x, x -> Conv2D(3, 1), x] -> Concatenate(axis=1)")), "conv2d 8x8x3, concatenate 24x8x3");
  EXPECT_EQ(layersOf(modelOf("[x] -> Flatten")), "flatten 192");
  EXPECT_EQ(layersOf(modelOf("x")), "");
}

TEST(Sema, Variables) {
  TestSource source("model M(x: f32[8x8x3]) { x -> Conv2D(4, 3x2) -> BatchNormalization(center=false, axis=1) "
                    "-> Dense(2, use_bias=false, trainable=false) }");
  ASSERT_TRUE(source.model) << source.messages();
  std::string all;
  for (const Layer &layer : source.model->layers)
    for (const Variable &variable : layer.variables)
      all += layer.name + "/" + variable.name.str() + " " + nn::formatExtents(variable.shape) + " " +
             variable.initializer.text().str() + (variable.isTrainable && layer.isTrainable ? "" : " fixed") + "\n";
  EXPECT_EQ(all, "conv2d/kernel 3x2x3x4 GlorotUniform\n"
                 "conv2d/bias 4 Zeros\n"
                 "batch_normalization/gamma 6 Ones\n"
                 "batch_normalization/moving_mean 6 Zeros fixed\n"
                 "batch_normalization/moving_variance 6 Ones fixed\n"
                 "dense/kernel 4x2 GlorotUniform fixed\n");
}

TEST(Sema, InitializersInAllForms) {
  TestSource source(modelOf("x -> Dense(1, kernel_initializer=he_normal, bias_initializer=Constant(0.1)) -> Dense(1, "
                            "kernel_initializer=RandomNormal(stddev=0.01, seed=3), bias_initializer=ones()) "
                            "-> Dense(1, kernel_initializer=Orthogonal, bias_initializer=Constant)"));
  ASSERT_TRUE(source.model) << source.messages();
  std::string all;
  for (const Layer &layer : source.model->layers)
    for (const Variable &variable : layer.variables)
      all += describe(variable.initializer) + " ";
  EXPECT_EQ(all, "'HeNormal(seed=none)' 'Constant(value=0.1)' 'RandomNormal(mean=0.0, stddev=0.01, seed=3)' 'Ones()' "
                 "'Orthogonal(gain=1.0, seed=none)' 'Constant(value=0.0)' ");
}

TEST(Sema, ConstantsAndArithmetic) {
  EXPECT_EQ(layersOf("const c = b * 2 + (1 - 3) * -a / 2\nconst a = 4\nconst b = a - 1\nconst k = 3x3\nconst act = relu\n"
                     "model M(x: f32[8x8x3]) { x -> Conv2D(c, k, activation=act) }"),
            "conv2d 6x6x10");
  EXPECT_EQ(layersOf("const a = 2\nconst b = a * 3\nmodel M(x: f32[4]) { x -> Dense(b) }", {"a=5"}), "dense 15");
  EXPECT_EQ(layersOf("const a = 2\nconst b = 7\nmodel M(x: f32[4]) { x -> Dense(a) }", {"a=b - 1"}), "dense 6");
  EXPECT_EQ(layersOf("const r = 1 / 2.0\nmodel M(x: f32[4]) { x -> Dropout(r - 0.25) }"), "dropout 4");
  EXPECT_EQ(layersOf("const relu = 3\nmodel M(x: f32[4]) { x -> Dense(relu) }"), "dense 3");
}

TEST(Sema, Blocks) {
  EXPECT_EQ(layersOf(R"(
block Outer(x: tensor, n, k = n * 2) { x -> Inner(k) -> Inner(n, act=tanh) }
block Inner(x: tensor, units, act = relu) {
  let y = x -> Dense(units, activation=act)
  y -> ReLU
}
block Both(a: tensor, b: tensor) { [b, a] -> Concatenate }
model M(x: f32[4]) {
  let z = x -> Outer(3)
  [x, z] -> Both -> repeat 2 { Inner(5) }
}
)"),
            "dense 6, re_lu 6, dense_1 3, re_lu_1 3, concatenate 7, dense_2 5, re_lu_2 5, dense_3 5, re_lu_3 5");
}

TEST(Sema, NamesCountInTheOrderOfTheSource) {
  EXPECT_EQ(layersOf(modelOf("let unused_1 = x -> Flatten\n"
                             "[x -> Conv2D(1, 1), x -> Conv2D(1, 1, name=\"mine\"), (x -> Conv2D(1, 1))] -> Add -> Flatten"))
                .substr(0, 99),
            "flatten 192, conv2d 8x8x1, mine 8x8x1, conv2d_1 8x8x1, add 8x8x1, flatten_1 64");
}

TEST(Sema, OnlyWhatTheOutputNeedsIsUsed) {
  TestSource source(modelOf("let y = x -> Flatten\nx -> ReLU"));
  ASSERT_TRUE(source.model);
  EXPECT_FALSE(source.model->layers[0].isUsed);
  EXPECT_TRUE(source.model->layers[1].isUsed);
}

TEST(Sema, TrainSection) {
  TestSource source(modelOf("x -> Flatten -> Dense(3)") + "train { optimizer = SGD(0.1, nesterov=true) batch_size = full "
                                                          "loss = SparseCategoricalCrossentropy(from_logits=true) "
                                                          "metrics = [Accuracy] callbacks = TerminateOnNaN seed = 7 }");
  ASSERT_TRUE(source.model) << source.messages();
  const Training &training = *source.model->training;
  EXPECT_EQ(describe(training.setting("optimizer")),
            "'SGD(learning_rate=0.1, momentum=0.0, nesterov=true, weight_decay=none, clipn...");
  EXPECT_TRUE(training.setting("batch_size").isNone());
  EXPECT_EQ(training.setting("epochs").integer, 1);
  EXPECT_EQ(training.setting("seed").integer, 7);
  EXPECT_EQ(describe(training.setting("loss")), "'SparseCategoricalCrossentropy(from_logits=true, ignore_class=none, reduction...");
  EXPECT_EQ(describe(training.setting("callbacks")), "[TerminateOnNaN()]");
}

TEST(Sema, ExactlyTheLayerLimit) {
  TestSource source("model M(x: f32[2]) { x -> repeat 100000 { ReLU } }");
  ASSERT_TRUE(source.model) << source.messages();
  EXPECT_EQ(source.model->layers.size(), 100000u);
  EXPECT_EQ(source.model->layers.back().name, "re_lu_99999");
}

TEST(LayerTable, HasEveryLayerOfTheLanguage) {
  for (const char *name :
       {"Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
        "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "LocallyConnected1D", "LocallyConnected2D", "MaxPooling1D",
        "MaxPool2D", "AveragePooling3D", "AvgPool1D", "GlobalMaxPooling2D", "GlobalAveragePooling3D", "GlobalMaxPool1D",
        "Dense", "Flatten", "Reshape", "Permute", "RepeatVector", "ZeroPadding1D", "Cropping2D", "UpSampling3D",
        "Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "BatchNormalization",
        "LayerNormalization", "Rescaling", "Dropout", "SpatialDropout2D", "GaussianNoise", "Activation", "ReLU",
        "LeakyReLU", "ELU", "PReLU", "Softmax"})
    EXPECT_NE(findLayer(name), nullptr) << name;
  EXPECT_EQ(findLayer("MaxPool2D")->name, "MaxPooling2D");
}

} // namespace
