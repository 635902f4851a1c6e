// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nncc --completion=fish: a line of `complete` for each option and word.

#include "Usage.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

using Form = OptionUsage::Form;

static std::string quote(StringRef text) {
  std::string result = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + "'";
}

/// A line for each word, which has `prefix` before it and its own help, or else `help`. `-a` is evaluated once more by fish; words are plain.
static void printWords(ArrayRef<WordUsage> words, StringRef line, StringRef prefix, StringRef help, raw_ostream &out) {
  for (const WordUsage &word : words)
    out << line << " -a " << quote((prefix + word.name).str()) << " -d " << quote(word.help.empty() ? help : word.help) << "\n";
}

static void printOption(const OptionUsage &option, StringRef line, raw_ostream &out) {
  const Choices choices = choicesOf(option);
  const StringRef name = option.names.front();
  // fish knows "-emit=KIND" and "-O3" only as whole words.
  const bool oneDash = name.size() > 2 && !name.starts_with("--");
  if (option.form == Form::Glued || (option.form == Form::Joined && oneDash)) {
    const std::string prefix = (name + (option.form == Form::Joined ? "=" : "")).str();
    const std::vector<WordUsage> unknown(1);
    printWords(choices.words.empty() ? unknown : choices.words, line, prefix, option.help, out);
    return;
  }
  const std::string begin = (line + (oneDash ? " -o " : name.size() > 2 ? " -l " : " -s ") + name.ltrim('-')).str();
  const StringRef required = option.form == Form::OptionalValue ? "" : " -r";
  if (option.form == Form::Flag) {
    out << begin << " -d " << quote(option.help) << "\n";
    return;
  }
  switch (choices.kind) {
  case Choices::Kind::Anything:
  case Choices::Kind::Words: out << begin << required << " -f"; break;
  case Choices::Kind::Files:
  case Choices::Kind::Sources: out << begin << required << " -F"; break;
  case Choices::Kind::Folders: out << begin << required << " -f -a '(__fish_complete_directories)'"; break;
  }
  out << " -d " << quote(option.help) << "\n";
  printWords(choices.words, begin + required.str(), "", option.help, out);
}

void printFishCompletion(raw_ostream &out) {
  const std::vector<CommandUsage> usages = commandUsages();
  out << "# fish completion for nncc, printed by: nncc --completion=fish\n\n"
      << "function __nncc_command\n  set -l words (commandline -opc)\n  test \"$words[2]\" = \"$argv[1]\"\nend\n\n"
      << "function __nncc_no_command\n  set -l words (commandline -opc)\n  not contains -- \"$words[2]\"";
  for (const CommandUsage &usage : drop_begin(usages))
    out << " " << usage.name;
  out << "\nend\n\n"
      << "function __nncc_models\n  string match -q -- '-*' (commandline -ct); or __fish_complete_suffix .nn\nend\n\n"
      << "complete -c nncc -f\n"
      << "complete -c nncc -n '__nncc_no_command' -k -a '(__nncc_models)'\n";
  for (const OptionUsage &option : usages.front().allOptions())
    printOption(option, "complete -c nncc -n '__nncc_no_command'", out);
  for (const CommandUsage &usage : drop_begin(usages)) {
    const std::string line = "complete -c nncc -n '__nncc_command " + usage.name + "'";
    out << "\ncomplete -c nncc -n 'test (count (commandline -opc)) -eq 1' -a " << usage.name << " -d " << quote(usage.help) << "\n"
        << line << (usage.takesModels ? " -k -a '(__nncc_models)'\n" : " -F\n")
        << line << " -l help -d 'display its help'\n";
    printWords(usage.positional.words, line, "", "", out);
    for (const OptionUsage &option : usage.allOptions())
      printOption(option, line, out);
  }
}

} // namespace nncc::tool
