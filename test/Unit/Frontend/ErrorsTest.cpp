// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What is wrong with models: one mistake, one error, at the place that is to blame.

#include "TestSource.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

/// Errors of a model on 8x8x3 images whose body stands on line 2.
std::string errorsIn(llvm::StringRef body) { return headsOf(modelOf(body)); }
/// Errors of the train section `{ ... }` on line 2, for a model with 10 outputs on line 1.
std::string errorsOfTrain(llvm::StringRef settings, llvm::StringRef layers = "Dense(10)") {
  return headsOf(("model M(x: f32[4]) { x -> " + layers + " }\ntrain { " + settings + " }\n").str());
}

TEST(Errors, WholeMessages) {
  EXPECT_EQ(messagesOf("model M(x: f32[8x8x3]) {\n\tx -> Conv2d(16, 3x3)\n}\n"), "m.nn:2:7: error: unknown layer 'Conv2d'\n"
                                                                                "\tx -> Conv2d(16, 3x3)\n"
                                                                                "\t     ^~~~~~\n"
                                                                                "note: did you mean 'Conv2D'?\n");
  EXPECT_EQ(messagesOf("model M(x: f32[8x8x3]) {\n  x\n  -> MaxPool2D(2)\n  -> Conv2D(64, 5x5)\n}\n"),
            "m.nn:4:6: error: Conv2D 'conv2d': the 5x5 kernel does not fit the 4x4 input with padding=valid\n"
            "  -> Conv2D(64, 5x5)\n"
            "     ^~~~~~\n"
            "note: its input has the shape (None, 4, 4, 3), from MaxPooling2D 'max_pooling2d' at m.nn:3:6\n");
  EXPECT_EQ(messagesOf("block B(y: tensor, f) { y -> Dense(f) }\nmodel M(x: f32[3]) {\n  x -> B(0)\n}\n"),
            "m.nn:1:36: error: expected an integer >= 1 for 'units' of Dense, found 0\n"
            "block B(y: tensor, f) { y -> Dense(f) }\n"
            "                                   ^\n"
            "note: block 'B' is used at m.nn:3:8\n");
}

TEST(Errors, Names) {
  EXPECT_EQ(errorsIn("y -> Flatten"), "2:1: unknown tensor 'y'\n");
  EXPECT_EQ(errorsIn("x -> Foo"), "2:6: unknown layer 'Foo'\n");
  EXPECT_EQ(errorsIn("x -> x"), "2:6: 'x' is a tensor, not a layer or block\n");
  EXPECT_EQ(errorsIn("Conv2D(3, 3)"), "2:1: 'Conv2D' is a layer, not a tensor\n");
  EXPECT_EQ(errorsIn("let y = x -> ReLU\nConv2D(3, 3)\ny"), "3:1: 'Conv2D' is a layer, not a tensor\n");
  EXPECT_EQ(errorsIn("let y = x -> ReLU\nFlatten -> ReLU\ny"), "3:1: 'Flatten' is a layer, not a tensor\n");
  EXPECT_EQ(errorsIn("Flatten -> ReLU"), "2:1: 'Flatten' is a layer, not a tensor\n");
  EXPECT_EQ(errorsIn("let a = b\nlet b = x\n[a, b] -> Add"), "2:9: 'b' is used before it is declared\n");
  EXPECT_EQ(errorsIn("let x = x -> ReLU\nx"), "2:5: 'x' is already declared\n");
  EXPECT_EQ(errorsIn("let Dense = x -> ReLU\nx"), "2:5: 'Dense' is the name of a layer and cannot be declared\n");
  EXPECT_EQ(headsOf("const a = 1\nconst a = 2\nmodel M(x: f32[3]) { x -> Dense(a) }"), "2:7: 'a' is already declared\n");
  EXPECT_EQ(headsOf("const a = 1\nblock B(a: tensor) { a -> ReLU }\nmodel M(x: f32[3]) { x -> B -> Dense(a) }"),
            "2:9: 'a' is already declared\n");
  EXPECT_EQ(headsOf("const Dense = 1\nmodel Conv2D(x: f32[3]) { x }"),
            "1:7: 'Dense' is the name of a layer and cannot be declared\n");
  EXPECT_EQ(headsOf("const a = rleu\nmodel M(x: f32[3]) { x -> Dense(1, activation=a) }"), "1:11: unknown name 'rleu'\n");
  EXPECT_EQ(errorsIn("x -> Dense(y)"), "2:12: unknown name 'y'\n");
  EXPECT_EQ(errorsIn("x -> Dense(2 * y)"), "2:16: unknown name 'y'\n");
  EXPECT_EQ(errorsIn("x -> Dense(relu)"), "2:12: expected an integer >= 1 for 'units' of Dense, found 'relu'\n");
  EXPECT_EQ(messagesOf("const classes = 3\nmodel M(x: f32[3]) { x -> Dense(clases) -> Dense(classes) }"),
            "m.nn:2:33: error: unknown name 'clases'\n"
            "model M(x: f32[3]) { x -> Dense(clases) -> Dense(classes) }\n"
            "                                ^~~~~~\n"
            "note: did you mean 'classes'?\n"
            "note: expected an integer >= 1 for 'units' of Dense\n");
}

TEST(Errors, Files) {
  EXPECT_EQ(headsOf(""), "1:1: the file has no model\n");
  EXPECT_EQ(headsOf("const a = 1\n"), "1:7: warning: constant 'a' is never used\n1:12: the file has no model\n");
  EXPECT_EQ(headsOf("model A(x: f32[3]) { x }\nmodel B(x: f32[3]) { x }"), "2:7: a second model; a file has one\n");
  EXPECT_EQ(headsOf("model A(x: f32[0x3]) { x }"), "1:16: an extent of the input 'x' is 0\n");
  EXPECT_EQ(headsOf("model A(x: f64[3]) { x }"), "1:12: unknown type 'f64'\n");
  EXPECT_EQ(headsOf("model A(x: f32[3037000500x3037000500]) { x }"),
            "1:16: the size of a 3037000500x3037000500 tensor does not fit 63 bits\n");
}

