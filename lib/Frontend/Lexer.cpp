// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Text to tokens.

#include "nncc/Frontend/Lexer.h"

#include "nncc/Support/CheckedMath.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <optional>
#include <cstdlib>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_'; }

/// The code point of a character that an editor or a terminal does not show as what it is.
std::optional<uint32_t> hiddenCharacter(StringRef character) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(character[i])); };
  if (character.size() == 1)
    return (byte(0) < 0x20 && !StringRef("\t\n\v\f\r").contains(character[0])) || byte(0) == 0x7F
               ? std::optional(byte(0))
               : std::nullopt;
  if (character.size() == 2) // U+0080 to U+009F
    return byte(0) == 0xC2 && byte(1) < 0xA0 ? std::optional(byte(1)) : std::nullopt;
  if (character.size() == 3 && byte(0) == 0xE2) {
    const uint32_t code = 0x2000 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    if ((code >= 0x200E && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069))
      return code;
  }
  return std::nullopt;
}

class Lexer {
public:
  Lexer(const SourceFile &file, Diagnostics &diagnostics) : text(file.text()), diagnostics(diagnostics) {}

  Tokens run() {
    if (text.size() > kMaxSourceBytes) {
      diagnostics.fileError("the source has " + Twine(text.size()) + " bytes; the limit is 16 MiB (" +
                            Twine(kMaxSourceBytes) + " bytes)");
      push(TokenKind::EndOfFile, 0);
      return std::move(tokens);
    }
    if (text.starts_with("\xEF\xBB\xBF"))
      at = 3;
    if (!checkCharacters())
      at = text.size();
    while (at < text.size())
      lexOne();
    push(TokenKind::EndOfFile, text.size());
    return std::move(tokens);
  }

private:
  char peek(size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }

  SourceRange from(size_t begin) const { return {static_cast<uint32_t>(begin), static_cast<uint32_t>(at)}; }

  Token &push(TokenKind kind, size_t begin) {
    Token token;
    token.kind = kind;
    token.firstOnLine = newLine;
    token.where = {static_cast<uint32_t>(begin), static_cast<uint32_t>(std::max(begin, at))};
    newLine = false;
    tokens.list.push_back(token);
    return tokens.list.back();
  }

  void pushError(size_t begin, const Twine &message) {
    diagnostics.error(from(begin), message);
    push(TokenKind::Error, begin);
  }

  /// Invalid UTF-8 and what shows another text than there is are errors anywhere, also in comments and strings: control characters
  /// (which terminals obey) and those that turn the direction of writing (https://trojansource.codes). False where the text is no text at
  /// all.
  bool checkCharacters() {
    constexpr int kMostReported = 20;
    int reported = 0;
    for (size_t i = 0; i < text.size();) {
      const unsigned length = utf8Length(text.substr(i));
      const std::optional<uint32_t> hidden = length == 0 ? std::nullopt : hiddenCharacter(text.substr(i, length));
      if (length != 0 && !hidden) {
        i += length;
        continue;
      }
      const SourceRange where = {static_cast<uint32_t>(i), static_cast<uint32_t>(i + 1)};
      if (++reported > kMostReported) {
        diagnostics.error(where, "too many invalid characters; is this a text file?");
        return false;
      }
      if (hidden)
        diagnostics.error(where, "the invisible character U+" + llvm::utohexstr(*hidden, /*LowerCase=*/false, /*Width=*/4) +
                                     " is not allowed");
      else
        diagnostics.error(where, "the byte 0x" + Twine(llvm::utohexstr(static_cast<uint8_t>(text[i]))) +
                                     " is not valid UTF-8; save the file as UTF-8");
      // The rest of a broken sequence is the same mistake.
      ++i;
      while (i < text.size() && (static_cast<uint8_t>(text[i]) & 0xC0) == 0x80)
        ++i;
    }
    return true;
  }

