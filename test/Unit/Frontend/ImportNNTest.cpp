// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Frontend/ImportNN.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

/// The module as text, without types and locations that every line repeats; or the messages.
std::string moduleOf(llvm::StringRef text, bool locations = false) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  Diagnostics diagnostics;
  auto module = importModule(context, text, "m.nn", {}, diagnostics);
  std::string result;
  llvm::raw_string_ostream stream(result);
  diagnostics.print(stream);
  if (mlir::succeeded(module)) {
    mlir::OpPrintingFlags flags;
    if (locations)
      flags.enableDebugInfo(true, true);
    (*module)->print(stream, flags);
  }
  return result;
}

bool contains(const std::string &text, llvm::StringRef part) { return llvm::StringRef(text).contains(part); }

TEST(ImportNN, Classifier) {
  EXPECT_EQ(moduleOf("model Net(image: f32[5x5x1]) { image -> Conv2D(2, 3, activation=relu) -> Flatten -> "
                     "Dense(3, activation=softmax) }"),
            R"(module @Net {
  nn.variable @"conv2d/kernel" : tensor<3x3x1x2xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  nn.variable @"conv2d/bias" : tensor<2xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
  nn.variable @"dense/kernel" : tensor<18x3xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
  nn.variable @"dense/bias" : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = true}
  func.func @model(%arg0: tensor<?x5x5x1xf32> {nn.name = "image"}) -> tensor<?x3xf32> {
    %0 = nn.read @"conv2d/kernel" : tensor<3x3x1x2xf32>
    %1 = nn.read @"conv2d/bias" : tensor<2xf32>
    %2 = nn.conv %arg0, %0, %1 {activation = #nn.activation<relu>, dilations = array<i64: 1, 1>, nn.layer = #nn.layer<"conv2d", "Conv2D">, padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x5x5x1xf32>, tensor<3x3x1x2xf32>, tensor<2xf32>) -> tensor<?x3x3x2xf32>
    %3 = nn.reshape %2 {nn.layer = #nn.layer<"flatten", "Flatten">, shape = array<i64: 18>} : (tensor<?x3x3x2xf32>) -> tensor<?x18xf32>
    %4 = nn.read @"dense/kernel" : tensor<18x3xf32>
    %5 = nn.read @"dense/bias" : tensor<3xf32>
    %6 = nn.dense %3, %4, %5 {nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x18xf32>, tensor<18x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
    %7 = nn.softmax %6 {axis = 1 : i64, nn.layer = #nn.layer<"dense", "Dense">} : (tensor<?x3xf32>) -> tensor<?x3xf32>
    return %7 : tensor<?x3xf32>
  }
}
)");
}

TEST(ImportNN, EveryLayerGivesAValidModule) {
  for (const char *body :
       {"x -> Conv2D(4, 3x2, padding=same, strides=2, use_bias=false, activation=tanh)", "x -> Conv2D(4, 3, dilation_rate=2)",
        "x -> Conv2D(6, 3, groups=3)", "x -> DepthwiseConv2D(3, depth_multiplier=2, activation=softmax)",
        "x -> SeparableConv2D(4, 3, strides=2, activation=gelu)", "x -> Reshape([8, -1]) -> SeparableConv1D(4, 3, padding=causal)",
        "x -> Conv2DTranspose(4, 3, strides=2, output_padding=1, activation=relu)", "x -> LocallyConnected2D(2, 3, activation=relu)",
        "x -> Reshape([8, -1]) -> DepthwiseConv1D(3) -> LocallyConnected1D(2, 3, implementation=2, use_bias=false)",
        "x -> MaxPool2D(3, strides=1, padding=same)", "x -> AveragePooling2D(3, strides=2, padding=same)",
        "x -> GlobalMaxPooling2D(keepdims=true)", "x -> GlobalAveragePooling2D", "x -> Dense(3, activation=softmax)",
        "x -> Reshape([4, -1]) -> Conv1D(2, 3, padding=causal, dilation_rate=3) -> MaxPooling1D -> GlobalMaxPool1D",
        "x -> Reshape([2, 4, 4, -1]) -> Conv3D(2, 2, activation=sigmoid) -> AvgPool3D(1x2x2) -> GlobalAvgPool3D",
        "[x, x -> Conv2D(5, 1)] -> Concatenate", "[x, x, x] -> Concatenate(axis=-2)", "[x, x -> ReLU, x] -> Add",
        "x -> Dropout(0.25, seed=3)", "x -> BatchNormalization(scale=false)", "x -> BatchNormalization(axis=[1])",
        "x -> Activation(relu) -> Activation(softmax) -> Activation(linear)", "x -> ReLU(6, 0.1, 0.5)", "x -> Softmax(axis=1)",
        "x -> Flatten -> Flatten", "x"}) {
    const std::string text = moduleOf(("model M(x: f32[8x8x3]) { " + llvm::StringRef(body) + " }").str());
    EXPECT_TRUE(contains(text, "module @M")) << body << "\n" << text;
  }
}

TEST(ImportNN, TrainSection) {
  const std::string text = moduleOf("model M(x: f32[3]) { x -> Dense(2) }\ntrain { data = \"npz:a.npz\" optimizer = Adam\n"
                                    "loss = MeanSquaredError batch_size = full metrics = Accuracy }");
  EXPECT_TRUE(contains(text, "nn.train = {augment = [], batch_size = 0 : i64, callbacks = [], data = \"npz:a.npz\", epochs = 1 : i64, "
                             "loss = #nn.call<\"MeanSquaredError\", {reduction = \"auto\"}>, metrics = [#nn.call<\"Accuracy\", {}>], optimizer = "
                             "#nn.call<\"Adam\", {amsgrad = false, beta_1 = 9.000000e-01 : f64"))
      << text;
  EXPECT_TRUE(contains(text, "seed = 0 : i64, shuffle = true, validation_split = 0.000000e+00 : f64}")) << text;
}

TEST(ImportNN, FrozenBatchNormalization) {
  const llvm::StringRef head = "model M(x: f32[3]) { x -> BatchNormalization";
  EXPECT_TRUE(contains(moduleOf((head + "(trainable=false) }").str()), "nn.frozen"));
  EXPECT_FALSE(contains(moduleOf((head + " }").str()), "nn.frozen"));
}

// Keras counts negative shared axes from the last but one.
TEST(ImportNN, NegativeSharedAxes) {
  auto alphaOf = [](llvm::StringRef axes) {
    const std::string text = moduleOf(("model M(x: f32[4x5x3]) { x -> PReLU(shared_axes=" + axes + ") }").str());
    return llvm::StringRef(text).split("alpha\" : ").second.split(' ').first.str();
  };
  EXPECT_EQ(alphaOf("[1, 2]"), "tensor<1x1x3xf32>");
  EXPECT_EQ(alphaOf("[-1]"), "tensor<4x1x3xf32>");
  EXPECT_EQ(alphaOf("[-1, 1]"), "tensor<1x1x3xf32>");
  EXPECT_EQ(alphaOf("[-2]"), "tensor<1x5x3xf32>");
}

TEST(ImportNN, LocationsAreTheSource) {
  const std::string text = moduleOf("model M(x: f32[3]) {\n  x -> ReLU\n}", /*locations=*/true);
  EXPECT_TRUE(contains(text, " m.nn:2:8\n")) << text;
}

TEST(ImportNN, UnusedLayersAreLeftOut) {
  const std::string text = moduleOf("model M(x: f32[3]) {\n let y = x -> Dense(3)\n x -> Dense(2)\n}");
  EXPECT_FALSE(contains(text, "@\"dense/kernel\"")) << text;
  EXPECT_TRUE(contains(text, "@\"dense_1/kernel\"")) << text;
}

TEST(ImportNN, ErrorsGiveNoModule) {
  EXPECT_TRUE(contains(moduleOf("model M(x: f32[3]) { x -> Dense }"), "m.nn:1:27: error: Dense needs the argument 'units'"));
}

} // namespace