TEST(Errors, ConvolutionsOfOtherKinds) {
  EXPECT_EQ(errorsIn("x -> Conv2D(9, 3, groups=2)"), "2:26: the 9 filters of Conv2D are not divisible by groups=2\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(8, 3, groups=2)"),
            "2:6: Conv2D 'conv2d': the input's 3 channels are not divisible by groups=2\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(8, 3, groups=0)"), "2:26: expected an integer >= 1 for 'groups' of Conv2D, found 0\n");
  EXPECT_EQ(errorsIn("x -> DepthwiseConv2D(3, padding=causal)"),
            "2:33: expected valid or same for 'padding' of DepthwiseConv2D, found 'causal'\n");
  EXPECT_EQ(errorsIn("x -> DepthwiseConv2D(3, strides=2, dilation_rate=2)"),
            "2:50: a dilation_rate above 1 does not go with strides above 1 in DepthwiseConv2D\n");
  EXPECT_EQ(errorsIn("x -> DepthwiseConv2D(9)"),
            "2:6: DepthwiseConv2D 'depthwise_conv2d': the 9x9 kernel does not fit the 8x8 input with padding=valid\n");
  EXPECT_EQ(errorsIn("x -> DepthwiseConv2D(3, depth_multiplier=9223372036854775807)"),
            "2:6: DepthwiseConv2D 'depthwise_conv2d': its number of channels does not fit 63 bits\n");
  EXPECT_EQ(errorsIn("x -> SeparableConv2D(4, 9)"),
            "2:6: SeparableConv2D 'separable_conv2d': the 9x9 kernel does not fit the 8x8 input with padding=valid\n");
  EXPECT_EQ(errorsIn("x -> Conv2DTranspose(4, 3, strides=2, output_padding=2)"),
            "2:54: the output_padding of Conv2DTranspose is not below its strides\n");
  EXPECT_EQ(errorsIn("x -> Conv2DTranspose(4, 2, strides=2, padding=same, output_padding=0)"),
            "2:6: Conv2DTranspose 'conv2d_transpose': output_padding=0 gives 14 output positions, of which a convolution with "
            "strides=2 and padding=same makes 7 positions, not the 8 of the input\n");
  EXPECT_EQ(errorsIn("x -> Reshape([2, 4, 8, 3]) -> Conv3DTranspose(4, 2, dilation_rate=2)"),
            "2:67: warning: the dilation_rate of Conv3DTranspose has no effect, as in Keras\n");
  EXPECT_EQ(errorsIn("x -> LocallyConnected2D(4, 3, padding=same)"),
            "2:39: expected valid for 'padding' of LocallyConnected2D, found 'same'\n");
  EXPECT_EQ(errorsIn("x -> LocallyConnected2D(4, 3, implementation=4)"),
            "2:46: expected an integer in [1, 3] for 'implementation' of LocallyConnected2D, found 4\n");
  EXPECT_EQ(errorsIn("x -> LocallyConnected2D(4, 9)"),
            "2:6: LocallyConnected2D 'locally_connected2d': the 9x9 kernel does not fit the 8x8 input with padding=valid\n");
}

TEST(Errors, Constants) {
  EXPECT_EQ(headsOf("const a = b\nconst b = c + 1\nconst c = a\nmodel M(x: f32[3]) { x -> Dense(a) }"),
            "3:11: the constant 'a' depends on itself\n");
  EXPECT_EQ(headsOf("const a = a\nmodel M(x: f32[3]) { x -> Dense(a) }"), "1:11: the constant 'a' depends on itself\n");
  auto value = [](llvm::StringRef text) {
    return headsOf(("const a = " + text + "\nmodel M(x: f32[3]) { x -> Dense(a) }").str());
  };
  EXPECT_EQ(value("7 / 2"), "1:11: 7 / 2 does not divide exactly\n");
  EXPECT_EQ(value("1 + 4 / 0"), "1:19: division by zero\n");
  EXPECT_EQ(value("1.0 / 0.0"), "1:17: division by zero\n");
  EXPECT_EQ(value("9223372036854775807 + 1"), "1:11: the result of 9223372036854775807 + 1 does not fit 63 bits\n");
  EXPECT_EQ(value("3000000000 * -4000000000"), "1:11: the result of 3000000000 * -4000000000 does not fit 63 bits\n");
  EXPECT_EQ(value("1e300 * 1e300"), "1:11: the result is too large for a float\n");
  EXPECT_EQ(value("3x3 + 1"), "1:11: arithmetic is on numbers, found 3x3\n");
  EXPECT_EQ(value("\"a\" + 1"), "1:11: arithmetic is on numbers, found the string \"a\"\n");
  EXPECT_EQ(value("true + 1"), "1:11: arithmetic is on numbers, found true\n");
  EXPECT_EQ(value("-relu"), "1:12: arithmetic is on numbers, found 'relu'\n");
  EXPECT_EQ(value("2.0"), "2:33: expected an integer >= 1 for 'units' of Dense, found 2.0\n");
  EXPECT_EQ(value("Dense"), "1:11: 'Dense' is a layer, not a value\n");
}