  void lexOne() {
    const size_t begin = at;
    const char c = peek();
    switch (c) {
    case '\n':
      newLine = true;
      [[fallthrough]];
    case ' ':
    case '\t':
    case '\r':
    case '\f':
    case '\v':
      ++at;
      return;
    case '#':
      at = std::min(text.find('\n', at), text.size());
      tokens.comments.push_back({from(begin), newLine});
      return;
    case '"':
      return lexString();
    case '/':
      if (peek(1) == '/' || peek(1) == '*')
        return lexForeignComment();
      break;
    case '=':
    case '|':
    case '~':
      if (peek(1) == '>') {
        at += 2;
        return pushError(begin, "write '->' instead of '" + text.slice(begin, at) + "'");
      }
      break;
    case '-':
      ++at;
      if (peek() == '>') {
        ++at;
        push(TokenKind::Arrow, begin);
      } else {
        push(TokenKind::Minus, begin);
      }
      return;
    case '.':
      if (llvm::isDigit(peek(1))) {
        ++at;
        while (isNamePart(peek()) || peek() == '.')
          ++at;
        const StringRef found = text.slice(begin, at);
        return pushError(begin, "a float starts with a digit: write 0" + found + " instead of " + found);
      }
      break;
    default:
      break;
    }
    if (isNameStart(c))
      return lexName();
    if (llvm::isDigit(c))
      return lexNumber();
    const TokenKind kind = llvm::StringSwitch<TokenKind>(text.substr(at, 1))
                               .Case("{", TokenKind::LeftBrace)
                               .Case("}", TokenKind::RightBrace)
                               .Case("(", TokenKind::LeftParen)
                               .Case(")", TokenKind::RightParen)
                               .Case("[", TokenKind::LeftBracket)
                               .Case("]", TokenKind::RightBracket)
                               .Case(",", TokenKind::Comma)
                               .Case(":", TokenKind::Colon)
                               .Case("=", TokenKind::Equal)
                               .Case("+", TokenKind::Plus)
                               .Case("*", TokenKind::Star)
                               .Case("/", TokenKind::Slash)
                               .Default(TokenKind::Error);
    if (kind != TokenKind::Error) {
      ++at;
      push(kind, begin);
      return;
    }
    const unsigned length = utf8Length(text.substr(at));
    at += std::max(1u, length);
    if (length == 0 || hiddenCharacter(text.slice(begin, at))) {
      // Reported by checkCharacters.
      push(TokenKind::Error, begin);
      return;
    }
    const StringRef found = text.slice(begin, at);
    if (c == '\'') {
      // One mistake, however the rest of the would-be string reads.
      while (at < text.size() && peek() != '\'' && peek() != '\n')
        ++at;
      if (peek() == '\'')
        ++at;
      return pushError(begin, "a string stands in double quotes: \"...\"");
    }
    pushError(begin, "the character '" + found + "' has no meaning here");
  }

  /// A comment in another language's form is one mistake, whatever stands in it.
  void lexForeignComment() {
    const size_t begin = at;
    const size_t end = peek(1) == '*' ? text.find("*/", at + 2) : text.find('\n', at);
    at += 2;
    diagnostics.error(from(begin), "'" + text.slice(begin, at) + "' has no meaning here; a comment starts with '#'");
    push(TokenKind::Error, begin);
    if (end == StringRef::npos)
      at = text.size();
    else
      at = text[end] == '*' ? end + 2 : end;
  }

