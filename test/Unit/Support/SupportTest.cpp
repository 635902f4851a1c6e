// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Support/CheckedMath.h"
#include "nncc/Support/Diagnostics.h"
#include "nncc/Support/NearestName.h"
#include "nncc/Support/PrintableText.h"
#include "nncc/Support/SnakeCase.h"

#include "gtest/gtest.h"

using namespace nncc;

namespace {

std::string printed(const Diagnostics &diagnostics) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  diagnostics.print(stream);
  return text;
}

TEST(CheckedMath, NeverWraps) {
  EXPECT_EQ(checkedAdd(INT64_MAX, 0), INT64_MAX);
  EXPECT_EQ(checkedAdd(INT64_MAX, 1), std::nullopt);
  EXPECT_EQ(checkedSubtract(INT64_MIN, 1), std::nullopt);
  EXPECT_EQ(checkedMultiply(int64_t(1) << 32, int64_t(1) << 31), std::nullopt);
  EXPECT_EQ(checkedProduct(std::initializer_list<int64_t>{}), 1);
  EXPECT_EQ(checkedProduct(std::initializer_list<int64_t>{2, 3, 4}), 24);
  EXPECT_EQ(checkedProduct(std::initializer_list<int64_t>{INT64_MAX, 2}), std::nullopt);
}

TEST(NearestName, OffersWhatIsNear) {
  const llvm::StringRef names[] = {"Conv1D", "Conv2D", "Conv3D", "Dense", "MaxPooling2D", "kernel_size", "x"};
  EXPECT_EQ(nearestName("Conv2d", names), "Conv2D");
  EXPECT_EQ(nearestName("conv2d", names), "Conv2D");
  EXPECT_EQ(nearestName("Dence", names), "Dense");
  EXPECT_EQ(nearestName("kernelsize", names), "kernel_size");
  EXPECT_EQ(nearestName("max_pooling2d", names), "MaxPooling2D");
  EXPECT_EQ(nearestName("Banana", names), "");
  EXPECT_EQ(nearestName("y", names), "");
}

TEST(SourceFile, Positions) {
  const SourceFile file("a.nn", "ab\n\tc\xC3\xA4" "d\r\n\xFFz");
  EXPECT_EQ(file.describe(0), "a.nn:1:1");
  EXPECT_EQ(file.describe(2), "a.nn:1:3");
  EXPECT_EQ(file.describe(3), "a.nn:2:1");
  EXPECT_EQ(file.describe(7), "a.nn:2:4");
  EXPECT_EQ(file.describe(11), "a.nn:3:2");
  EXPECT_EQ(file.lineAt(4), "\tc\xC3\xA4" "d");
}

TEST(Diagnostics, CaretRepeatsTabs) {
  Diagnostics diagnostics;
  diagnostics.setSource(std::make_shared<SourceFile>("a.nn", "a\tb\xC3\xA4\tfoo x"));
  diagnostics.error({6, 9}, "what").note("why").note("the other stands", {0, 1});
  diagnostics.warning({0, 1}, "first");
  EXPECT_EQ(printed(diagnostics), "a.nn:1:1: warning: first\n"
                                  "a\tb\xC3\xA4\tfoo x\n"
                                  "^\n"
                                  "a.nn:1:6: error: what\n"
                                  "a\tb\xC3\xA4\tfoo x\n"
                                  " \t  \t^~~\n"
                                  "note: why\n"
                                  "note: the other stands at a.nn:1:1\n");
}

TEST(Diagnostics, LongLinesAreCut) {
  Diagnostics diagnostics;
  const std::string line = std::string(5000, 'a') + "bad" + std::string(5000, 'a');
  diagnostics.setSource(std::make_shared<SourceFile>("a.nn", line));
  diagnostics.error({5000, 5003}, "long");
  const std::string text = printed(diagnostics);
  EXPECT_LT(text.size(), 700u);
  EXPECT_NE(text.find("aabadaa"), std::string::npos);
  EXPECT_NE(text.find(" ^~~\n"), std::string::npos);
}

