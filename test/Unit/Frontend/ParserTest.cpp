// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestSource.h"

#include "nncc/Frontend/Dump.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

/// The tree without positions, then the messages of the parser alone.
std::string treeOf(llvm::StringRef text) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  const ast::File tree = parse(*file, tokens, diagnostics);
  std::string result;
  llvm::raw_string_ostream stream(result);
  dumpAST(*file, tree, stream, /*positions=*/false);
  return result;
}

/// "line:column: text" of the parser's errors.
std::string errorsOf(llvm::StringRef text) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  parse(*file, tokens, diagnostics);
  std::string result;
  for (const Diagnostic &diagnostic : diagnostics.sorted()) {
    const LineColumn at = file->position(diagnostic.where.begin);
    result += std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + diagnostic.text + "\n";
  }
  return result;
}

TEST(Parser, WholeGrammar) {
  EXPECT_EQ(treeOf(R"(
const n = 2 + 3 * -4
block B(x: tensor, y: tensor, f, k = 3x3,) { [x, y] -> Add -> Conv2D(f, kernel_size=k,) }
model M(a: f32[8x8x3], b: f32[5]) {
  let t = (a -> Flatten()) -> repeat n { Dense(4) -> ReLU }
  [t, b -> Dense(4),] -> Concatenate
}
train {
  optimizer = Adam(learning_rate=0.5)
  loss = MeanSquaredError
  metrics = [Accuracy]
  data = "a\"b"
  shuffle = true
  batch_size = full
  seed = (1 + 2) / 3
  validation_data = none
}
)"),
            R"(const n
  arithmetic
    2
    +
      arithmetic
        3
        *
          negate
            4
block B
  tensor x
  tensor y
  parameter f
  parameter k
    3x3
  result
    list
      pipeline
        source x
      pipeline
        source y
    stage Add
    stage Conv2D
      name f
      argument kernel_size
        name k
model M
  input a: f32[8x8x3]
  input b: f32[5]
  let t
    source a
    stage Flatten
    repeat
      name n
      stage Dense
        4
      stage ReLU
  result
    list
      pipeline
        source t
      pipeline
        source b
        stage Dense
          4
    stage Concatenate
train
  setting optimizer
    call Adam
      argument learning_rate
        0.5
  setting loss
    name MeanSquaredError
  setting metrics
    values
      name Accuracy
  setting data
    "a\"b"
  setting shuffle
    true
  setting batch_size
    name full
  setting seed
    arithmetic
      arithmetic
        1
        +
          2
      /
        3
  setting validation_data
    none
)");
}

TEST(Parser, OneErrorForOneMistake) {
  // An unclosed list of arguments ends at the next arrow or brace.
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense(3 -> ReLU }"), "1:35: expected ',' or ')', found '->'\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense(3 }"), "1:35: expected ',' or ')', found '}'\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense(3 4) -> ReLU }"), "1:35: expected ',' or ')', found '4'\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense(3; 4) -> ReLU }"), "1:34: the character ';' has no meaning here\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense(.5) -> ReLU }"),
            "1:33: a float starts with a digit: write 0.5 instead of .5\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense(a=1, 3) }"), "1:38: a positional argument stands behind a named one\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> Dense((1, 2), [3 4], f(5 6), 7 8) -> ReLU }"),
            "1:35: expected ')', found ','\n1:44: expected ',' or ']', found '4'\n1:52: expected ',' or ')', found '6'\n"
            "1:58: expected ',' or ')', found '8'\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> }"), "1:27: expected a layer, a block or 'repeat' behind '->', found '}'\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { -> Dense(3) }"),
            "1:22: expected a tensor: a name, a list [a, b] or a pipeline in parentheses, found '->'\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x -> [Dense] -> ReLU }"),
            "1:27: expected a layer, a block or 'repeat' behind '->', found '['\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { [x, -> ReLU] -> Add }"),
            "1:26: expected a tensor: a name, a list [a, b] or a pipeline in parentheses, found '->'\n");
}