TEST(Errors, Defines) {
  const char *text = "const classes = 3\nmodel M(x: f32[3]) { x -> Dense(classes) }";
  EXPECT_EQ(headsOf(text, {"clases=3"}),
            "usage: -D clases=3: the model has no constant 'clases'; did you mean 'classes'?\n");
  EXPECT_EQ(headsOf(text, {"classes"}), "usage: -D classes: expected NAME=VALUE\n");
  EXPECT_EQ(headsOf(text, {"classes="}), "usage: -D classes=: expected a value, found the end of the file\n");
  EXPECT_EQ(headsOf(text, {"classes=1 +"}), "usage: -D classes=1 +: expected a value, found the end of the file\n");
  EXPECT_EQ(headsOf(text, {"classes=0"}), "2:33: expected an integer >= 1 for 'units' of Dense, found 0\n");
  EXPECT_EQ(headsOf(text, {"classes=1/0"}), "1:7: division by zero\n");
  TestSource source(text, {"nothing=1"});
  EXPECT_EQ(source.diagnostics.exitStatus(), 2);
}

TEST(Errors, PythonHabits) {
  EXPECT_EQ(messagesOf("model M(x: f32[3]) {\n  x -> Dense(3, use_bias=False)\n}"),
            "m.nn:2:26: error: unknown name 'False'\n"
            "  x -> Dense(3, use_bias=False)\n"
            "                         ^~~~~\n"
            "note: did you mean 'false'?\n"
            "note: expected true or false for 'use_bias' of Dense\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, (3, 3))"), "2:18: expected ')', found ','\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, activation='relu')"), "2:26: a string stands in double quotes: \"...\"\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, activation=None)"), "2:26: unknown activation 'None'\n");
}

TEST(Errors, DifferentMistakesOfOneLayer) {
  EXPECT_EQ(errorsIn("[x, x] -> Conv2D"), "2:11: Conv2D needs the arguments 'filters' and 'kernel_size'\n"
                                          "2:11: Conv2D 'conv2d': it takes one tensor, found 2\n");
}

TEST(Errors, Arguments) {
  EXPECT_EQ(errorsIn("x -> Conv2D"), "2:6: Conv2D needs the arguments 'filters' and 'kernel_size'\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3)"), "2:6: Conv2D needs the argument 'kernel_size'\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(0, 3)"), "2:13: expected an integer >= 1 for 'filters' of Conv2D, found 0\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(-1, 3)"), "2:13: expected an integer >= 1 for 'filters' of Conv2D, found -1\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3.0, 3)"), "2:13: expected an integer >= 1 for 'filters' of Conv2D, found 3.0\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3x3x3)"),
            "2:16: expected an integer >= 1 or 2 of them, as 3x3, for 'kernel_size' of Conv2D, found 3x3x3\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 0x3)"),
            "2:16: expected an integer >= 1 or 2 of them, as 3x3, for 'kernel_size' of Conv2D, found 0x3\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, [3, 0])"), "2:20: expected integers >= 1 for 'kernel_size' of Conv2D, found 0\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, paddding=same)"), "2:19: unknown argument 'paddding' of Conv2D\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, padding=full)"), "2:27: expected valid or same for 'padding' of Conv2D, found 'full'\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, padding=causal)"),
            "2:27: expected valid or same for 'padding' of Conv2D, found 'causal'\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, padding=\"same\")"),
            "2:27: expected valid or same for 'padding' of Conv2D, found the string \"same\"\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, filters=4)"), "2:19: the argument 'filters' of Conv2D is given twice\n");
  EXPECT_EQ(errorsIn("x -> Flatten(1)"), "2:14: Flatten takes no positional argument, found 1\n");
  EXPECT_EQ(errorsIn("x -> Dropout(0.1, none, none, 4)"), "2:31: Dropout takes at most 3 positional arguments, found 4\n");
  EXPECT_EQ(errorsIn("x -> Dropout(1)"), "2:14: expected a number in [0, 1) for 'rate' of Dropout, found 1\n");
  EXPECT_EQ(errorsIn("x -> Dropout(-0.5)"), "2:14: expected a number in [0, 1) for 'rate' of Dropout, found -0.5\n");
  EXPECT_EQ(errorsIn("x -> ReLU(1e39)"),
            "2:11: expected a number that fits a 32-bit float or none for 'max_value' of ReLU, found 1e39\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, use_bias=1)"), "2:28: expected true or false for 'use_bias' of Conv2D, found 1\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, activation=rleu)"), "2:26: unknown activation 'rleu'\n");
  EXPECT_EQ(errorsIn("x -> Activation(\"relu\")"),
            "2:17: expected the name of an activation for 'activation' of Activation, found the string \"relu\"\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, kernel_initializer=glorot)"), "2:34: unknown initializer 'glorot'\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, kernel_initializer=RandomNormal(stdev=1))"),
            "2:47: unknown argument 'stdev' of RandomNormal\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, kernel_initializer=RandomNormal(stddev=-1))"),
            "2:54: expected a number >= 0 for 'stddev' of RandomNormal, found -1\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, kernel_regularizer=L2(-0.1))"), "2:37: expected a number >= 0 for 'l2' of L2, found -0.1\n");
  EXPECT_EQ(errorsIn("x -> Dense(3, activity_regularizer=L3)"), "2:36: unknown regularizer 'L3'\n");
  EXPECT_EQ(errorsIn("x -> Dropout(0.5, noise_shape=[1])"),
            "2:31: the noise_shape of Dropout has 1 extents for an input of the rank 4 with the batch\n");
  EXPECT_EQ(errorsIn("x -> Dropout(0.5, noise_shape=[none, 1, 4, none])"),
            "2:31: the noise_shape of Dropout has 4 for the axis 2 of extent 8\n");
  EXPECT_EQ(errorsIn("x -> Dropout(0.5, noise_shape=[32, 1, 1, 3])"),
            "2:31: the noise_shape of Dropout has 32 for the batch, whose size is not known\n");
  EXPECT_EQ(errorsIn("x -> Dropout(0.5, noise_shape=[none, 0, 1, 3])"),
            "2:38: expected integers >= 1 or none for 'noise_shape' of Dropout, found 0\n");
  EXPECT_EQ(errorsIn("x -> BatchNormalization(axis=[1, 4])"),
            "2:34: there is no axis 4 for BatchNormalization: its input has the rank 4 with the batch\n");
  EXPECT_EQ(errorsIn("x -> Softmax(axis=[1, 1])"), "2:19: the axis 1 of Softmax is there twice\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, strides=2, dilation_rate=2)"),
            "2:44: a dilation_rate above 1 does not go with strides above 1 in Conv2D\n");
  EXPECT_EQ(errorsIn("x -> Conv2D(3, 3, data_format=channels_first)"), "2:19: unknown argument 'data_format' of Conv2D\n");
  EXPECT_EQ(errorsIn("x -> PReLU(shared_axes=[0])"), "2:25: the axis 0 of PReLU is the batch\n");
  EXPECT_EQ(errorsIn("x -> PReLU(shared_axes=[-3])"),
            "2:24: the axis -3 of PReLU, which is the one before it, is the batch\n");
  EXPECT_EQ(errorsIn("x -> LayerNormalization(axis=[3, 3])"), "2:30: the axis 3 of LayerNormalization is there twice\n");
  EXPECT_EQ(errorsIn("x -> GaussianNoise(-0.1)"), "2:20: expected a number >= 0 for 'stddev' of GaussianNoise, found -0.1\n");
  EXPECT_EQ(errorsIn("x -> Reshape(12)"),
            "2:14: expected a list of integers like 4x4x8 or [16, -1] for 'target_shape' of Reshape, found 12\n");
  EXPECT_EQ(errorsIn("x -> Reshape([0, 3])"), "2:15: expected integers >= 1 or one -1 for 'target_shape' of Reshape, found 0\n");
  EXPECT_EQ(errorsIn("x -> Reshape(1x1x1x1x1x1x1x1x192)"),
            "2:14: the target_shape of Reshape has 9 axes; at most 8 are supported\n");
  EXPECT_EQ(errorsIn("x -> Reshape([-1, -1])"), "2:14: the target_shape of Reshape has more than one -1\n");
  EXPECT_EQ(errorsIn("x -> Softmax(axis=0)"), "2:19: the axis 0 of Softmax is the batch\n");
  EXPECT_EQ(errorsIn("x -> Softmax(axis=4)"), "2:19: there is no axis 4 for Softmax: its input has the rank 4 with the batch\n");
  EXPECT_EQ(errorsIn("[x, x] -> Concatenate(axis=-4)"), "2:28: the axis -4 of Concatenate is the batch\n");
}