TEST(Diagnostics, NothingReachesTheTerminalButText) {
  Diagnostics diagnostics;
  diagnostics.setSource(std::make_shared<SourceFile>("\x1B[2Ja.nn", "\ta\x1B[31m = \xFF\xE4\xBA\xAC"));
  diagnostics.error({10, 11}, "found '\x1B[31m\n'").note("or \x07");
  EXPECT_EQ(printed(diagnostics), "\\x1B[2Ja.nn:1:11: error: found '\\x1B[31m\\n'\n"
                                  "\ta\\x1B[31m = \\xFF\xE4\xBA\xAC\n"
                                  "\t            ^~~~\n"
                                  "note: or \\x07\n");
}

TEST(Diagnostics, OfMillionsTheFirstAreKept) {
  Diagnostics diagnostics;
  diagnostics.setSource(std::make_shared<SourceFile>("a.nn", "x"));
  for (int i = 0; i < 1'000'000; ++i)
    diagnostics.error({0, 1}, "e").note("n");
  EXPECT_EQ(diagnostics.errorCount(), 1'000'000u);
  EXPECT_EQ(diagnostics.sorted().size(), 10'000u);
  EXPECT_TRUE(llvm::StringRef(printed(diagnostics)).ends_with("\nnncc: 999500 more messages are not shown\n"));
}

TEST(Diagnostics, LongTextsAreCut) {
  Diagnostics diagnostics;
  diagnostics.error({0, 1}, std::string(1'000'000, 'a')).note(std::string(1'000'000, 'b'));
  diagnostics.setSource(std::make_shared<SourceFile>("a.nn", "x"));
  EXPECT_LT(printed(diagnostics).size(), 5'000u);
}

TEST(PrintableText, EscapesWhatTerminalsObey) {
  EXPECT_EQ(printable("a \"\\ \u00E4\u4EAC\U0001F600"), "a \"\\ \u00E4\u4EAC\U0001F600");
  EXPECT_EQ(printable("\x1B[31m\x7F\n\t\r"), "\\x1B[31m\\x7F\\n\\t\\r");
  EXPECT_EQ(printable(llvm::StringRef("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B" "31m \u202E \u2066 \uFEFF"), "\\u{9B}31m \\u{202E} \\u{2066} \\u{FEFF}");
  EXPECT_EQ(printable("\xFF\xC0\x80\xE4"), "\\xFF\\xC0\\x80\\xE4"); // no UTF-8
  EXPECT_EQ(printableLines("a\n\tb\x1B\r"), "a\n\tb\\x1B\\r");
}

TEST(Diagnostics, ExitStatus) {
  Diagnostics diagnostics;
  diagnostics.setSource(std::make_shared<SourceFile>("a.nn", "x"));
  diagnostics.warning({0, 1}, "w");
  EXPECT_EQ(diagnostics.exitStatus(), 0);
  diagnostics.error({0, 1}, "e");
  EXPECT_EQ(diagnostics.exitStatus(), 1);
  diagnostics.usageError("u");
  EXPECT_EQ(diagnostics.exitStatus(), 2);
  EXPECT_EQ(printed(diagnostics).substr(0, 14), "nncc: error: u");
}

TEST(SnakeCase, IsKeras) {
  for (auto [name, snake] :
       {std::pair("Conv2D", "conv2d"), std::pair("Conv2DTranspose", "conv2d_transpose"), std::pair("ReLU", "re_lu"),
        std::pair("LeakyReLU", "leaky_re_lu"), std::pair("PReLU", "p_re_lu"), std::pair("ELU", "elu"),
        std::pair("GlobalAveragePooling2D", "global_average_pooling2d"), std::pair("UpSampling1D", "up_sampling1d"),
        std::pair("BatchNormalization", "batch_normalization"), std::pair("SpatialDropout3D", "spatial_dropout3d")})
    EXPECT_EQ(snakeCase(name), snake);
}

} // namespace
