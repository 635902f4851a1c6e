// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole front end on texts that are nearly right: a model of the sweep, or one with a mistake, and changes of its tokens. The first
// three bytes choose the model, each five behind them a change.
#include "FrontEnd.h"

#include "Sweep/IllegalGenerator.h"
#include "Sweep/ModelGenerator.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Signature.h"

using namespace nncc;
using namespace nncc::fuzz;

namespace {

/// The input, byte by byte; zeros behind its end.
class Choices {
public:
  Choices(const uint8_t *data, size_t size) : data(data), size(size) {}
  bool isEmpty() const { return size == 0; }
  size_t byte() {
    if (size == 0)
      return 0;
    --size;
    return *data++;
  }
  size_t pair() {
    const size_t high = byte();
    return high << 8 | byte();
  }

private:
  const uint8_t *data;
  size_t size;
};

constexpr llvm::StringLiteral kNumbers[] = {
    "0", "1", "2", "3", "-1", "-0", "0.5", "1.0", "-0.5", "1e-320", "1e308", "1e309", "255", "256", "65536", "100000", "2147483647",
    "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "1x1", "0x1", "3x3x3", "9223372036854775807x2", "[]", "[0]",
    "[1, -1]", "[[1]]", "none", "true", "false", "1 / 3", "7 / 0", "(2 * 3)", "\"\"", "\"relu\"", "relu", "same", "channels_last"};
constexpr llvm::StringLiteral kMarks[] = {"(", ")", "{", "}", "[", "]", ",", ":", "=", "->", "+", "-", "*", "/", "let", "repeat 2", "repeat 0",
                                          "repeat 100000", "const", "block", "model", "train", "tensor", "f32", "name=", "#"};

/// Something to put at a token's place.
std::string piece(Choices &choices, llvm::StringRef text, const frontend::Tokens &tokens) {
  const size_t kind = choices.byte() % 5, which = choices.pair();
  switch (kind) {
  case 0: return kNumbers[which % std::size(kNumbers)].str();
  case 1: return kMarks[which % std::size(kMarks)].str();
  case 2: return frontend::layerNames()[which % frontend::layerNames().size()].str();
  case 3: return frontend::enumerationNames()[which % frontend::enumerationNames().size()].str();
  default: {
    const SourceRange where = tokens.list[which % tokens.list.size()].where;
    return text.slice(where.begin, where.end).str();
  }
  }
}

void change(std::string &text, Choices &choices) {
  const SourceFile file("m.nn", text);
  Diagnostics diagnostics;
  const frontend::Tokens tokens = frontend::lex(file, diagnostics);
  const size_t kind = choices.byte() % 4;
  const SourceRange at = tokens.list[choices.byte() * tokens.list.size() / 256].where;
  const size_t length = at.end - at.begin;
  const std::string other = piece(choices, file.text(), tokens);
  switch (kind) {
  case 0: text.erase(at.begin, length); break;
  case 1: text.insert(at.begin, other + " "); break;
  case 2: text.replace(at.begin, length, other); break;
  default: text.replace(at.begin, length, file.text(at).str() + " " + other);
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Choices choices(data, size);
  const bool isLegal = choices.byte() % 4 != 0;
  const size_t seed = choices.pair();
  std::string text = isLegal ? sweep::generateModel(seed).text : sweep::generateIllegal(seed).text;
  const bool isChanged = !choices.isEmpty();
  for (int changes = 0; changes < 8 && !choices.isEmpty(); ++changes)
    change(text, choices);
  const bool isTaken = checkImport(text);
  expect(isChanged || isTaken == isLegal, "a legal model is refused, or an illegal one is taken");
  return 0;
}