TEST(Parser, RecoversAtStatements) {
  EXPECT_EQ(errorsOf(R"(model M(x: f32[3]) {
  let a = x -> -> Dense(1)
  let = x
  let b x -> Dense(1)
  let c = x -> repeat { ReLU }
  let d = x -> repeat 2 { -> ReLU }
  let e = [x, x
  let f = x -> Dense(1) Dense(2)
  x -> Dense(1)
}
train { optimizer Adam
  loss =
  epochs = 3 }
)"),
            "2:16: expected a layer, a block or 'repeat' behind '->', found '->'\n"
            "3:7: expected a name behind 'let', found '='\n"
            "4:9: expected '=' behind the name, found 'x'\n"
            "5:23: expected a value, found '{'\n"
            "6:27: expected a layer, a block or 'repeat', found '->'\n"
            "8:3: expected ',', '->' or ']', found the keyword 'let'\n"
            "8:25: 'Dense' is a layer, not a tensor\n"
            "11:19: expected '=' behind the setting's name, found 'Adam'\n"
            "13:3: expected a value for 'loss', found 'epochs'\n");
}

TEST(Parser, RecoversAtDeclarations) {
  EXPECT_EQ(errorsOf("const = 3\n"
                     "const a 3\n"
                     "const model = 3\n"
                     "block B { x }\n"
                     "block C(f) { x }\n"
                     "block D(f, x: tensor) { x }\n"
                     "block E(x: f32) { x }\n"
                     "model M(x: f32) { x }\n"
                     "model N(x: f32[3]) { x }\n"
                     "stray\n"
                     "train x\n"),
            "1:7: expected a name behind 'const', found '='\n"
            "2:9: expected '=' and the constant's value, found '3'\n"
            "3:7: expected a name behind 'const', found the keyword 'model'\n"
            "4:9: expected '(' and the block's parameters, found '{'\n"
            "5:9: the first parameter of a block is a tensor\n"
            "6:9: the first parameter of a block is a tensor\n"
            "6:12: a tensor parameter stands behind others\n"
            "7:12: expected 'tensor', found 'f32'\n"
            "8:15: expected '[' and the shape of a sample, found ')'\n"
            "10:1: expected a declaration: 'const', 'block', 'model' or 'train', found 'stray'\n"
            "11:7: expected '{' behind 'train', found 'x'\n");
}

TEST(Parser, EndOfFileIsShownBehindTheLastToken) {
  EXPECT_EQ(messagesOf("model M(x: f32[3]) {\n  x -> Dense(3)\n\n\n"),
            "m.nn:2:16: error: expected '}' to end the body of model 'M', found the end of the file\n"
            "  x -> Dense(3)\n"
            "               ^\n"
            "note: the '{' stands at m.nn:1:20\n");
}

TEST(Parser, BodiesNeedOneResult) {
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { }"), "1:22: the body of model 'M' has no result\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { let a = x }"), "1:32: the body of model 'M' has no result\n");
  EXPECT_EQ(errorsOf("model M(x: f32[3]) { x let a = x }"), "1:24: a 'let' stands behind the result\n");
}

TEST(Parser, NestingLimit) {
  auto nested = [](int count) {
    return "model M(x: f32[3]) { " + std::string(count, '(') + "x" + std::string(count, ')') + " }";
  };
  EXPECT_EQ(errorsOf(nested(256)), "");
  EXPECT_EQ(headsOf(nested(256)), "");
  EXPECT_EQ(errorsOf(nested(257)), "1:278: nested more than 256 deep\n");
  EXPECT_EQ(errorsOf(nested(300)), "1:278: nested more than 256 deep\n");
  EXPECT_EQ(errorsOf("const a = " + std::string(100000, '-') + "1"), "1:267: nested more than 256 deep\n");
  EXPECT_EQ(errorsOf("const a = " + std::string(100000, '[')), "1:267: nested more than 256 deep\n");
}

TEST(Parser, SingleValues) {
  Diagnostics diagnostics;
  auto parseText = [&](llvm::StringRef text) {
    auto file = std::make_shared<SourceFile>("-D", text);
    diagnostics.setSource(file);
    const Tokens tokens = lex(*file, diagnostics);
    return parseValue(*file, tokens, diagnostics).has_value();
  };
  EXPECT_TRUE(parseText("3x3"));
  EXPECT_TRUE(parseText("2 * n"));
  EXPECT_FALSE(parseText(""));
  EXPECT_FALSE(parseText("1 2"));
  EXPECT_FALSE(parseText("1 +"));
}

} // namespace
