// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Frontend/Dump.h"
#include "nncc/Frontend/Formatter.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

std::string treeOf(llvm::StringRef text) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  std::string result;
  llvm::raw_string_ostream stream(result);
  dumpAST(*file, parse(*file, tokens, diagnostics), stream, /*positions=*/false);
  return result;
}

/// The canonical layout; also checks that it is its own and that the tree and the comments are kept.
std::string formatted(llvm::StringRef text) {
  Diagnostics diagnostics;
  std::optional<std::string> once = format(std::make_shared<SourceFile>("m.nn", text), diagnostics);
  if (!once)
    return "<error>";
  std::optional<std::string> twice = format(std::make_shared<SourceFile>("m.nn", *once), diagnostics);
  EXPECT_TRUE(twice.has_value());
  EXPECT_EQ(twice.value_or("<error>"), *once);
  EXPECT_EQ(treeOf(*once), treeOf(text));
  EXPECT_EQ(llvm::StringRef(*once).count('#'), text.count('#'));
  return *once;
}

// The examples of the language's description are canonical.
constexpr llvm::StringLiteral kInception = R"(# inception.nn - one inception module on 32x32 colour images
const classes = 10

block Tower(x: tensor, reduce, filters, kernel = 3x3) {
  x -> Conv2D(reduce, 1x1, padding=same, activation=relu)
    -> Conv2D(filters, kernel, padding=same, activation=relu)
}

model Inception(image: f32[32x32x3]) {
  let tower_1 = image -> Tower(16, 8)
  let tower_2 = image -> Tower(16, 8, kernel=5x5)
  let tower_3 = image -> MaxPool2D(3x3, strides=1, padding=same)
                      -> Conv2D(16, 1x1, padding=same, activation=relu)

  [tower_1, tower_2, tower_3] -> Concatenate -> Flatten -> Dense(classes, activation=softmax)
}

train {
  data       = "cifar10:data/cifar-10-batches-bin"
  optimizer  = Adam(learning_rate=0.001)
  loss       = SparseCategoricalCrossentropy
  metrics    = [Accuracy]
  batch_size = 32
  epochs     = 10
}
)";

TEST(Formatter, KeepsCanonicalText) { EXPECT_EQ(formatted(kInception), kInception); }

TEST(Formatter, SourceOnItsOwnLine) {
  constexpr llvm::StringLiteral text = R"(model M(image: f32[128x128x1]) {
  image
    -> Conv2D(32, 3x3, activation=relu)
    -> MaxPool2D(2x2)
    -> repeat 3 {
         Dense(4)
         -> ReLU
       }
    -> Flatten
}
)";
  EXPECT_EQ(formatted(text), text);
}

TEST(Formatter, NormalisesSpaceAndLayout) {
  EXPECT_EQ(formatted("const  a=1+2*-3\nconst b=[ 1,2 , ]\n\n\n\nmodel M ( x:f32[ 8x8x3 ] ){ let t=x->Flatten( )\n\n\n"
                      "[t,(x->Flatten)]->Add->Dense( a,use_bias=false )}train{optimizer=Adam loss=MeanSquaredError}"),
            "const a = 1 + 2 * -3\n"
            "const b = [1, 2]\n"
            "\n"
            "model M(x: f32[8x8x3]) {\n"
            "  let t = x -> Flatten\n"
            "\n"
            "  [t, (x -> Flatten)] -> Add -> Dense(a, use_bias=false)\n"
            "}\n"
            "\n"
            "train {\n"
            "  optimizer = Adam\n"
            "  loss      = MeanSquaredError\n"
            "}\n");
}

TEST(Formatter, BreaksLongPipelines) {
  EXPECT_EQ(formatted("model M(x: f32[8x8x3]) {\n"
                      "x -> Conv2D(32, 3x3, activation=relu, padding=same) -> Conv2D(32, 3x3, activation=relu, padding=same)"
                      " -> Flatten\n}"),
            "model M(x: f32[8x8x3]) {\n"
            "  x -> Conv2D(32, 3x3, activation=relu, padding=same)\n"
            "    -> Conv2D(32, 3x3, activation=relu, padding=same)\n"
            "    -> Flatten\n"
            "}\n");
}

TEST(Formatter, ListsOverSeveralLines) {
  constexpr llvm::StringLiteral text = R"(model M(x: f32[8x8x3]) {
  let both = [x -> Conv2D(32, 3x3, activation=relu, padding=same),  # one
              x -> Conv2D(32, 5x5, activation=relu, padding=same)] -> Concatenate -> Flatten

  [both -> Dense(1),
   both -> Dense(2)] -> Concatenate
                     -> Dense(3)
}
)";
  EXPECT_EQ(formatted(text), text);
  EXPECT_EQ(formatted("model M(x: f32[8x8x3]) { [x -> Conv2D(32, 3x3, activation=relu, padding=same), x -> Conv2D(32, 5x5, "
                      "activation=relu, padding=same)] -> Add }"),
            "model M(x: f32[8x8x3]) {\n"
            "  [x -> Conv2D(32, 3x3, activation=relu, padding=same),\n"
            "   x -> Conv2D(32, 5x5, activation=relu, padding=same)] -> Add\n"
            "}\n");
}

TEST(Formatter, KeepsComments) {
  EXPECT_EQ(formatted("# top\n\n# model\nmodel M(x: f32[8]) { # open\n   # before\n  let a = x # behind a\n"
                      "       -> Dense(3, # inside\n  activation=relu) # behind dense\n\n    # result\n\n"
                      "  a -> ReLU   # last\n   # end\n} # closed\n# bottom"),
            "# top\n"
            "\n"
            "# model\n"
            "model M(x: f32[8]) {  # open\n"
            "  # before\n"
            "  let a = x  # behind a\n"
            "    # inside\n"
            "    -> Dense(3, activation=relu)  # behind dense\n"
            "\n"
            "  # result\n"
            "\n"
            "  a -> ReLU  # last\n"
            "  # end\n"
            "}  # closed\n"
            "# bottom\n");
}

TEST(Formatter, KeepsNumbersAndStrings) {
  EXPECT_EQ(formatted("const a = 1e-7\nconst b = 0.001\nconst c = 1.0\nconst d = \"q\\\"\\\\\\n\\t\"\nconst e = 1e300\n"),
            "const a = 1e-7\nconst b = 0.001\nconst c = 1.0\nconst d = \"q\\\"\\\\\\n\\t\"\nconst e = 1e300\n");
}

TEST(Formatter, RefusesSyntaxErrors) {
  Diagnostics diagnostics;
  EXPECT_FALSE(format(std::make_shared<SourceFile>("m.nn", "model M("), diagnostics).has_value());
  EXPECT_TRUE(diagnostics.hasErrors());
}

} // namespace