TEST(Errors, Attention) {
  EXPECT_EQ(errorsIn("x -> MultiHeadAttention(2)"), "2:6: MultiHeadAttention needs the argument 'key_dim'\n");
  EXPECT_EQ(errorsIn("x -> MultiHeadAttention(0, 4)"),
            "2:25: expected an integer >= 1 for 'num_heads' of MultiHeadAttention, found 0\n");
  EXPECT_EQ(errorsIn("x -> Flatten -> MultiHeadAttention(2, 4)"),
            "2:17: MultiHeadAttention 'multi_head_attention': it takes samples of two or more axes (places, features), found 1\n");
  EXPECT_EQ(errorsIn("[x, x, x, x] -> MultiHeadAttention(2, 4)"),
            "2:17: MultiHeadAttention 'multi_head_attention': it takes 1 to 3 tensors, found 4\n");
  EXPECT_EQ(errorsIn("x -> Attention"), "2:6: Attention 'attention': it takes 2 to 3 tensors, found 1\n");
  EXPECT_EQ(errorsIn("x -> MultiHeadAttention(2, 4, attention_axes=[1, 3])"),
            "2:46: expected axes from 1 to 2 for 'attention_axes' of MultiHeadAttention (0 is the batch, 3 the features), found "
            "[1, 3]\n");
  EXPECT_EQ(errorsIn("x -> MultiHeadAttention(2, 4, attention_axes=[1, 1])"),
            "2:46: an axis of MultiHeadAttention is there twice in [1, 1]\n");
  EXPECT_EQ(errorsIn("x -> MultiHeadAttention(2, 4, output_shape=[3, 0])"),
            "2:44: expected integers >= 1 for 'output_shape' of MultiHeadAttention, found [3, 0]\n");
  EXPECT_EQ(errorsIn("x -> MultiHeadAttention(2, 4, use_causal_mask=true)"),
            "2:47: use_causal_mask of MultiHeadAttention needs samples of one axis and features\n");
  EXPECT_EQ(errorsIn("[x, x -> Reshape(64x3)] -> MultiHeadAttention(2, 4)"),
            "2:28: MultiHeadAttention 'multi_head_attention': its query (None, 8, 8, 3), value (None, 64, 3) and key (None, 64, 3) "
            "differ in their number of axes\n");
  EXPECT_EQ(errorsIn("[x, x -> MaxPool2D] -> MultiHeadAttention(2, 4, attention_axes=1)"),
            "2:24: MultiHeadAttention 'multi_head_attention': its query (None, 8, 8, 3) and value (None, 4, 4, 3) differ in axis 2, "
            "over which it does not attend\n");
  EXPECT_EQ(errorsIn("[x, x, x -> MaxPool2D] -> Attention"),
            "2:27: Attention 'attention': its value (None, 8, 8, 3) and key (None, 4, 4, 3) differ in more than the last axis\n");
  EXPECT_EQ(errorsIn("[x, x -> Conv2D(2, 1)] -> Attention"),
            "2:27: Attention 'attention': the last axes of its query (None, 8, 8, 3) and key (None, 8, 8, 2) differ\n");
  EXPECT_EQ(errorsIn("x -> Embedding(9, 2, input_length=[8, 8])"),
            "2:6: Embedding 'embedding': input_length is [8, 8], but its input has the shape (None, 8, 8, 3)\n");
  EXPECT_EQ(errorsIn("x -> Embedding(9, 2, mask_zero=true)"),
            "2:32: this version supports only false for 'mask_zero' of Embedding, found true\n");
}

