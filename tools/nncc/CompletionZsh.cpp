// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nncc --completion=zsh: a call of _arguments for each command.

#include "Usage.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

using Form = OptionUsage::Form;

/// For a specification of _arguments that stands in single quotes.
static std::string escape(StringRef text) {
  std::string result;
  for (char c : text) {
    if (StringRef("[]:\\").contains(c))
      result += '\\';
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  }
  return result;
}

/// "((train\:"trains" evaluate\:"loss and metrics"))" where words have help, else "(0 1 2)".
static std::string wordList(ArrayRef<WordUsage> words) {
  const bool hasHelp = any_of(words, [](const WordUsage &word) { return !word.help.empty(); });
  std::vector<std::string> items;
  for (const WordUsage &word : words) {
    if (!hasHelp) {
      items.push_back(escape(word.name));
      continue;
    }
    // One level of quoting more, inside the list.
    std::string help;
    for (char c : escape(word.help)) {
      if (StringRef("\"$`()").contains(c))
        help += '\\';
      help += c;
    }
    items.push_back(escape(word.name) + "\\:\"" + help + "\"");
  }
  return hasHelp ? "((" + join(items, " ") + "))" : "(" + join(items, " ") + ")";
}

static std::string actionOf(const Choices &choices) {
  switch (choices.kind) {
  case Choices::Kind::Anything: return " ";
  case Choices::Kind::Words: return wordList(choices.words);
  case Choices::Kind::Files: return "_files";
  case Choices::Kind::Folders: return "_files -/";
  case Choices::Kind::Sources: return "_nncc_sources";
  }
  llvm_unreachable("all kinds are listed");
}

static std::string specification(const OptionUsage &option) {
  std::string result = option.value.find('=') != std::string::npos ? "*" : ""; // NAME=VALUE: once for each name
  result += option.names.front();
  switch (option.form) {
  case Form::Flag: return result + "[" + escape(option.help) + "]";
  case Form::Joined: result += "=-"; break;
  case Form::Separate: result += option.names.front().size() > 2 ? "=" : "+"; break;
  case Form::OptionalValue: result += "=-"; break;
  case Form::Glued: result += "-"; break;
  }
  return result + "[" + escape(option.help) + "]" + (option.form == Form::OptionalValue ? "::" : ":") + escape(option.value) + ":" +
         actionOf(choicesOf(option));
}

static void printArguments(const CommandUsage &usage, raw_ostream &out) {
  out << "      _arguments \\\n";
  for (const OptionUsage &option : usage.allOptions())
    out << "        '" << specification(option) << "' \\\n";
  if (usage.name.empty())
    out << "        '*:model:_nncc_first'\n";
  else if (usage.positional.kind == Choices::Kind::Sources)
    out << "        '--help[display its help]' \\\n        '1:data source:_nncc_sources' \\\n        '2:model:_nncc_models'\n";
  else
    out << "        '--help[display its help]' \\\n        '*:file:" << (usage.takesModels ? "_nncc_models" : "_files") << "'\n";
}

void printZshCompletion(raw_ostream &out) {
  const std::vector<CommandUsage> usages = commandUsages();
  std::vector<WordUsage> names;
  for (const CommandUsage &usage : drop_begin(usages))
    names.push_back({usage.name, usage.help});
  const std::vector<OptionUsage> run = runOptions();
  const auto data = find_if(run, [](const OptionUsage &option) { return option.value == "SRC"; });

  out << "#compdef nncc\n# zsh completion for nncc, printed by: nncc --completion=zsh\n\n"
      << "_nncc_models() { _files -g '*.(nn|mlir)' }\n\n"
      << "_nncc_sources() {\n  local expl result=1\n  local -a sources=(";
  interleave(choicesOf(*data).words, out, [&](const WordUsage &word) { out << word.name; }, " ");
  out << ")\n  _wanted sources expl 'data source' compadd -S '' -a sources && result=0\n  _files && result=0\n  return result\n}\n\n"
      << "_nncc_first() {\n  if (( CURRENT == 2 )); then\n    _alternative 'commands:command:" << wordList(names)
      << "' 'models:model:_nncc_models'\n  else\n    _nncc_models\n  fi\n}\n\n"
      << "_nncc() {\n  local command=\n  (( CURRENT > 2 )) && command=$words[2]\n  case $command in\n";
  for (const CommandUsage &usage : drop_begin(usages)) {
    out << "    " << usage.name << ")\n      shift words\n      (( CURRENT-- ))\n";
    printArguments(usage, out);
    out << "      ;;\n";
  }
  out << "    *)\n";
  printArguments(usages.front(), out);
  out << "      ;;\n  esac\n}\n\n"
      // Autoloaded, the file is the function's body; sourced, it defines it.
      << "if [ \"$funcstack[1]\" = _nncc ]; then\n  _nncc \"$@\"\nelse\n  compdef _nncc nncc\nfi\n";
}

} // namespace nncc::tool
