// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Frontend/EditTrain.h"

#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace nncc::frontend {

namespace {

/// The train section of a text; none where the text is wrong.
struct Section {
  explicit Section(StringRef text) : file(std::make_shared<SourceFile>("model", text)) {
    Diagnostics diagnostics;
    diagnostics.setSource(file);
    const Tokens tokens = lex(*file, diagnostics);
    tree = parse(*file, tokens, diagnostics);
    if (!diagnostics.hasErrors() && !tree.trains.empty())
      train = &tree.trains.front();
  }
  const ast::Setting *find(StringRef key) const {
    auto found = find_if(train->settings, [&](const ast::Setting &setting) { return setting.key.text == key; });
    return found == train->settings.end() ? nullptr : &*found;
  }
  std::string replaced(SourceRange where, const Twine &text) const {
    const StringRef whole = file->text();
    return (whole.take_front(where.begin) + text + whole.drop_front(where.end)).str();
  }
  /// With a new first line in the braces.
  std::string added(const Twine &line) const {
    const uint32_t brace = file->text().find('{', train->keyword.end) + 1;
    return replaced({brace, brace}, "\n  " + line);
  }

  std::shared_ptr<SourceFile> file;
  ast::File tree;
  const ast::Train *train = nullptr;
};

} // namespace

std::string withSetting(StringRef text, StringRef key, StringRef value) {
  const Section section(text);
  if (!section.train)
    return text.str();
  if (const ast::Setting *setting = section.find(key))
    return section.replaced(setting->value.where, value);
  return section.added(key + " = " + value);
}

std::string withCallback(StringRef text, StringRef call) {
  const Section section(text);
  if (!section.train)
    return text.str();
  const ast::Setting *setting = section.find("callbacks");
  if (!setting)
    return section.added("callbacks = [" + call + "]");
  const ast::Value &list = setting->value;
  const StringRef name = call.split('(').first;
  if (list.kind != ast::Value::Kind::List || any_of(list.operands, [&](const ast::Value &one) { return one.text == name; }))
    return text.str();
  const uint32_t bracket = list.where.begin + 1;
  return section.replaced({bracket, bracket}, call + ", ");
}

} // namespace nncc::frontend