  /// An error at the start of the token that ends here, where it has more bytes than any that means something.
  bool isTooLong(size_t begin, size_t most, const Twine &what) {
    if (at - begin <= most)
      return false;
    diagnostics.error({static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + 1)},
                      what + " of " + Twine(at - begin) + " characters; at most " + Twine(most) + " are supported");
    push(TokenKind::Error, begin);
    return true;
  }

  void lexName() {
    const size_t begin = at;
    while (isNamePart(peek()))
      ++at;
    if (isTooLong(begin, kMaxWordBytes, "a name"))
      return;
    push(llvm::StringSwitch<TokenKind>(text.slice(begin, at))
             .Case("const", TokenKind::Const)
             .Case("block", TokenKind::Block)
             .Case("model", TokenKind::Model)
             .Case("train", TokenKind::Train)
             .Case("let", TokenKind::Let)
             .Case("repeat", TokenKind::Repeat)
             .Case("true", TokenKind::True)
             .Case("false", TokenKind::False)
             .Case("none", TokenKind::None)
             .Default(TokenKind::Identifier),
         begin);
  }

  /// Integers, floats and dimensions. The whole word is taken first, so that a malformed one is one error.
  void lexNumber() {
    const size_t begin = at;
    while (isNamePart(peek()) || peek() == '.' ||
           ((peek() == '+' || peek() == '-') && (text[at - 1] == 'e' || text[at - 1] == 'E') && llvm::isDigit(peek(1)) &&
            text.slice(begin, at - 1).find_first_not_of("0123456789.") == StringRef::npos))
      ++at;
    if (isTooLong(begin, kMaxWordBytes, "a number"))
      return;
    const StringRef word = text.slice(begin, at);
    if (word.find_first_not_of("0123456789") == StringRef::npos) {
      int64_t value = 0;
      if (word.getAsInteger(10, value))
        return pushError(begin, "the integer " + word + " does not fit 63 bits");
      push(TokenKind::Integer, begin).integer = value;
      return;
    }
    if (word.find_first_not_of("0123456789x") == StringRef::npos)
      return lexDimensions(begin, word);
    if (!isFloat(word)) {
      if (word.ends_with("."))
        return pushError(begin, "a float has digits behind its point: write " + word + "0 instead of " + word);
      return pushError(begin, "'" + word + "' is neither a number nor dimensions");
    }
    // The word ends where the number does, so strtod reads exactly it; the source is not NUL-terminated at the word.
    const double value = std::strtod(word.str().c_str(), nullptr);
    if (!std::isfinite(value))
      return pushError(begin, "the float " + word + " is too large");
    push(TokenKind::Float, begin).number = value;
  }

  /// digits [ "." digits ] [ ("e" | "E") [ "+" | "-" ] digits ], with a point or an exponent.
  static bool isFloat(StringRef word) {
    auto digits = [&] {
      const size_t count = std::min(word.find_first_not_of("0123456789"), word.size());
      word = word.drop_front(count);
      return count != 0;
    };
    if (!digits())
      return false;
    if (word.consume_front(".") && !digits())
      return false;
    if (word.consume_front("e") || word.consume_front("E")) {
      if (!word.consume_front("+"))
        word.consume_front("-");
      if (!digits())
        return false;
    }
    return word.empty();
  }

  void lexDimensions(size_t begin, StringRef word) {
    std::vector<int64_t> extents;
    StringRef rest = word;
    while (true) {
      const StringRef digits = rest.take_front(rest.find('x'));
      if (digits.empty())
        return pushError(begin, "'" + word + "' is not a list of extents like 3x3: a number is missing beside an 'x'");
      int64_t extent = 0;
      if (digits.getAsInteger(10, extent))
        return pushError(begin, "the extent " + digits + " does not fit 63 bits");
      extents.push_back(extent);
      if (digits.size() == rest.size())
        break;
      rest = rest.drop_front(digits.size() + 1);
    }
    Token &token = push(TokenKind::Dimensions, begin);
    token.index = static_cast<uint32_t>(tokens.dimensions.size());
    tokens.dimensions.push_back(std::move(extents));
  }

  /// A string that its line ends. Where an earlier one on the line runs into a word, `"a, padding="same"`, that one lacks its end: what
  /// stands behind it is inside out.
  void reportOpenString(size_t begin) {
    size_t first = tokens.list.size();
    for (size_t i = first; i-- > 0 && !newLine;) {
      const bool touches = i + 1 < tokens.list.size() && tokens.list[i + 1].kind != TokenKind::Error &&
                           isNamePart(text[tokens.list[i + 1].where.begin]);
      if (tokens.list[i].kind == TokenKind::String && touches)
        first = i;
      if (tokens.list[i].firstOnLine)
        break;
    }
    const bool isInsideOut = first < tokens.list.size();
    if (isInsideOut)
      begin = tokens.list[first].where.begin, newLine = tokens.list[first].firstOnLine;
    tokens.list.resize(first);
    pushError(begin, "the string does not end on its line: a closing '\"' is missing");
  }

  void lexString() {
    const size_t begin = at++;
    std::string value;
    bool broken = false;
    while (true) {
      const char c = peek();
      if (at >= text.size() || c == '\n' || (c == '\r' && peek(1) == '\n'))
        return reportOpenString(begin);
      ++at;
      if (c == '"')
        break;
      if (c != '\\') {
        value += c;
        continue;
      }
      const char escape = peek();
      if (at >= text.size() || escape == '\n' || escape == '\r')
        continue; // reported above
      const size_t escapeBegin = at - 1;
      at += std::max(1u, utf8Length(text.substr(at)));
      switch (escape) {
      case '"': value += '"'; break;
      case '\\': value += '\\'; break;
      case 'n': value += '\n'; break;
      case 't': value += '\t'; break;
      default:
        diagnostics.error(from(escapeBegin), "the escape '" + text.slice(escapeBegin, at) +
                                                 "' is unknown; a string knows \\\" \\\\ \\n and \\t");
        broken = true;
      }
    }
    if (broken) {
      push(TokenKind::Error, begin);
      return;
    }
    if (isTooLong(begin, kMaxStringBytes, "a string"))
      return;
    Token &token = push(TokenKind::String, begin);
    token.index = static_cast<uint32_t>(tokens.strings.size());
    tokens.strings.push_back(std::move(value));
  }

  StringRef text;
  Diagnostics &diagnostics;
  Tokens tokens;
  size_t at = 0;
  bool newLine = true;
};

} // namespace

Tokens frontend::lex(const SourceFile &file, Diagnostics &diagnostics) { return Lexer(file, diagnostics).run(); }
