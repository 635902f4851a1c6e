// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Models with one mistake each: refused at once, with exactly one error, at the token that is to blame, which says what is wrong and what
// was expected. The same models each time; NNCC_SWEEP=N checks N models, NNCC_SWEEP_SEED the first one's seed.
#include "Sweep/IllegalGenerator.h"
#include "nncc/Frontend/ImportNN.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <chrono>

using namespace nncc;
using namespace nncc::sweep;

namespace {

/// Words of the compiler's insides.
constexpr const char *kInternal[] = {"mlir", "MLIR", "LLVM", "'nn.", "builtin", "operand", "attribute", "ssert"};
/// A message without a note says in one of these ways what would be right.
constexpr const char *kExpecting[] = {"expected", "takes",      "needs",      "fit",       "only",       "cannot",   "already",
                                      "twice",    "is a ",      "unknown",    "too large", "divi",       "is empty", "at most",
                                      "is not",   "is neither", "no meaning", "itself",    "arithmetic", "stands",   "larger than",
                                      "the model's output has", "missing", "write "};

class Illegal : public testing::Test {
protected:
  Illegal() {
    handler.emplace(&context, [&](mlir::Diagnostic &diagnostic) {
      internal += diagnostic.str() + "\n";
      return mlir::success();
    });
  }

  void check(const IllegalModel &model) {
    internal.clear();
    const auto begin = std::chrono::steady_clock::now();
    Diagnostics diagnostics;
    auto module = frontend::importModule(context, model.text, "m.nn", {}, diagnostics);
    EXPECT_TRUE(mlir::failed(module)) << "it is taken";
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    EXPECT_EQ(internal, "");

    std::string all;
    llvm::raw_string_ostream stream(all);
    diagnostics.print(stream);
    const std::vector<Diagnostic> found = diagnostics.sorted();
    ASSERT_EQ(found.size(), 1u) << all;
    const Diagnostic &error = found.front();
    EXPECT_EQ(error.severity, Severity::Error) << all;
    auto place = [&](size_t offset) {
      const LineColumn at = diagnostics.file()->position(offset);
      return std::to_string(at.line) + ":" + std::to_string(at.column);
    };
    EXPECT_EQ(place(error.where.begin), place(model.guilty)) << all;

    auto has = [&](llvm::StringRef word) { return llvm::StringRef(all).contains(word); };
    for (const char *word : kInternal)
      EXPECT_FALSE(llvm::StringRef(error.text).contains(word)) << all;
    EXPECT_TRUE(model.names.empty() || llvm::any_of(model.names, has)) << all;
    EXPECT_TRUE(!error.notes.empty() || llvm::any_of(kExpecting, [&](llvm::StringRef word) {
      return llvm::StringRef(error.text).contains(word);
    })) << all;
  }

  mlir::MLIRContext context;
  std::optional<mlir::ScopedDiagnosticHandler> handler;
  std::string internal;
};

} // namespace

TEST_F(Illegal, GivesOneLocatedError) {
  const uint64_t first = fromEnvironment("NNCC_SWEEP_SEED", 1), count = fromEnvironment("NNCC_SWEEP", 2 * illegalSites());
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const IllegalModel model = generateIllegal(seed);
    SCOPED_TRACE("NNCC_SWEEP_SEED=" + std::to_string(seed) + "\n" + model.text);
    check(model);
  }
}

TEST_F(Illegal, ListsGiveOneLocatedError) {
  Draw draw(1);
  std::vector<Wrong> all = wrongTexts();
  llvm::append_range(all, wrongShapes(draw));
  for (Wrong &wrong : all) {
    const size_t guilty = wrong.text.find('^');
    SCOPED_TRACE(wrong.text);
    wrong.text.erase(guilty, 1);
    check({wrong.text, guilty, wrong.names});
  }
}

TEST(IllegalGenerator, IsTheSameForOneSeed) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_EQ(generateIllegal(seed).text, generateIllegal(seed).text);
}