TEST(Errors, Shapes) {
  EXPECT_EQ(errorsIn("x -> Conv1D(3, 3)"), "2:6: Conv1D 'conv1d': it takes samples of 2 axes (steps, channels), found 3\n");
  EXPECT_EQ(errorsIn("x -> Flatten -> MaxPool2D"),
            "2:17: MaxPooling2D 'max_pooling2d': it takes samples of 3 axes (rows, columns, channels), found 1\n");
  EXPECT_EQ(errorsIn("x -> MaxPool2D(9)"),
            "2:6: MaxPooling2D 'max_pooling2d': the 9x9 pool does not fit the 8x8 input with padding=valid\n");
  EXPECT_EQ(errorsIn("x -> Reshape([5, -1])"), "2:6: Reshape 'reshape': the shape of 5 elements times an inferred extent does "
                                               "not fit the input's 192 elements\n");
  EXPECT_EQ(errorsIn("[x, x -> Flatten] -> Add"),
            "2:22: Add 'add': the shapes (None, 8, 8, 3) and (None, 192) differ in an extent that is not 1\n");
  EXPECT_EQ(errorsIn("[x, x -> Conv2D(1, 1)] -> Add"), "");
  EXPECT_EQ(errorsIn("[x, x -> Conv2D(2, 1)] -> Multiply"),
            "2:27: Multiply 'multiply': the shapes (None, 8, 8, 3) and (None, 8, 8, 2) differ in an extent that is not 1\n");
  EXPECT_EQ(errorsIn("[x, x, x] -> Subtract"), "2:14: Subtract 'subtract': it takes two tensors, found 3\n");
  EXPECT_EQ(errorsIn("x -> Permute([1, 2])"),
            "2:6: Permute 'permute': the dims [1, 2] are not a permutation of the axes 1 to 3 of the input (None, 8, 8, 3)\n");
  EXPECT_EQ(errorsIn("x -> RepeatVector(2)"), "2:6: RepeatVector 'repeat_vector': it takes samples of one axis, found 3\n");
  EXPECT_EQ(errorsIn("x -> Cropping2D([[0, 0], [5, 3]])"),
            "2:6: Cropping2D 'cropping2d': cropping 5 and 3 leaves nothing of the extent 8 of the input (None, 8, 8, 3)\n");
  EXPECT_EQ(errorsIn("x -> UpSampling2D(2, bilnear)"),
            "2:22: expected nearest, bilinear, bicubic, area, gaussian, lanczos3, lanczos5 or mitchellcubic for 'interpolation' of "
            "UpSampling2D, found 'bilnear'\n");
  EXPECT_EQ(errorsIn("[x, x -> MaxPool2D] -> Concatenate"),
            "2:24: Concatenate 'concatenate': the shapes (None, 8, 8, 3) and (None, 4, 4, 3) differ in more than axis 3\n");
  EXPECT_EQ(errorsIn("x -> Add"), "2:6: Add 'add': it takes two or more tensors, found one\n");
  EXPECT_EQ(errorsIn("[x, x] -> Flatten"), "2:11: Flatten 'flatten': it takes one tensor, found 2\n");
  EXPECT_EQ(errorsIn("[x, x]"), "2:1: the result of the model is 2 tensors; a model has one output in version 1\n");
  EXPECT_EQ(errorsIn("[[x, x], x] -> Add"), "2:2: an element of a list is one tensor, found 2\n");
  EXPECT_EQ(errorsIn("x -> Flatten -> Dense(1000000000000) -> Dense(10000000)"),
            "2:41: Dense 'dense_1': its kernel of 1000000000000x10000000 elements does not fit 63 bits\n");
  // 2^61 bytes each: four of them are too many together.
  EXPECT_EQ(headsOf("model M(x: f32[536870912]) { x -> Dense(1073741824, use_bias=false) -> Dense(536870912, use_bias=false)\n"
                    "-> Dense(1073741824, use_bias=false)\n-> Dense(536870912, use_bias=false) }"),
            "3:4: the parameters of all layers up to Dense 'dense_3' do not fit 63 bits of bytes\n");
}

TEST(Errors, LayerNames) {
  EXPECT_EQ(errorsIn("x -> ReLU(name=\"a\") -> ReLU(name=\"a\")"), "2:29: the name 'a' is already taken\n");
  EXPECT_EQ(errorsIn("x -> ReLU(name=\"re_lu\") -> ReLU"), "2:11: the name 're_lu' is already taken\n");
  EXPECT_EQ(errorsIn("x -> ReLU -> ReLU(name=\"x\")"), "2:19: the name 'x' is already taken\n");
  EXPECT_EQ(errorsIn("x -> repeat 3 { ReLU(name=\"a\") }"), "2:22: the name 'a' is already taken\n");
  EXPECT_EQ(headsOf("block B(y: tensor) { y -> ReLU(name=\"a\") }\nmodel M(x: f32[3]) { x -> B -> B -> B }"),
            "1:32: the name 'a' is already taken\n");
  EXPECT_EQ(errorsIn("x -> ReLU(name=\"\")"), "2:16: the name of a layer is empty\n");
  EXPECT_EQ(errorsIn("x -> ReLU(name=relu)"), "2:16: expected a string in double quotes or none for 'name' of ReLU, found 'relu'\n");
  EXPECT_EQ(headsOf("model M(re_lu: f32[3]) { re_lu -> ReLU }"), "1:9: the input 're_lu' has the automatic name of a layer\n");
}

