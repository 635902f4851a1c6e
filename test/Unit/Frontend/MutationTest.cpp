// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Damaged sources: whatever is done to a text, the front end ends, and says either an error or what the model is.

#include "TestSource.h"

#include "nncc/Frontend/Dump.h"
#include "nncc/Frontend/Formatter.h"

#include "gtest/gtest.h"

#include <random>

using namespace nncc;
using namespace nncc::frontend;

namespace {

constexpr llvm::StringLiteral kSource = R"(# A model with a bit of everything.
const classes = 2 * (3 + 2) / 1
const act = relu

block Tower(x: tensor, reduce, filters = 8, kernel = 3x3) {
  let y = x -> Conv2D(reduce, 1x1, padding=same, activation=act, kernel_initializer=RandomNormal(stddev=0.01))
  y -> Conv2D(filters, kernel, padding=same, name="deep")
}
model M(image: f32[16x16x3], other: f32[12]) {
  let a = image -> Tower(4) -> repeat 2 { BatchNormalization(axis=[-1]) -> ReLU } -> MaxPool2D(2x2, strides=[2, 2])
  let b = (other -> Dense(48) -> Reshape([4, 4, -1])) -> UpSampling2D
  [a -> Flatten, b -> Flatten, other] -> Concatenate(axis=-1) -> Dropout(0.5) -> Dense(classes, activation=softmax)
}
train {
  optimizer = Adam(learning_rate=0.01, beta_1=0.8)
  loss = SparseCategoricalCrossentropy(from_logits=false)
  metrics = [Accuracy,]
  batch_size = full
  data = "npz:a\"b\\.npz"
}
)";

void check(llvm::StringRef text) {
  TestSource source(text);
  ASSERT_EQ(source.model.has_value(), !source.diagnostics.hasErrors()) << text.str();
  source.messages();
  Diagnostics diagnostics;
  format(std::make_shared<SourceFile>("m.nn", text), diagnostics);
}

TEST(Mutations, Prefixes) {
  for (size_t length = 0; length < kSource.size(); ++length)
    check(kSource.take_front(length));
}

TEST(Mutations, TokensDroppedDoubledAndSwapped) {
  auto file = std::make_shared<SourceFile>("m.nn", kSource);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  std::mt19937 random(7);
  auto any = [&] { return tokens.list[random() % (tokens.list.size() - 1)].where; };
  for (int round = 0; round < 3000; ++round) {
    std::string text = kSource.str();
    const SourceRange at = any(), other = any();
    const std::string piece = file->text(other).str() + " ";
    switch (random() % 3) {
    case 0: text.erase(at.begin, at.end - at.begin); break;
    case 1: text.insert(at.begin, piece); break;
    default: text.replace(at.begin, at.end - at.begin, piece);
    }
    check(text);
  }
}

std::string treeOf(llvm::StringRef text) {
  TestSource source(text);
  std::string result;
  llvm::raw_string_ostream stream(result);
  dumpAST(*source.file, source.tree, stream, /*positions=*/false);
  return result;
}

// Whatever white space and comments stand between the tokens, formatting keeps the tree and the comments and is stable.
TEST(Mutations, FormattingOfAnyLayout) {
  auto file = std::make_shared<SourceFile>("m.nn", kSource);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  const std::string tree = treeOf(kSource);
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    std::string text;
    for (const Token &token : tokens.list) {
      static constexpr llvm::StringLiteral gaps[] = {" ", " ", " ", " ", "\n", "\n\n", "  # c\n", "\n# c\n", "\n\n\n# c\n\n"};
      text += file->text(token.where).str() + gaps[random() % (4 + random() % 6)].str();
    }
    Diagnostics problems;
    std::optional<std::string> once = format(std::make_shared<SourceFile>("m.nn", text), problems);
    ASSERT_TRUE(once.has_value()) << text;
    ASSERT_EQ(treeOf(*once), tree) << text << "\n" << *once;
    ASSERT_EQ(llvm::StringRef(*once).count('#'), llvm::StringRef(text).count('#')) << text << "\n" << *once;
    std::optional<std::string> twice = format(std::make_shared<SourceFile>("m.nn", *once), problems);
    ASSERT_EQ(twice.value_or("<error>"), *once) << text;
  }
}

TEST(Mutations, BytesReplaced) {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string text = kSource.str();
    for (unsigned i = 0; i < 1 + random() % 4; ++i)
      text[random() % text.size()] = static_cast<char>(random() % 3 ? "(){}[],=->x3\"#\n\\."[random() % 17] : random());
    check(text);
  }
}

} // namespace
