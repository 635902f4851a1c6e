// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Forms of arguments that tables know, whether or not a layer that takes them is built.

#include "../../../lib/Frontend/Binding.h"
#include "../../../lib/Frontend/Evaluator.h"
#include "TestSource.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct NoNames : NameScope {
  std::optional<Value> lookUp(llvm::StringRef, SourceRange) const override { return std::nullopt; }
  std::vector<llvm::StringRef> names() const override { return {}; }
};

/// The value as a pair argument of a layer with so many axes, or the error.
std::string pairsOf(llvm::StringRef text, unsigned rank) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  Reporter reporter(diagnostics);
  const Tokens tokens = lex(*file, diagnostics);
  const std::optional<ast::Value> tree = parseValue(*file, tokens, diagnostics);
  const NoNames scope;
  const ArgumentSpec spec = {.name = "padding", .kind = ArgumentKind::Pairs};
  const std::optional<Value> value =
      convert(spec, evaluate(*tree, scope, reporter), {"ZeroPadding", {0, 0}, scope, rank}, reporter);
  return value ? describe(*value) : diagnostics.sorted().front().text;
}

TEST(Conversion, Pairs) {
  EXPECT_EQ(pairsOf("2", 1), "[[2, 2]]");
  EXPECT_EQ(pairsOf("[1, 2]", 1), "[[1, 2]]");
  EXPECT_EQ(pairsOf("1x2", 1), "[1x2]");
  EXPECT_EQ(pairsOf("[[1, 2]]", 1), "[[1, 2]]");
  EXPECT_EQ(pairsOf("3", 2), "[[3, 3], [3, 3]]");
  EXPECT_EQ(pairsOf("[1, 2]", 2), "[[1, 1], [2, 2]]");
  EXPECT_EQ(pairsOf("[[1, 2], [0, 3]]", 2), "[[1, 2], [0, 3]]");
  EXPECT_EQ(pairsOf("-1", 1), "expected an integer >= 0 or a pair of them, as [1, 2], for 'padding' of ZeroPadding, found -1");
  EXPECT_EQ(pairsOf("[1, 2, 3]", 2), "expected an integer >= 0, 2 of them, or a pair of them for each of 2 axes, as [[1, 2], "
                                     "[0, 3]], for 'padding' of ZeroPadding, found [1, 2, 3]");
  EXPECT_EQ(pairsOf("[[1, 2], 1.5]", 2), "expected an integer >= 0 or a pair of them for 'padding' of ZeroPadding, found 1.5");
}

} // namespace
