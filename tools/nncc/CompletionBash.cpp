// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nncc --completion=bash: the tables as `case` statements, between fixed texts that take the command line apart.

#include "Usage.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

using Form = OptionUsage::Form;

static constexpr StringLiteral kBegin = R"(# bash completion for nncc, printed by: nncc --completion=bash

_nncc() {
  # bash cuts words at '=' and ':'; here they are whole.
  local -a words=()
  local index word
  for ((index = 0; index <= COMP_CWORD; ++index)); do
    word=${COMP_WORDS[index]}
    if ((index > 1)) && [[ $word == [=:]* || ${words[${#words[@]} - 1]} == *[=:] ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  local count=${#words[@]}
  local current=${words[count - 1]} command=
  ((count > 2)) && command=${words[1]}

  # An option's value stands behind '=' or is the next word: `key` is "--data=" or "--data".
  local key= value=$current
  if [[ $current == -*=* ]]; then
    key=${current%%=*}= value=${current#*=}
  elif ((count > 2)) && [[ ${words[count - 2]} == -* ]]; then
    key=${words[count - 2]}
  fi

  local options= kind= list= positional=
)";

static constexpr StringLiteral kEnd = R"(
  if [[ -z $kind ]]; then
    if [[ $key == *= ]]; then
      kind=anything
    elif [[ $current == -* ]]; then
      kind=words list=$options
    else
      kind=$positional
      ((count == 2)) && COMPREPLY=($(compgen -W "$commands" -- "$value"))
    fi
  fi
  case $kind in
    words | sources) COMPREPLY+=($(compgen -W "$list" -- "$value")) ;;
  esac
  case $kind in
    folders) compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$value") ;;
    files | sources) compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$value") ;;
    models)
      compopt -o filenames 2>/dev/null
      mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
        compgen -d -- "$value"
        compgen -f -X '!*.nn' -- "$value"
        compgen -f -X '!*.mlir' -- "$value"
      )
      ;;
  esac
  # Readline replaces only what it takes for the last word.
  local last=${COMP_WORDS[COMP_CWORD]}
  [[ $last == [=:] ]] && last=
  local before=${current%"$value"} kept=${current%"$last"}
  COMPREPLY=("${COMPREPLY[@]/#/"$before"}")
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=:] ]]; then
    compopt -o nospace 2>/dev/null
  fi
}

complete -F _nncc nncc
)";

static StringRef kindName(Choices::Kind kind) {
  switch (kind) {
  case Choices::Kind::Anything: return "anything";
  case Choices::Kind::Words: return "words";
  case Choices::Kind::Files: return "files";
  case Choices::Kind::Folders: return "folders";
  case Choices::Kind::Sources: return "sources";
  }
  llvm_unreachable("all kinds are listed");
}

static std::string joinNames(ArrayRef<WordUsage> words) {
  return join(map_range(words, [](const WordUsage &word) { return word.name; }), " ");
}

/// What is offered for a word that begins with a dash.
static std::string offer(const OptionUsage &option) {
  switch (option.form) {
  case Form::Joined: return option.names.front() + "=";
  case Form::OptionalValue: return option.names.front() + " " + option.names.front() + "=";
  case Form::Glued: {
    std::vector<std::string> words;
    for (const WordUsage &word : choicesOf(option).words)
      words.push_back(option.names.front() + word.name);
    return join(words, " ");
  }
  default: return option.names.front();
  }
}

/// The `case` of an option with a value: all ways to write it before the value.
static std::string casePattern(const OptionUsage &option) {
  std::vector<std::string> patterns;
  for (const std::string &name : option.names) {
    if (option.form == Form::Separate)
      patterns.push_back(name);
    if (option.form != Form::Separate || name.size() > 2)
      patterns.push_back(name + "=");
  }
  return join(patterns, " | ");
}

static void printCommand(const CommandUsage &usage, raw_ostream &out) {
  std::vector<std::string> offers;
  for (const OptionUsage &option : usage.allOptions())
    offers.push_back(offer(option));
  if (!usage.name.empty())
    offers.push_back("--help");
  out << "      options='" << join(offers, " ") << "'\n"
      << "      positional=" << (usage.positional.kind == Choices::Kind::Sources ? "sources" : usage.takesModels ? "models" : "files") << "\n";
  if (usage.positional.kind == Choices::Kind::Sources)
    out << "      list='" << joinNames(usage.positional.words) << "'\n";
  out << "      case $key in\n";
  for (const OptionUsage &option : usage.allOptions()) {
    if (option.form == Form::Flag || option.form == Form::Glued)
      continue;
    const Choices choices = choicesOf(option);
    out << "        " << casePattern(option) << ") kind=" << kindName(choices.kind);
    if (!choices.words.empty())
      out << " list='" << joinNames(choices.words) << "'";
    out << " ;;\n";
  }
  out << "      esac\n";
}

void printBashCompletion(raw_ostream &out) {
  const std::vector<CommandUsage> usages = commandUsages();
  out << kBegin << "  local commands='";
  interleave(commands(), out, [&](const Command &command) { out << command.name; }, " ");
  out << "'\n  case $command in\n";
  for (const CommandUsage &usage : drop_begin(usages)) {
    out << "    " << usage.name << ")\n";
    printCommand(usage, out);
    out << "      ;;\n";
  }
  out << "    *)\n";
  printCommand(usages.front(), out);
  out << "      ;;\n  esac\n" << kEnd;
}

} // namespace nncc::tool
