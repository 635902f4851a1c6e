// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SweepArguments.h"

#include "Arguments.h"

#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

static constexpr StringLiteral kUsage =
    "usage: nncc sweep MODEL.nn -o DIR [-D NAME=VALUES] [--learning-rate VALUES] [--optimizer VALUES] [--batch-size VALUES]\n"
    "                  [--seed VALUES] [options of training]\n"
    "\n"
    "Trains the model with every combination of the values, which are separated by commas. Runs go side by side, one thread each, or,\n"
    "where they are fewer than the cores, one after the other with all threads. DIR gets runs/NAME/ with history.csv,\n"
    "weights.safetensors, report.html and log of each run, results.csv, and index.html with all curves. The same command again goes\n"
    "on where it was stopped; with more values it adds the runs that are missing.\n"
    "\n"
    "  -o DIR                  where all of it goes\n"
    "  -D NAME=VALUES          values of a const of the model\n"
    "  --optimizer VALUES      names or calls, as in the model: SGD,Adam or 'SGD(momentum=0.9),Adam'\n"
    "  --learning-rate VALUES  of the optimizer\n"
    "  --batch-size VALUES     samples per step\n"
    "  --seed VALUES           of initial weights, shuffling and dropout\n"
    "  --monitor NAME          the value that runs are sorted by (val_loss; loss without validation)\n"
    "  --threads N             threads of all runs together (all cores)\n";

/// Options of a run that name its files or what it does: sweep's own business.
static constexpr StringLiteral kOurs[] = {"--save",  "--history", "--report", "--checkpoint", "--resume",
                                          "--input", "--json",    "-jit",     "--jit"};
static constexpr StringLiteral kOwn[] = {"--optimizer", "--learning-rate", "--batch-size", "--seed", "--monitor", "--threads"};

static bool wrong(const Twine &message) {
  errs() << "nncc: error: " << printable(message.str()) << "; see nncc sweep --help\n";
  return false;
}

StringRef sweepUsage() { return kUsage; }

bool isPassedToRuns(StringRef name) { return !is_contained(kOurs, name) && !is_contained(kOwn, name) && name != "-o"; }

namespace {

class Parser {
public:
  Parser(const std::vector<std::string> &arguments, SweepArguments &result) : arguments(arguments), result(result) {}
  bool parse();

private:
  /// The value of the option at `index`, which moves behind it: "--x=v", "--x v", and "-Dv" for short ones.
  std::optional<std::string> takeValue(StringRef name);
  bool addAxis(StringRef option, StringRef name, StringRef values);
  bool parseOption(StringRef name);

  const std::vector<std::string> &arguments;
  SweepArguments &result;
  size_t index = 0;
};

} // namespace

std::optional<std::string> Parser::takeValue(StringRef name) {
  StringRef argument = arguments[index++];
  argument.consume_front(name);
  if (argument.consume_front("=") || !argument.empty())
    return argument.str();
  if (index < arguments.size())
    return arguments[index++];
  wrong(name + " needs a value");
  return std::nullopt;
}

bool Parser::addAxis(StringRef option, StringRef name, StringRef values) {
  if (any_of(result.axes, [&](const SweepAxis &axis) { return axis.name == name; }))
    return wrong("'" + name + "' is given twice; separate its values by commas");
  Expected<std::vector<std::string>> list = splitValues(values);
  if (!list)
    return wrong(option + ": " + toString(list.takeError()));
  result.axes.push_back({option.str(), name.str(), std::move(*list)});
  return true;
}

/// An option of the sweep itself, called `name`.
bool Parser::parseOption(StringRef name) {
  std::optional<std::string> value = takeValue(name);
  if (!value)
    return false;
  if (name == "-D") {
    auto [constant, values] = StringRef(*value).split('=');
    if (constant.size() == value->size())
      return wrong("-D " + *value + ": expected NAME=VALUES");
    return addAxis("-D", constant, values);
  }
  if (name == "-o")
    result.folder = *value;
  else if (name == "--monitor")
    result.monitor = *value;
  else if (name == "--threads") {
    if (StringRef(*value).getAsInteger(10, result.threads) || result.threads < 0 || result.threads > 1024)
      return wrong("--threads: expected an integer from 0 (all cores) to 1024, found '" + *value + "'");
  } else {
    return addAxis(name, name.drop_front(2), *value);
  }
  return true;
}

bool Parser::parse() {
  while (index < arguments.size()) {
    const std::string &argument = arguments[index];
    const StringRef name = StringRef(argument).split('=').first;
    if (argument == "--help" || argument == "-h") {
      result.help = true;
      return true;
    }
    if (is_contained(kOurs, name) || name == "-emit" || name == "--emit")
      return wrong("'" + name + "' is not for sweep, which trains and names the files of its runs itself");
    if (StringRef(argument).starts_with("-D") || StringRef(argument).starts_with("-o") || is_contained(kOwn, name)) {
      if (!parseOption(argument[1] == '-' ? name : StringRef(argument).take_front(2)))
        return false;
      continue;
    }
    // Options of a run are the runtime's or the compiler's.
    runtime::RunOptions ignored;
    std::string error;
    const size_t begin = index;
    if (runtime::parseRunOption(arguments, index, ignored, error) == runtime::OptionResult::Wrong)
      return wrong(error);
    if (index == begin && argument.size() > 1 && argument[0] == '-') {
      index += argument == "--memory-limit" ? 2 : 1;
      std::vector<std::string> alone{"model.nn", "-jit", "train"};
      alone.insert(alone.end(), arguments.begin() + begin, arguments.begin() + std::min(index, arguments.size()));
      Arguments checked;
      if (!parseArguments(alone, checked))
        return false;
    } else if (index == begin) {
      if (!result.model.empty())
        return wrong("two models, '" + result.model + "' and '" + argument + "'");
      result.model = argument;
      ++index;
      continue;
    }
    for (size_t i = begin; i < std::min(index, arguments.size()); ++i)
      result.passed.push_back(arguments[i]);
  }
  if (result.model.empty())
    return wrong("no model to train");
  if (StringRef(result.model).ends_with(".mlir"))
    return wrong("'" + result.model + "': sweep takes a .nn source, whose train section it changes");
  if (result.folder.empty())
    return wrong("where to? Name a folder with -o DIR");
  return true;
}

bool parseSweepArguments(const std::vector<std::string> &arguments, SweepArguments &result) {
  return Parser(arguments, result).parse();
}

} // namespace nncc::tool