TEST(Errors, Blocks) {
  EXPECT_EQ(headsOf("block A(y: tensor) { y -> B }\nblock B(y: tensor) { y -> ReLU -> A }\nmodel M(x: f32[3]) { x -> A }"),
            "2:35: block 'A' uses itself; recursion is not possible\n");
  EXPECT_EQ(headsOf("block A(y: tensor) { y -> A }\nmodel M(x: f32[3]) { x -> A }"),
            "1:27: block 'A' uses itself; recursion is not possible\n");
  // Unused blocks are checked as well, as far as that does not depend on a use.
  EXPECT_EQ(headsOf("block A(y: tensor, n) { y -> Conv2d(n) -> Dense(0) -> Conv2D(n, 3) -> Conv1D(1, n) }\nmodel M(x: f32[3]) { x }"),
            "1:7: warning: block 'A' is never used\n"
            "1:30: unknown layer 'Conv2d'\n"
            "1:49: expected an integer >= 1 for 'units' of Dense, found 0\n"
            "1:71: Conv1D: it takes samples of 2 axes (steps, channels), found 3\n");
  // An error of the block itself is not repeated for each use; one of a use is told for each.
  EXPECT_EQ(headsOf("block A(y: tensor, n) { y -> Dense(n) -> Foo }\nmodel M(x: f32[3]) { x -> A(0) -> A(1) }"),
            "1:36: expected an integer >= 1 for 'units' of Dense, found 0\n1:42: unknown layer 'Foo'\n");
  const std::string block = "block A(y: tensor, n, k=1) { y -> Dense(n * k) }\n";
  auto use = [&](llvm::StringRef pipeline) { return headsOf(block + "model M(x: f32[3]) { " + pipeline.str() + " }"); };
  EXPECT_EQ(use("x -> A"), "2:27: block 'A' needs the argument 'n'\n");
  EXPECT_EQ(use("x -> A(1, 2, 3)"), "2:35: block 'A' takes at most 2 arguments besides its tensors\n");
  EXPECT_EQ(use("x -> A(1, n=3)"), "2:32: the argument 'n' of block 'A' is given twice\n");
  EXPECT_EQ(use("x -> A(1, kk=3)"), "2:32: unknown argument 'kk' of block 'A'\n");
  EXPECT_EQ(use("x -> A(whatever)"), "2:29: unknown name 'whatever'\n");
  EXPECT_EQ(use("[x, x] -> A(1)"), "2:32: block 'A' takes 1 tensor, found 2\n");
  EXPECT_EQ(use("x -> A(3x3)"), "1:41: arithmetic is on numbers, found 3x3\n");
}

TEST(Errors, Repeat) {
  EXPECT_EQ(errorsIn("x -> repeat 0 { ReLU } -> Flatten"), "2:13: warning: 'repeat 0' applies nothing\n");
  EXPECT_EQ(errorsIn("x -> repeat -1 { ReLU }"), "2:13: expected an integer >= 0 for the count of 'repeat', found -1\n");
  EXPECT_EQ(errorsIn("x -> repeat 1.5 { ReLU }"), "2:13: expected an integer >= 0 for the count of 'repeat', found 1.5\n");
  EXPECT_EQ(errorsIn("x -> repeat 1000 { Dens(1) }"), "2:20: unknown layer 'Dens'\n");
  EXPECT_EQ(errorsIn("x -> repeat 9 { Conv2D(3, 3) }"),
            "2:17: Conv2D 'conv2d_3': the 3x3 kernel does not fit the 2x2 input with padding=valid\n");
}

TEST(Errors, Limits) {
  EXPECT_EQ(errorsIn("x -> repeat 100001 { ReLU }"), "2:6: the model has more than 100,000 layers after expansion\n");
  EXPECT_EQ(errorsIn("x -> repeat 9000000000000000000 { ReLU }"),
            "2:6: the model has more than 100,000 layers after expansion\n");
  EXPECT_EQ(headsOf("block E(y: tensor) { y }\nmodel M(x: f32[3]) { x -> repeat 9000000000000000000 { E } }"),
            "2:27: the model expands more than 1,000,000 blocks and repetitions\n");
  // Each block uses the one before twice.
  std::string doubling = "block B0(y: tensor) { y -> ReLU -> ReLU }\n", chain = "block C0(y: tensor) { y }\n";
  for (int i = 1; i < 60; ++i)
    doubling += "block B" + std::to_string(i) + "(y: tensor) { y -> B" + std::to_string(i - 1) + " -> B" +
                std::to_string(i - 1) + " }\n";
  EXPECT_EQ(headsOf(doubling + "model M(x: f32[3]) { x -> B59 }"),
            "6:34: the model has more than 100,000 layers after expansion\n");
  for (int i = 1; i < 300; ++i)
    chain += "block C" + std::to_string(i) + "(y: tensor) { y -> C" + std::to_string(i - 1) + " }\n";
  EXPECT_EQ(headsOf(chain + "model M(x: f32[3]) { x -> C299 }"),
            "45:29: blocks and pipelines are nested more than 256 deep here\n");
}

