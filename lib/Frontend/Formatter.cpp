// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The canonical layout of a source text.
//
// Lines are built from the AST; comments come from the lexer and are placed by position:
// 1. Before a line is written, the comments that stand before its last token in the source (but are not behind it) are
//    written on lines of their own. So a comment in the middle of a construct moves in front of it.
// 2. A comment on the source line of the construct's last token stays behind it.
// 3. Comments before a closing brace are written before it, with the body's indentation.

#include "nncc/Frontend/Formatter.h"

#include "nncc/Frontend/Dump.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

constexpr size_t kColumns = 100;

class Formatter {
public:
  Formatter(const SourceFile &file, const Tokens &tokens) : file(file), tokens(tokens) {}

  std::string run(const ast::File &tree) {
    const ast::File::Entry *previous = nullptr;
    for (const ast::File::Entry &entry : tree.order) {
      // Constants may stand together; everything else is set apart by a blank line.
      const bool together = previous && previous->kind == ast::File::Kind::Const && entry.kind == previous->kind;
      wantBlank = previous && !together;
      switch (entry.kind) {
      case ast::File::Kind::Const: format(tree.consts[entry.index]); break;
      case ast::File::Kind::Block: format(tree.blocks[entry.index]); break;
      case ast::File::Kind::Model: format(tree.models[entry.index]); break;
      case ast::File::Kind::Train: format(tree.trains[entry.index]); break;
      }
      previous = &entry;
    }
    wantBlank = false;
    commentsBefore(UINT32_MAX, 0);
    return std::move(out);
  }

private:
  //===--- Lines ----------------------------------------------------------===//

  /// Whether a blank line stands before the line of this place in the source.
  bool blankBefore(uint32_t offset) const {
    const uint32_t start = file.lineStart(offset);
    if (!file.text().slice(start, offset).trim().empty())
      return false; // something else stands before it on its line
    StringRef before = file.text().take_front(start);
    return before.consume_back("\n") && before.rtrim(" \t\r\f\v").ends_with("\n");
  }

  void newLine(size_t indent, const Twine &text, bool blank) {
    if (blank && !out.empty() && !atOpening)
      out += '\n';
    atOpening = false;
    out.append(indent, ' ');
    out += text.str();
    out += '\n';
  }

  StringRef commentText(const Comment &comment) const { return file.text(comment.where).rtrim(); }

  /// Writes the comments that begin before the offset on lines of their own.
  void commentsBefore(uint32_t offset, size_t indent) {
    while (nextComment < tokens.comments.size() && tokens.comments[nextComment].where.begin < offset) {
      const Comment &comment = tokens.comments[nextComment++];
      newLine(indent, commentText(comment), wantBlank || blankBefore(comment.where.begin));
      wantBlank = false;
      afterComment = true;
    }
  }

  /// Writes one line for the source piece [begin, end), comments first, and the comment behind it.
  void line(size_t indent, const Twine &text, SourceRange where, bool keepBlank = true) {
    afterComment = false;
    commentsBefore(where.end, indent);
    const bool sourceBlank = keepBlank && blankBefore(where.begin);
    newLine(indent, text, afterComment ? sourceBlank : wantBlank || sourceBlank);
    wantBlank = false;
    trailingComment(where.end);
  }

  void trailingComment(uint32_t end) {
    if (nextComment >= tokens.comments.size())
      return;
    const Comment &comment = tokens.comments[nextComment];
    if (comment.where.begin < end || file.lineStart(comment.where.begin) != file.lineStart(end ? end - 1 : 0))
      return;
    // Something else stands between: the comment is behind that.
    if (nextTokenAfter(end) < comment.where.begin)
      return;
    out.pop_back();
    out += "  ";
    out += commentText(comment);
    out += '\n';
    ++nextComment;
  }

  /// Offset of the first token at or behind a place.
  uint32_t nextTokenAfter(uint32_t offset) const {
    auto found = std::lower_bound(tokens.list.begin(), tokens.list.end(), offset,
                                  [](const Token &token, uint32_t at) { return token.where.begin < at; });
    return found == tokens.list.end() ? UINT32_MAX : found->where.begin;
  }

  bool breaksBetween(uint32_t begin, uint32_t end) const {
    return file.text().slice(begin, end).contains('\n');
  }

  //===--- Declarations ---------------------------------------------------===//

  template <typename Print>
  static std::string text(Print print) {
    std::string result;
    llvm::raw_string_ostream stream(result);
    print(stream);
    return result;
  }
  static std::string textOf(const ast::Value &value) {
    return text([&](llvm::raw_ostream &stream) { printValue(value, stream); });
  }

  void format(const ast::Const &declaration) {
    line(0, "const " + declaration.name.text + " = " + textOf(declaration.value), declaration.where);
  }

  void format(const ast::Block &block) {
    std::string head = "block " + block.name.text + "(";
    bool first = true;
    auto separate = [&] { head += first ? "" : ", ", first = false; };
    for (const ast::Parameter &tensor : block.tensors)
      separate(), head += tensor.name.text + ": tensor";
    for (const ast::Parameter &hyper : block.hypers) {
      separate(), head += hyper.name.text;
      if (hyper.defaultValue)
        head += " = " + textOf(*hyper.defaultValue);
    }
    format(head + ") {", block.where, block.body);
  }

  void format(const ast::Model &model) {
    std::string head = "model " + model.name.text + "(";
    bool first = true;
    for (const ast::Input &input : model.inputs) {
      head += first ? "" : ", ";
      first = false;
      head += input.name.text + ": f32[" + file.text(input.extentsWhere).str() + "]";
    }
    format(head + ") {", model.where, model.body);
  }

