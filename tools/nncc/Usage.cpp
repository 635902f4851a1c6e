// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Usage.h"

#include "nncc/Pipeline/Stages.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"

using namespace llvm;

namespace nncc::tool {

using Form = OptionUsage::Form;

std::string OptionUsage::display() const {
  switch (form) {
  case Form::Flag: return names.front();
  case Form::Joined: return names.front() + "=" + value;
  case Form::Separate: return names.front() + " " + value;
  case Form::OptionalValue: return names.front() + "[=" + value + "]";
  case Form::Glued: return names.front() + value;
  }
  llvm_unreachable("all forms are listed");
}

std::vector<OptionUsage> CommandUsage::allOptions() const {
  std::vector<OptionUsage> all = options;
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

/// "--track[=FILE.csv]", "--data SRC", "--resize".
static OptionUsage parseTerm(StringRef term) {
  OptionUsage option;
  if (auto [name, value] = term.split("[="); !value.empty())
    option = {{name.str()}, Form::OptionalValue, value.drop_back().str(), ""};
  else if (auto [name, value] = term.split(' '); !value.empty())
    option = {{name.str()}, Form::Separate, value.str(), ""};
  else
    option.names = {term.str()};
  return option;
}

/// Lines of a help text that are indented by two columns, each a term, two spaces or more, and what it means; deeper lines go on
/// with the one above.
static std::vector<WordUsage> parseLines(StringRef text) {
  std::vector<WordUsage> entries;
  SmallVector<StringRef> lines;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    const size_t indent = line.find_first_not_of(' ');
    if (indent == 2) {
      auto [term, help] = line.drop_front(2).split("  ");
      entries.push_back({term.str(), help.trim().str()});
    } else if (indent > 2 && !entries.empty()) {
      entries.back().help += " " + line.trim().str();
    }
  }
  return entries;
}

static std::vector<OptionUsage> parseOptionLines(StringRef text) {
  std::vector<OptionUsage> options;
  for (const WordUsage &line : parseLines(text)) {
    options.push_back(parseTerm(line.name));
    options.back().help = line.help;
  }
  return options;
}

static Form formOf(const opt::Option &option) {
  switch (option.getKind()) {
  case opt::Option::JoinedClass: return option.getName().ends_with("=") ? Form::Joined : Form::Glued;
  case opt::Option::SeparateClass:
  case opt::Option::JoinedOrSeparateClass: return Form::Separate;
  default: return Form::Flag;
  }
}

std::vector<OptionUsage> compilerOptions() {
  const opt::OptTable &table = optionTable();
  std::vector<OptionUsage> options;
  for (unsigned id = 1; id <= table.getNumOptions(); ++id) {
    const opt::Option option = table.getOption(id);
    const char *help = table.getOptionHelpText(id);
    if (!help || option.hasFlag(opt::HelpHidden))
      continue;
    OptionUsage usage{{}, formOf(option), "", help};
    usage.names.push_back(option.getPrefixedName().rtrim('=').str());
    // The spelling with the other number of dashes; one letter takes one.
    const StringRef shown = usage.names.front();
    if (shown.starts_with("--"))
      usage.names.push_back(shown.drop_front().str());
    else if (shown.size() > 2)
      usage.names.push_back(("-" + shown).str());
    if (const char *value = table.getOptionMetaVar(id))
      usage.value = value;
    options.push_back(std::move(usage));
  }
  return options;
}

std::vector<OptionUsage> runOptions() { return parseOptionLines(runtime::runOptionsHelp()); }

std::string actionsText() {
  return std::string(runtime::actionsHelp()) +
         "  gradcheck                 gradients against finite differences in f64 (not in executables)\n";
}

std::vector<WordUsage> actions() { return parseLines(actionsText()); }

/// "synthetic:shapes" and "images:", of the help on --data.
static std::vector<WordUsage> sourceBeginnings() {
  const std::vector<OptionUsage> options = runOptions();
  const auto data = find_if(options, [](const OptionUsage &option) { return option.names.front() == "--data"; });
  SmallVector<StringRef> words;
  StringRef(data->help).split(words, ' ', -1, /*KeepEmpty=*/false);
  std::vector<WordUsage> sources;
  for (StringRef word : words) {
    auto [kind, location] = word.rtrim(',').split(':');
    if (location.empty())
      continue;
    if (isUpper(location.front())) {
      sources.push_back({(kind + ":").str(), location.str()});
      continue;
    }
    for (StringRef name : split(location, '|'))
      sources.push_back({(kind + ":" + name).str(), "generated"});
  }
  return sources;
}

Choices choicesOf(const OptionUsage &option) {
  const StringRef value = option.value;
  Choices choices{Choices::Kind::Words, {}};
  if (value.contains('|')) {
    for (StringRef word : split(value, '|'))
      choices.words.push_back({word.str(), ""});
  } else if (value == "KIND") {
    for (const pipeline::Stage &stage : pipeline::stages())
      choices.words.push_back({stage.name.str(), stage.help.str()});
  } else if (value == "ACTION") {
    choices.words = actions();
  } else if (value == "CPU") {
    choices.words = {{"x86-64-v2", "SSE4.2"}, {"x86-64-v3", "AVX2 and FMA"}, {"x86-64-v4", "AVX-512"}};
  } else if (value == "TRIPLE") {
    choices.words = {{"x86_64-linux-gnu", "PC"}, {"aarch64-linux-gnu", "ARM of 64 bits"}};
  } else if (value == "SRC") {
    choices = {Choices::Kind::Sources, sourceBeginnings()};
  } else if (value == "DIR") {
    choices.kind = Choices::Kind::Folders;
  } else {
    const bool isPath = value == "PATH" || value.starts_with("FILE") || value.ends_with(".png");
    choices.kind = isPath ? Choices::Kind::Files : Choices::Kind::Anything;
  }
  return choices;
}

/// The paragraphs between the usage line and the options.
static std::string descriptionOf(StringRef usage) {
  std::string description;
  for (StringRef paragraph : drop_begin(split(usage, "\n\n")))
    if (!paragraph.starts_with(" "))
      description += (description.empty() ? "" : "\n\n") + paragraph.trim().str();
  return description;
}

std::vector<CommandUsage> commandUsages() {
  CommandUsage compiler;
  compiler.arguments = "MODEL.nn (-emit=KIND | -jit ACTION) [options]";
  compiler.options = compilerOptions();
  compiler.others = runOptions();
  compiler.positional.kind = Choices::Kind::Files;
  compiler.takesModels = true;
  // Help lists -o in both tables.
  erase_if(compiler.others, [](const OptionUsage &option) { return option.names.front() == "-o"; });

  std::vector<CommandUsage> usages{compiler};
  for (const Command &command : commands()) {
    CommandUsage usage;
    usage.name = command.name.str();
    usage.arguments = command.arguments.str();
    usage.help = command.help.str();
    usage.description = descriptionOf(command.usage());
    // The usage line itself may go on indented; options begin behind an empty line.
    usage.options = parseOptionLines(command.usage().split("\n\n").second);
    if (command.takesRunOption)
      for (const OptionUsage &option : compiler.others)
        if (command.takesRunOption(option.names.front()))
          usage.others.push_back(option);
    const StringRef arguments = usage.arguments;
    usage.takesModels = arguments.contains("MODEL.nn") && !arguments.starts_with("FILE");
    usage.positional.kind = Choices::Kind::Files;
    if (arguments.starts_with("SRC"))
      usage.positional = {Choices::Kind::Sources, sourceBeginnings()};
    usages.push_back(std::move(usage));
  }
  return usages;
}

void printCompletion(StringRef shell, raw_ostream &out) {
  if (shell == "bash")
    printBashCompletion(out);
  else if (shell == "zsh")
    printZshCompletion(out);
  else
    printFishCompletion(out);
}

} // namespace nncc::tool