TEST(Errors, Train) {
  const std::string good = "optimizer = Adam loss = MeanSquaredError ";
  EXPECT_EQ(errorsOfTrain(good), "");
  EXPECT_EQ(errorsOfTrain(""), "2:1: the train section needs 'optimizer' and 'loss'\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError"), "2:1: the train section needs 'optimizer'\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimiser = Adam"), "2:33: unknown setting 'optimiser' of the train section\n");
  EXPECT_EQ(errorsOfTrain(good + "loss = MeanSquaredError"), "2:50: the setting 'loss' is given twice\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = \"Adam\""),
            "2:45: expected an optimizer for 'optimizer' of the train section, found the string \"Adam\"\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = adam"), "2:45: unknown optimizer 'adam'\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = AdamW(weight_decay=none)"),
            "2:64: expected a number >= 0 for 'weight_decay' of AdamW, found none\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = Adam(0)"),
            "2:50: expected a number > 0 or a learning rate schedule for 'learning_rate' of Adam, found 0\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = Adam(CosineDecay(0.1, 5, 0.1, warmup_target=1, warmup_steps=3))"), "");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = Adam(CosineDecay(0.1, 0.5))"),
            "2:67: expected an integer >= 1 for 'decay_steps' of CosineDecay, found 0.5\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = SGD(PiecewiseConstantDecay([5, 9], [0.1, 0.01]))"),
            "2:80: PiecewiseConstantDecay takes one value more than boundaries, found 2 values\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = SGD(PiecewiseConstantDecay([5, 5], [0.1, 0.01, 0.001]))"),
            "2:76: each boundary of PiecewiseConstantDecay is larger than the one before it, found 5.0 behind 5.0\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = SGD(PiecewiseConstantDecay(5, [0.1, 0.01]))"),
            "2:72: expected a list of numbers like [0.1, 0.01] for 'boundaries' of PiecewiseConstantDecay, found 5\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = Adam(clipnorm=1.0, global_clipnorm=2)"),
            "2:80: an optimizer takes clipnorm or global_clipnorm, not both\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = RMSprop(clipvalue=-1)"),
            "2:63: expected a number >= 0 or none for 'clipvalue' of RMSprop, found -1\n");
  EXPECT_EQ(errorsOfTrain(good + "batch_size = 0"),
            "2:63: expected an integer >= 1 or full for 'batch_size' of the train section, found 0\n");
  EXPECT_EQ(errorsOfTrain(good + "epochs = 1.0"), "2:59: expected an integer >= 1 for 'epochs' of the train section, found 1.0\n");
  EXPECT_EQ(errorsOfTrain(good + "validation_split = 1"),
            "2:69: expected a number in [0, 1) for 'validation_split' of the train section, found 1\n");
  EXPECT_EQ(errorsOfTrain(good + "validation_split = 0.5 validation_data = \"npz:a\""),
            "2:50: warning: validation_split has no effect beside validation_data\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = SparseCategoricalCrossentropy class_weight = [1, 2.5, 0]", "Dense(3)"), "");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = SparseCategoricalCrossentropy class_weight = [1, 2.5]", "Dense(3)"),
            "2:77: class_weight has a number for each class, from 0; there are 3 classes, found 2 numbers\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = BinaryCrossentropy class_weight = [1, -1]", "Dense(1)"),
            "2:70: expected numbers >= 0 or none for 'class_weight' of the train section, found -1\n");
  EXPECT_EQ(errorsOfTrain(good + "class_weight = [1, 2]", "Reshape([2, 2])"),
            "2:65: class_weight takes a class for each sample, but the model's output is (None, 2, 2)\n");
  EXPECT_EQ(errorsOfTrain(good + "metrics = [Acuracy, AUC(curve=PRC)]"),
            "2:61: unknown metric 'Acuracy'\n"
            "2:80: expected ROC or PR for 'curve' of AUC, found 'PRC'\n");
  EXPECT_EQ(errorsOfTrain(good + "metrics = [Precision(top_k=4), Recall(class_id=3), AUC]", "Dense(3)"),
            "2:77: 'top_k' of Precision is 4, but the model's output has 3 classes\n"
            "2:97: 'class_id' of Recall is 3, but the model's output has 3 classes\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = SparseCategoricalCrossentropy metrics = AUC", "Dense(3)"),
            "2:72: AUC compares the output with targets of its shape, but the targets of SparseCategoricalCrossentropy are "
            "class numbers\n");
  EXPECT_EQ(errorsOfTrain(good + "callbacks = [EarlyStopping(patience=2), CSVLogger(\"a.csv\"), ModelCheckpoint(\"w\")]"), "");
  EXPECT_EQ(errorsOfTrain(good + "callbacks = ReduceLROnPlateau(factor=1)"),
            "2:87: expected a number in [0, 1) for 'factor' of ReduceLROnPlateau, found 1\n");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = SGD(ExponentialDecay(0.1, 5, 0.5)) callbacks = ReduceLROnPlateau"),
            "2:92: ReduceLROnPlateau sets the learning rate, but a schedule does so too\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = SparseCategoricalCrossentropy", "Dense(1)"),
            "2:32: SparseCategoricalCrossentropy needs one output for each of two or more classes, but the model's output is "
            "(None, 1)\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = SparseCategoricalCrossentropy(label_smoothing=0.1)"),
            "2:62: unknown argument 'label_smoothing' of SparseCategoricalCrossentropy\n");
}

TEST(Errors, Augmentation) {
  const auto errorsOf = [](const std::string &augment, const std::string &input = "f32[8x8x1]") {
    return headsOf("model M(x: " + input + ") { x -> Flatten -> Dense(2) }\ntrain { optimizer = SGD loss = MeanSquaredError augment = " + augment + " }\n");
  };
  EXPECT_EQ(errorsOf("[RandomFlip(\"vertical\"), RandomTranslation(0.1, [-0.2, 0.1]), RandomRotation(0.05, fill_mode=wrap), RandomZoom(0.1)]"), "");
  EXPECT_EQ(errorsOf("RandomFlip"), "");
  EXPECT_EQ(errorsOf("[RandomFlip(\"up\"), RandomZoom(1.5), RandomCrop]"),
            "2:71: expected horizontal, vertical or horizontal_and_vertical for 'mode' of RandomFlip, found the string \"up\"\n"
            "2:89: expected a number in [-1, 1] for 'height_factor' of RandomZoom, found 1.5\n"
            "2:95: unknown augmentation 'RandomCrop'\n");
  EXPECT_EQ(errorsOf("[RandomRotation([0.2, 0.1]), RandomTranslation(0.1, [0, 0, 0])]"),
            "2:75: the lower bound of 'factor' of RandomRotation is above the upper one, found [0.2, 0.1]\n"
            "2:111: 'width_factor' of RandomTranslation is a number or a list of a lower and an upper bound, found 3 numbers\n");
  EXPECT_EQ(errorsOf("[RandomFlip]", "f32[8x8]"),
            "2:60: augment changes pictures (height x width x channels), and no input of the model is one\n");
}

