// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestSource.h"

#include "nncc/Frontend/Dump.h"

#include "gtest/gtest.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

std::string tokensOf(llvm::StringRef text) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  std::string result;
  llvm::raw_string_ostream stream(result);
  dumpTokens(*file, tokens, stream);
  diagnostics.print(stream);
  return result;
}

std::string firstError(llvm::StringRef text) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  lex(*file, diagnostics);
  if (diagnostics.errorCount() != 1)
    return std::to_string(diagnostics.errorCount()) + " errors";
  return diagnostics.sorted().front().text;
}

/// "line:column: text" of every error.
std::string errorsOf(llvm::StringRef text) {
  auto file = std::make_shared<SourceFile>("m.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  lex(*file, diagnostics);
  std::string result;
  for (const Diagnostic &diagnostic : diagnostics.sorted())
    result += llvm::StringRef(file->describe(diagnostic.where.begin)).drop_front(5).str() + ": " + diagnostic.text + "\n";
  return result;
}

TEST(Lexer, KindsAndPositions) {
  EXPECT_EQ(tokensOf("let a_1 = x -> Conv2D(32, 3x3)\n\t# words\n\t-1.5e3"), "1:1 'let'\n"
                                                                           "1:5 identifier a_1\n"
                                                                           "1:9 '='\n"
                                                                           "1:11 identifier x\n"
                                                                           "1:13 '->'\n"
                                                                           "1:16 identifier Conv2D\n"
                                                                           "1:22 '('\n"
                                                                           "1:23 integer 32\n"
                                                                           "1:25 ','\n"
                                                                           "1:27 dimensions 3x3\n"
                                                                           "1:30 ')'\n"
                                                                           "3:2 '-'\n"
                                                                           "3:3 float 1.5e3\n"
                                                                           "3:8 end of file\n");
}

TEST(Lexer, ColumnsCountCharacters) {
  EXPECT_EQ(tokensOf("\"\xC3\xA4\xE2\x82\xAC\" x"), "1:1 string \"\xC3\xA4\xE2\x82\xAC\"\n1:6 identifier x\n1:7 end of file\n");
}

TEST(Lexer, ByteOrderMarkIsSkipped) { EXPECT_EQ(tokensOf("\xEF\xBB\xBFx"), "1:1 identifier x\n1:2 end of file\n"); }

TEST(Lexer, NumbersNextToOperators) {
  EXPECT_EQ(tokensOf("1e-3-2"), "1:1 float 1e-3\n1:5 '-'\n1:6 integer 2\n1:7 end of file\n");
  EXPECT_EQ(tokensOf("3x3->x"), "1:1 dimensions 3x3\n1:4 '->'\n1:6 identifier x\n1:7 end of file\n");
}

TEST(Lexer, MalformedNumbers) {
  EXPECT_EQ(firstError(".5"), "a float starts with a digit: write 0.5 instead of .5");
  EXPECT_EQ(firstError("5."), "a float has digits behind its point: write 5.0 instead of 5.");
  EXPECT_EQ(firstError("3x"), "'3x' is not a list of extents like 3x3: a number is missing beside an 'x'");
  EXPECT_EQ(firstError("3xx3"), "'3xx3' is not a list of extents like 3x3: a number is missing beside an 'x'");
  EXPECT_EQ(firstError("12abc"), "'12abc' is neither a number nor dimensions");
  EXPECT_EQ(firstError("1e"), "'1e' is neither a number nor dimensions");
  EXPECT_EQ(firstError("1.2.3"), "'1.2.3' is neither a number nor dimensions");
  EXPECT_EQ(firstError("1e999"), "the float 1e999 is too large");
  EXPECT_EQ(firstError("9223372036854775808"), "the integer 9223372036854775808 does not fit 63 bits");
  EXPECT_EQ(firstError("3x9223372036854775808"), "the extent 9223372036854775808 does not fit 63 bits");
  EXPECT_EQ(tokensOf("9223372036854775807"), "1:1 integer 9223372036854775807\n1:20 end of file\n");
}

TEST(Lexer, Strings) {
  auto file = std::make_shared<SourceFile>("m.nn", R"("a\"\\\n\tb")");
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  ASSERT_EQ(tokens.strings.size(), 1u);
  EXPECT_EQ(tokens.strings[0], "a\"\\\n\tb");
  EXPECT_EQ(firstError("\"abc\nx"), "the string does not end on its line: a closing '\"' is missing");
  EXPECT_EQ(firstError("\"abc"), "the string does not end on its line: a closing '\"' is missing");
  // The one that lacks its end, not the one that begins where it should be.
  EXPECT_EQ(errorsOf("f(a=\"conv, b=\"same\", 3)"),
            "1:5: the string does not end on its line: a closing '\"' is missing\n");
  EXPECT_EQ(errorsOf("a = \"x\" \"y"), "1:9: the string does not end on its line: a closing '\"' is missing\n");
  EXPECT_EQ(firstError("\"abc\\"), "the string does not end on its line: a closing '\"' is missing");
  EXPECT_EQ(firstError("\"a\\q\""), "the escape '\\q' is unknown; a string knows \\\" \\\\ \\n and \\t");
  EXPECT_EQ(firstError("'abc'"), "a string stands in double quotes: \"...\"");
}

TEST(Lexer, WordsHaveALimit) {
  EXPECT_EQ(firstError(std::string(1000, 'a')), "0 errors");
  EXPECT_EQ(firstError(std::string(1001, 'a')), "a name of 1001 characters; at most 1000 are supported");
  EXPECT_EQ(firstError(std::string(2000, '1')), "a number of 2000 characters; at most 1000 are supported");
  EXPECT_EQ(firstError("\"" + std::string(10'000, 'a') + "\""), "a string of 10002 characters; at most 10000 are supported");
}

TEST(Lexer, OtherLanguagesHabits) {
  EXPECT_EQ(firstError("x => y"), "write '->' instead of '=>'");
  EXPECT_EQ(firstError("x // y > z"), "'//' has no meaning here; a comment starts with '#'");
  EXPECT_EQ(firstError("x /* y\n ; */ z"), "'/*' has no meaning here; a comment starts with '#'");
  EXPECT_EQ(headsOf(modelOf("x => Flatten -> Dense(3)")), "2:3: write '->' instead of '=>'\n");
  EXPECT_EQ(headsOf("// words\n" + modelOf("// more\nx -> ReLU // words\n")),
            "1:1: '//' has no meaning here; a comment starts with '#'\n"
            "3:1: '//' has no meaning here; a comment starts with '#'\n"
            "4:11: '//' has no meaning here; a comment starts with '#'\n");
}

TEST(Lexer, BadCharacters) {
  EXPECT_EQ(firstError("a ; b"), "the character ';' has no meaning here");
  EXPECT_EQ(firstError(llvm::StringRef("a\0b", 3)), "the invisible character U+0000 is not allowed");
  EXPECT_EQ(firstError(llvm::StringRef("# a\0b", 5)), "the invisible character U+0000 is not allowed");
  EXPECT_EQ(firstError("\"\x1B[31m\""), "the invisible character U+001B is not allowed");
  EXPECT_EQ(firstError("\"\xC2\x9B\""), "the invisible character U+009B is not allowed");
  EXPECT_EQ(firstError("# \u202E"), "the invisible character U+202E is not allowed");
  EXPECT_EQ(errorsOf("a \x7F b"), "1:3: the invisible character U+007F is not allowed\n"); // once
  EXPECT_EQ(firstError("# \xFF"), "the byte 0xFF is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(firstError("\"\xC0\x80\""), "the byte 0xC0 is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(firstError("\"\xED\xA0\x80\""), "the byte 0xED is not valid UTF-8; save the file as UTF-8");
}

TEST(Lexer, BinaryFileStopsEarly) {
  const std::string zeros(1000, '\0');
  auto file = std::make_shared<SourceFile>("m.nn", zeros);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  lex(*file, diagnostics);
  EXPECT_EQ(diagnostics.errorCount(), 21u);
  EXPECT_EQ(diagnostics.sorted().back().text, "too many invalid characters; is this a text file?");
}

TEST(Lexer, SourceLimit) {
  const std::string big((16 << 20) + 1, ' ');
  EXPECT_EQ(messagesOf(big).substr(0, 40), "m.nn: error: the source has 16777217 byt");
}

} // namespace
