// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Mistakes in names, declarations, blocks, constants, the train section, and in the text itself.
#include "Sweep/IllegalGenerator.h"

using namespace nncc;
using namespace nncc::sweep;

namespace {

/// Around each a model on 8x8 images with three channels: `x` is its input.
constexpr const char *kBodies[] = {
    // Names.
    "^y -> Flatten",
    "x -> ^Conv2d(4, 3)",
    "x -> ^Foo",
    "x -> ^x",
    "^Conv2D(3, 3)",
    "x -> Dense(^y)",
    "x -> Dense(2 * ^y)",
    "x -> Dense(3, trainable=^maybe)",
    "x -> Dense(^x)",
    "let a = ^b\n  let b = x\n  [a, b] -> Add",
    "let ^x = x -> ReLU\n  x",
    "let a = x\n  let ^a = x\n  a",
    "let ^Dense = x\n  x -> Dense(3)",
    "let ^Dense = x\n  Dense -> Flatten",
    "let ^ReLU = x -> Flatten\n  ReLU -> Dense(3)",
    "let ^repeat = x\n  x",
    "let y = x\n  let ^y = x -> Flatten\n  y -> Flatten",
    "x -> Dense(3, name=\"a\") -> Dense(3, ^name=\"a\")",
    "x -> Dense(3, name=\"dense_1\") -> Dense(3) -> Dense(3, ^name=\"dense_1\")",
    "x -> Dense(3, name=^\"\")",
    // Pipelines.
    "^[x, x]",
    "[x, x] -> ^Flatten",
    "x -> ^Add",
    "[x, x] -> ^ReLU",
    "x ^Flatten",
    "x -> ^-> Flatten",
    "x -> Flatten ^)",
    "x -> Dense(3 ^4)",
    "x -> Dense(3, ^,)",
    "x -> Dense(units=^)",
    "x -> Dense(^=3)",
    "x -> Dense(3, use_bias ^true)",
    "x -> repeat ^-1 { ReLU }",
    "x -> repeat ^1.5 { ReLU }",
    "x -> repeat ^true { ReLU }",
    "x -> repeat ^relu { ReLU }",
    "x -> repeat ^{ ReLU }",
    "x -> repeat 2 { ^x -> ReLU }",
    "x -> repeat 3 { MaxPooling2D(2) -> ^MaxPooling2D(2) }",
    // Values.
    "x -> Dense(^\"3\")",
    "x -> Dense(3 + ^relu)",
    "x -> Dense(^7 / 2)",
    "x -> Dense(7 / ^0)",
    "x -> Dense(-^\"a\")",
    "x -> Dense(^9223372036854775808)",
    "x -> Dense(^3x)",
    "x -> Dense(^3.)",
    "x -> Dropout(^0.5e)",
    "x -> Dropout(^1.0e999)",
    "x -> Dense(3, name=^\"open)",
    "x -> Dense(3, name=^\"open, use_bias=true)",
    "x -> Dense(3, name=\"a^\\q\")",
    "x -> Dense(3, name=^'a')",
    "x -> Dense(3) ^;",
    "x -> Dense(3) ^// a comment",
    "x -> Dense(3) ^$",
};

/// Around each a use in `model M(x: f32[8]) { x -> ... }` on the line below: the declaration, a '|', and the use.
constexpr const char *kDeclarations[] = {
    "const a = 1\nconst ^a = 2|Dense(a)",
    "const ^Dense = 1|Dense(3)",
    "const ^ReLU = 2|Dense(ReLU)",
    "const a = ^a|Dense(a)",
    "const a = b\nconst b = ^a|Dense(a)",
    "const a = 7 / ^0|Dense(a)",
    "const a = ^7 / 2|Dense(a)",
    "const a = ^rleu|Dense(3, activation=a)",
    "const a ^3|Dense(a)",
    "const ^3 = 4|Dense(3)",
    "const ^model = 4|Dense(3)",
    "const a = 1.5|Dense(^a)",
    "const a = 0|Dense(^a)",
    "const a = same|Dense(^a)",
    "const a = [1, 2]|^Reshape(a)",
    "const a = 3|^a",
    "block B(y: tensor) { y -> ^B }|B",
    "block B(y: tensor) { y -> C }\nblock C(y: tensor) { y -> ^B }|C",
    "block B(y: tensor, f) { y -> Dense(f) }|^B",
    "block B(y: tensor, f) { y -> Dense(f) }|B(3, ^4)",
    "block B(y: tensor, f) { y -> Dense(f) }|B(3, ^f=4)",
    "block B(y: tensor, f) { y -> Dense(f) }|B(3, ^g=4)",
    "block B(y: tensor, f) { y -> Dense(f) }|B(f=3, ^4)",
    "block B(y: tensor, f) { y -> Dense(^f) }|B(0)",
    "block B(y: tensor, f) { y -> Dense(^f) }|B(same)",
    "block B(y: tensor, f = ^qwertz) { y -> Dense(f) }|B(3)",
    "block B(y: tensor, z: tensor) { [y, z] -> Add }|^B",
    "block B(y: tensor, ^y) { y -> ReLU }|B(3)",
    "block B(y: tensor) { ^z -> ReLU }|B",
    "block B(y: tensor) { let ^y = y -> ReLU\n  y }|B",
    "block ^Dense(y: tensor) { y -> ReLU }|ReLU",
    "block ^Dense(y: tensor) { y -> ReLU }|Dense(3)",
    "block B(y: tensor) { y -> ReLU }\nblock ^B(y: tensor) { y -> ReLU }|B",
    "const a = 3\nblock ^a(y: tensor) { y -> ReLU }|Dense(a)",
    "const a = 3\nblock B(^a: tensor) { a -> ReLU }|B -> Dense(a)",
    "block B(y: tensor) { y -> ReLU }|Dense(^B)",
    "block B(y: ^tensr) { y -> ReLU }|B",
    "block B(^) { x -> ReLU }|ReLU",
    "block B(y: tensor) { ^}|B",
    "block B(y: tensor) { y -> ReLU }\n^x|B",
};

/// Whole files.
constexpr const char *kFiles[] = {
    "model M(x: f32[3]) { x }\nmodel ^N(x: f32[3]) { x }\n",
    "model M(x: f32[^0x3]) { x -> ReLU }\n",
    "model M(x: ^f64[3]) { x -> ReLU }\n",
    "model M(x: f32[^]) { x -> ReLU }\n",
    "model M(x: f32^) { x -> ReLU }\n",
    "model M(x ^f32[3]) { x -> ReLU }\n",
    "model M(x: f32[^a]) { x -> ReLU }\n",
    "model M(x: f32[^3.5]) { x -> ReLU }\n",
    "model M(x: f32[^9223372036854775808]) { x -> ReLU }\n",
    "model M(x: f32[^4611686018427387904x4611686018427387904]) { x -> ReLU }\n",
    "model M(x: f32[^1x1x1x1x1x1x1x1x3]) { x -> ReLU }\n",
    "model M(x: f32[3], ^x: f32[3]) { x -> ReLU }\n",
    "model M(^Dense: f32[3]) { Dense -> ReLU }\n",
    "model M(x: f32[3]) { x -> ReLU(\n^}\n",
    "const a =\n^model M(x: f32[3]) { x -> ReLU }\n",
    "const a = 3\nmodel M(x: f32[3]) {\n  let ^a = x\n  a -> Dense(a)\n}\n",
    "model M(^) { x -> ReLU }\n",
    "model ^(x: f32[3]) { x -> ReLU }\n",
    "model ^3(x: f32[3]) { x -> ReLU }\n",
    "model M(x: f32[3]) { ^}\n",
    "model M(x: f32[3]) ^x -> ReLU }\n",
    "model M(x: f32[3]) { x -> ReLU }\n^}\n",
    "^modl M(x: f32[3]) { x -> ReLU }\n",
    "^x -> ReLU\nmodel M(x: f32[3]) { x -> ReLU }\n",
};

/// Behind `model M(x: f32[8]) { x -> Dense(4) }` on the line above.
constexpr const char *kTrainSections[] = {
    "^train { optimizer = SGD }",
    "^train { loss = MeanSquaredError }",
    "^train { }",
    "train { optimizer = SGD\n  loss = MeanSquaredError\n  ^los = Huber }",
    "train { optimizer = SGD\n  loss = MeanSquaredError\n  ^qwertz = 3 }",
    "train { optimizer = SGD\n  loss = MeanSquaredError\n  epochs = 2\n  ^epochs = 3 }",
    "train { optimizer = SGD\n  loss = MeanSquaredError }\n^train { optimizer = SGD\n  loss = Huber }",
    "train { optimizer = ^Dense(3)\n  loss = MeanSquaredError }",
    "train { optimizer = Adam(clipnorm=1.0, global_clipnorm=^1.0)\n  loss = MeanSquaredError }",
    "train { optimizer = SGD(PiecewiseConstantDecay([1, 2], ^[0.1, 0.2]))\n  loss = MeanSquaredError }",
    "train { optimizer = SGD(PiecewiseConstantDecay([2, ^1], [0.1, 0.2, 0.3]))\n  loss = MeanSquaredError }",
    "train { optimizer = SGD(CosineDecay(0.1, 10))\n  loss = MeanSquaredError\n  callbacks = [^ReduceLROnPlateau] }",
    "train { optimizer = SGD\n  loss ^MeanSquaredError }",
    "train { optimizer = SGD\n  loss = ^}",
    "train { optimizer = SGD\n  loss = MeanSquaredError\n  data = ^\"npz:a.npz }",
    "train ^optimizer = SGD }",
};

} // namespace

std::vector<Wrong> sweep::wrongTexts() {
  std::vector<Wrong> wrongs;
  for (std::string body : kBodies)
    wrongs.push_back({"model M(x: f32[8x8x3]) {\n  " + body + "\n}\n"});
  for (std::string declaration : kDeclarations) {
    const size_t bar = declaration.find('|');
    wrongs.push_back({declaration.substr(0, bar) + "\nmodel M(x: f32[8]) {\n  x -> " + declaration.substr(bar + 1) + "\n}\n"});
  }
  for (std::string file : kFiles)
    wrongs.push_back({file});
  for (std::string train : kTrainSections)
    wrongs.push_back({"model M(x: f32[8]) { x -> Dense(4) }\n" + train + "\n"});
  return wrongs;
}