TEST(Errors, ArgumentsOfLossesAndOptimizers) {
  EXPECT_EQ(errorsOfTrain("optimizer = Adam(jit_compile=false, name=\"a\", use_ema=false, ema_momentum=0.5, ema_overwrite_frequency=3) "
                          "loss = CategoricalCrossentropy(axis=1, reduction=sum_over_batch_size, name=\"mine\")"),
            "");
  EXPECT_EQ(errorsOfTrain("loss = MeanSquaredError optimizer = SGD(use_ema=true)"),
            "2:57: this version supports only false for 'use_ema' of SGD, found true\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = BinaryCrossentropy(axis=2)"),
            "2:56: BinaryCrossentropy is taken along the last axis, -1 or here 1, found axis=2\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = MeanSquaredError(reduction=mean)"),
            "2:59: expected auto, sum_over_batch_size or sum for 'reduction' of MeanSquaredError, found 'mean'\n");
  EXPECT_EQ(messagesOf("model M(x: f32[4]) { x -> Dense(1) }\ntrain { optimizer = SGD\nloss = Huber(reduction=none) }"),
            "m.nn:3:24: error: 'reduction' of Huber is none\n"
            "loss = Huber(reduction=none) }\n"
            "                       ^~~~\n"
            "note: without a reduction there is a loss for each sample, but training needs one number\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = BinaryCrossentropy metrics = [Recall(thresholds=[0.3]), Precision(thresholds=[0.3, 0.6])]"),
            "2:109: Precision has one value for each of its thresholds, and a metric has one value; found 2 thresholds\n");
  EXPECT_EQ(errorsOfTrain("optimizer = SGD loss = BinaryCrossentropy metrics = [Recall(thresholds=1.5)]"),
            "2:80: expected a number in [0, 1] or none for 'thresholds' of Recall, found 1.5\n");
}

TEST(Errors, NoFollowingErrors) {
  EXPECT_EQ(errorsIn("[x, x -> Add"), "3:1: expected ',', '->' or ']', found '}'\n");
  EXPECT_EQ(headsOf("block B(y) { y -> ReLU }\n" + modelOf("x -> B")), "1:9: the first parameter of a block is a tensor\n");
  EXPECT_EQ(errorsOfTrain("optimizer: Adam(learning_rate=0.1) loss = MeanSquaredError"),
            "2:18: expected '=' behind the setting's name, found ':'\n");
  EXPECT_EQ(messagesOf("model M(x: f32[4]) { x -> Dense(1) }\ntrain {\n  optimizer = Adam\n  loss = \"meansquarederror\"\n"
                       "  batch_size = ful\n}"),
            "m.nn:4:10: error: expected a loss for 'loss' of the train section, found the string \"meansquarederror\"\n"
            "  loss = \"meansquarederror\"\n"
            "         ^~~~~~~~~~~~~~~~~~\n"
            "note: names stand without quotes\n"
            "note: did you mean 'MeanSquaredError'?\n"
            "m.nn:5:16: error: unknown name 'ful'\n"
            "  batch_size = ful\n"
            "               ^~~\n"
            "note: did you mean 'full'?\n"
            "note: expected an integer >= 1 or full for 'batch_size' of the train section\n");
}

TEST(Errors, IndependentMistakesAreAllReported) {
  EXPECT_EQ(headsOf("const a = 1 / 0\n"
                    "const b = 2\n"
                    "block T(y: tensor, n) { y -> Conv2d(n, 3) }\n"
                    "model M(x: f32[8x8x3]) {\n"
                    "  let p = x -> Conv2D(a, 3) -> Dense(0)\n"
                    "  let q = x -> -> Flatten\n"
                    "  let r = z -> Flatten\n"
                    "  [p, q] -> Add -> Dense(b) -> T(3, 4) -> Dence(1)\n"
                    "}\n"
                    "train { optimizer = Adam los = MeanSquaredError epochs = 0 }\n"),
            "1:15: division by zero\n"
            "3:30: unknown layer 'Conv2d'\n"
            "5:38: expected an integer >= 1 for 'units' of Dense, found 0\n"
            "6:16: expected a layer, a block or 'repeat' behind '->', found '->'\n"
            "7:11: unknown tensor 'z'\n"
            "8:37: block 'T' takes at most 1 argument besides its tensors\n"
            "8:43: unknown layer 'Dence'\n"
            "10:26: unknown setting 'los' of the train section\n"
            "10:58: expected an integer >= 1 for 'epochs' of the train section, found 0\n");
}

TEST(Warnings, UnusedNames) {
  EXPECT_EQ(headsOf("const a = 1\nconst b = 2\nblock B(y: tensor, p) { let z = y -> Dense(b) y -> ReLU }\n"
                    "model M(x: f32[3]) { let t = x -> ReLU x }"),
            "1:7: warning: constant 'a' is never used\n"
            "3:7: warning: block 'B' is never used\n"
            "3:29: warning: 'z' is never used\n"
            "4:26: warning: 't' is never used\n");
}

} // namespace