  void format(const Twine &head, SourceRange where, const ast::Body &body) {
    open(head, {where.begin, body.where.begin + 1});
    for (const ast::Let &let : body.lets)
      format("let " + let.name.text + " = ", let.where, let.pipeline);
    if (body.result)
      format("", body.result->where, *body.result);
    close(0, body.where.end);
  }

  void format(const ast::Train &train) {
    const uint32_t brace = static_cast<uint32_t>(file.text().find('{', train.keyword.end));
    open("train {", {train.where.begin, brace + 1});
    size_t width = 0;
    for (const ast::Setting &setting : train.settings)
      width = std::max(width, setting.key.text.size());
    for (const ast::Setting &setting : train.settings) {
      std::string text = setting.key.text;
      text.resize(width, ' ');
      line(2, text + " = " + textOf(setting.value), setting.where);
    }
    close(0, train.where.end);
  }

  void open(const Twine &head, SourceRange where) {
    line(0, head, where);
    atOpening = true;
  }

  void close(size_t indent, uint32_t end) {
    commentsBefore(end - 1, indent + 2);
    atOpening = false;
    newLine(indent, "}", false);
    trailingComment(end);
  }

  //===--- Pipelines ------------------------------------------------------===//

  void format(const Twine &given, SourceRange where, const ast::Pipeline &pipeline) {
    std::string head = given.str();
    size_t indent = 2;
    const uint32_t sourceEnd = pipeline.source.where.end;
    const std::string whole = head + text([&](llvm::raw_ostream &out) { printPipeline(pipeline, out); });
    const bool fits = indent + countCharacters(whole) <= kColumns;

    // A list may stand over several lines, an element a line; what follows goes on behind its last element.
    std::string source = head + text([&](llvm::raw_ostream &out) { printSource(pipeline.source, out); });
    const std::vector<ast::Pipeline> &elements = pipeline.source.elements;
    if (pipeline.source.kind == ast::Source::Kind::List && elements.size() > 1 &&
        (breaksBetween(pipeline.source.where.begin, sourceEnd) || indent + countCharacters(source) > kColumns)) {
      head += '[';
      for (const ast::Pipeline &element : elements) {
        source = head + text([&](llvm::raw_ostream &out) { printPipeline(element, out); });
        if (&element == &elements.back())
          break;
        // Up to its comma, so that a comment behind that stays there.
        line(indent, source + ",", {std::min(where.begin, element.where.begin), nextTokenAfter(element.where.end) + 1},
             /*keepBlank=*/&element == &elements.front());
        where.begin = UINT32_MAX;
        indent = &element == &elements.front() ? indent + countCharacters(head) : indent;
        head.clear();
      }
      where.begin = elements.back().where.begin;
      source += ']';
    } else if (!pipeline.stages.empty() && fits && !breaksBetween(sourceEnd, where.end)) {
      return line(indent, whole, where);
    }
    if (pipeline.stages.empty())
      return line(indent, source, where);

    // All on one line, if it was and fits.
    std::string stages;
    for (const ast::Stage &stage : pipeline.stages)
      stages += " -> " + text([&](llvm::raw_ostream &out) { printStage(stage, out); });
    if (!breaksBetween(sourceEnd, where.end) && indent + countCharacters(source + stages) <= kColumns)
      return line(indent, source + stages, where, /*keepBlank=*/indent == 2);

    // The first stage stays on the source's line or not, as it was; a comment behind the source keeps it there.
    const ast::Stage &first = pipeline.stages.front();
    if (breaksBetween(sourceEnd, first.where.begin)) {
      line(indent, source, {where.begin, sourceEnd}, /*keepBlank=*/indent == 2);
      for (const ast::Stage &stage : pipeline.stages)
        format(4, "-> ", stage);
      return;
    }
    size_t column = indent + countCharacters(source) + 1;
    format(indent, source + " -> ", first, where.begin);
    // Far to the right there is no room to align.
    if (column > kColumns / 2)
      column = 4;
    for (const ast::Stage &stage : llvm::ArrayRef(pipeline.stages).drop_front())
      format(column, "-> ", stage);
  }

  void format(size_t indent, const Twine &head, const ast::Stage &stage, uint32_t begin = UINT32_MAX) {
    const SourceRange where = {std::min(begin, stage.where.begin), stage.where.end};
    const std::string whole = head.str() + text([&](llvm::raw_ostream &out) { printStage(stage, out); });
    if (!stage.isRepeat() ||
        (!breaksBetween(stage.where.begin, stage.where.end) && indent + whole.size() <= kColumns))
      return line(indent, whole, where, begin != UINT32_MAX);

    // "-> repeat N {", a stage a line, "}".
    const uint32_t brace = static_cast<uint32_t>(file.text().rfind('{', stage.body.front().where.begin));
    line(indent, head + "repeat " + textOf(*stage.count) + " {", {where.begin, brace + 1}, begin != UINT32_MAX);
    atOpening = true;
    const size_t inside = indent + (head.isTriviallyEmpty() ? 2 : 5);
    bool firstStage = true;
    for (const ast::Stage &inner : stage.body) {
      format(inside, firstStage ? "" : "-> ", inner);
      firstStage = false;
    }
    commentsBefore(stage.where.end - 1, inside);
    atOpening = false;
    newLine(inside - 2, "}", false);
    trailingComment(stage.where.end);
  }

  const SourceFile &file;
  const Tokens &tokens;
  std::string out;
  size_t nextComment = 0;
  bool wantBlank = false;
  bool afterComment = false;
  bool atOpening = false;
};

} // namespace

std::optional<std::string> frontend::format(std::shared_ptr<const SourceFile> file, Diagnostics &diagnostics) {
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  const ast::File tree = parse(*file, tokens, diagnostics);
  if (diagnostics.hasErrors())
    return std::nullopt;
  return Formatter(*file, tokens).run(tree);
}
