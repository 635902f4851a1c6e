// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OptionScope.h"
#include "Usage.h"

#include "nncc/Pipeline/Stages.h"
#include "nncc/Support/NearestName.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace llvm::opt; // the generated tables name flags without it

namespace {

enum ID {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "Options.inc"
#undef OPTION
};

#define OPTTABLE_STR_TABLE_CODE
#include "Options.inc"
#undef OPTTABLE_STR_TABLE_CODE

#define OPTTABLE_PREFIXES_TABLE_CODE
#include "Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

const opt::OptTable::Info kInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "Options.inc"
#undef OPTION
};

class NnccOptions : public opt::GenericOptTable {
public:
  NnccOptions() : opt::GenericOptTable(OptionStrTable, OptionPrefixesTable, kInfos) {}
};

} // namespace

namespace nncc::tool {

const opt::OptTable &optionTable() {
  static const NnccOptions table;
  return table;
}

static bool wrong(const Twine &message) {
  errs() << "nncc: error: " << printableLines(message.str()) << "\n";
  return false;
}

/// "unknown option '--epoch'; did you mean '--epochs'?", over the compiler's options and the runtime's.
static std::string unknownOption(const opt::OptTable &table, StringRef option) {
  StringRef name = option.split('=').first;
  SmallVector<StringRef> known;
  for (const char *const *run = runtime::runOptionNames(); *run; ++run)
    known.push_back(*run);
  std::string nearest;
  unsigned distance = table.findNearest(name.str(), nearest);
  StringRef run = nearestName(name, known);
  std::string hint;
  if (!run.empty() && (distance > 2 || name.edit_distance(run) <= distance))
    hint = run.str();
  else if (distance <= 2)
    hint = nearest;
  return "unknown option '" + name.str() + "'" + (hint.empty() ? "; see --help" : "; did you mean '" + hint + "'?");
}

/// "1500000", "64M", "64MiB", "1.5 GiB" is one word: powers of 1024.
static std::optional<int64_t> parseBytes(StringRef text) {
  double number = 0;
  size_t length = text.find_first_not_of("0123456789.");
  StringRef suffix = length == StringRef::npos ? "" : text.drop_front(length);
  if (text.take_front(length).getAsDouble(number))
    return std::nullopt;
  if (suffix.size() > 1 && !suffix.consume_back("iB"))
    return std::nullopt;
  size_t power = StringRef("KMGT").find(suffix.empty() ? ' ' : suffix[0]);
  if (suffix.size() > 1 || (!suffix.empty() && power == StringRef::npos))
    return std::nullopt;
  for (size_t i = 0; !suffix.empty() && i <= power; ++i)
    number *= 1024;
  if (!(number >= 1 && number < 9e18))
    return std::nullopt;
  return static_cast<int64_t>(number);
}

static bool parseStage(StringRef kind, Arguments &result) {
  const pipeline::Stage *stage = pipeline::findStage(kind);
  if (!stage) {
    SmallVector<StringRef> names;
    for (const pipeline::Stage &known : pipeline::stages())
      names.push_back(known.name);
    StringRef nearest = nearestName(kind, names);
    return wrong("unknown kind '" + kind + "' for -emit=" +
                 (nearest.empty() ? "; one of: " + join(names, " ") : "; did you mean '" + nearest.str() + "'?"));
  }
  result.emit = kind.str();
  return true;
}

/// -emit writes, -jit runs: what belongs to the other is a mistake, not something to ignore.
static bool checkConsistency(Arguments &result, ArrayRef<std::string> runNames) {
  if (!result.emit.empty() && result.action)
    return wrong("-emit= and -jit exclude each other: write a stage, or run the model");
  if (result.action && StringRef(result.compiler.target.cpu).contains(','))
    return wrong("-mcpu=" + result.compiler.target.cpu + ": -jit runs on the CPU of this machine; name one, or none");
  if (result.emit.empty() && !result.action)
    return wrong(result.model.empty() ? "nothing to do: name a model and -emit=KIND or -jit ACTION; see --help"
                                      : "what to do with '" + result.model + "'? Add -emit=KIND or -jit ACTION; see --help");
  if (!result.emit.empty()) {
    if (result.model.empty())
      return wrong("-emit=" + result.emit + " needs a model: nncc MODEL.nn -emit=" + result.emit);
    for (const std::string &name : runNames)
      if (name != "-o" && name != "--output" &&
          !(name == "--batch-size" && (result.compiler.wideSummary || result.compiler.memoryLimit)))
        return wrong("option '" + name + "' is for -jit and for compiled executables, not for -emit=");
    if (pipeline::findStage(result.emit)->isBinary() && result.run.output.empty())
      return wrong("-emit=" + result.emit + (result.emit == "python" ? " writes a folder: name it with -o DIR"
                                                                     : " is binary: name the file to write with -o PATH"));
  }
  return true;
}

/// bf16 and f16 are how embedded weights are stored; without them bf16 is what AMX multiplies.
static bool setPrecision(StringRef precision, Arguments &result) {
  const bool embeds = !result.embedWeights.empty();
  if (precision == "f16" && !embeds)
    return wrong("--precision=f16 is a way to store embedded weights and needs --embed-weights FILE; products are f32, or bf16 in AMX tiles");
  if (precision == "f16")
    result.storage = NNCC_STORAGE_F16;
  else if (precision == "bf16" && embeds)
    result.storage = NNCC_STORAGE_BF16;
  else
    result.compiler.target.bfloat16 = precision == "bf16";
  return true;
}

bool parseArguments(const std::vector<std::string> &arguments, Arguments &result) {
  std::vector<std::string> own, runNames;
  std::string precision = "f32";
  bool hasSummary = false;
  for (size_t i = 0; i < arguments.size();) {
    std::string name = StringRef(arguments[i]).split('=').first.str(), error;
    switch (runtime::parseRunOption(arguments, i, result.run, error)) {
    case runtime::OptionResult::Taken: runNames.push_back(name); break;
    case runtime::OptionResult::NotMine: own.push_back(arguments[i++]); break;
    case runtime::OptionResult::Wrong: return wrong(error);
    }
  }
  SmallVector<const char *> pointers;
  for (const std::string &argument : own)
    pointers.push_back(argument.c_str());

  const opt::OptTable &table = optionTable();
  unsigned missingIndex = 0, missingCount = 0;
  opt::InputArgList parsed = table.ParseArgs(pointers, missingIndex, missingCount);
  if (missingCount)
    return wrong("option '" + Twine(pointers[missingIndex]) + "' needs a value");
  for (const opt::Arg *argument : parsed) {
    StringRef value = argument->getNumValues() ? argument->getValue() : "";
    switch (argument->getOption().getUnaliasedOption().getID()) {
    case OPT_help: result.help = true; break;
    case OPT_version: result.version = true; break;
    case OPT_manual: result.manual = true; break;
    case OPT_completion_EQ:
      if (value != "bash" && value != "zsh" && value != "fish")
        return wrong("--completion=" + value + ": expected bash, zsh or fish");
      result.completion = value.str();
      break;
    case OPT_emit_EQ:
      if (!result.emit.empty())
        return wrong("-emit= is given twice");
      if (!parseStage(value, result))
        return false;
      break;
    case OPT_jit:
      if (result.action)
        return wrong("-jit is given twice");
      if (!(result.action = runtime::parseAction(value.str())))
        return wrong(runtime::unknownAction(value.str()));
      break;
    case OPT_replay: return wrong("--replay takes one reproducer, and no other option beside it: nncc --replay FILE");
    case OPT_memory_limit:
      if (!(result.compiler.memoryLimit = parseBytes(value)))
        return wrong("--memory-limit: expected bytes, as in 1500000, 64M or 1.5GiB, found '" + value + "'");
      break;
    case OPT_summary_EQ:
      if (value != "wide" && value != "keras")
        return wrong("--summary=" + value + ": expected wide or keras");
      result.compiler.wideSummary = value == "wide";
      hasSummary = true;
      break;
    case OPT_o: result.run.output = value.str(); break;
    case OPT_D: result.compiler.defines.push_back(value.str()); break;
    case OPT_O:
      if (value.size() != 1 || value[0] < '0' || value[0] > '3')
        return wrong("unknown optimisation level '-O" + value + "'; one of -O0 -O1 -O2 -O3");
      result.compiler.target.optLevel = value[0] - '0';
      break;
    case OPT_mcpu_EQ: result.compiler.target.cpu = value.str(); break;
    case OPT_mattr_EQ: result.compiler.target.features = value.str(); break;
    case OPT_target_EQ: result.compiler.target.triple = value.str(); break;
    case OPT_precision_EQ:
      if (value != "f32" && value != "bf16" && value != "f16")
        return wrong("--precision=" + value + ": expected f32, bf16 or f16");
      precision = value.str();
      break;
    case OPT_embed_weights:
      if (value.empty())
        return wrong("--embed-weights needs the name of a file");
      result.embedWeights = value.str();
      break;
    case OPT_no_train: result.compiler.training = false; break;
    case OPT_pictures: result.compiler.pictures = true; break;
    case OPT_no_pictures: result.compiler.pictures = false; break;
    case OPT_winograd: result.compiler.winograd = planning::WinogradTiles::All; break;
    case OPT_winograd_EQ:
      if (std::optional<planning::WinogradTiles> tiles = planning::parseWinogradTiles(value))
        result.compiler.winograd = *tiles;
      else
        return wrong("--winograd=" + value + ": expected off, accurate, all, or a tile such as 1x2x4");
      break;
    case OPT_mlir_DASH: result.mlirOptions.push_back(argument->getAsString(parsed)); break;
    case OPT_INPUT:
      if (!result.model.empty())
        return wrong("two models, '" + result.model + "' and '" + StringRef(argument->getValue()) + "': nncc compiles one");
      result.model = argument->getValue();
      break;
    default: return wrong(unknownOption(table, argument->getSpelling()));
    }
  }
  if (result.help || result.version || result.manual || !result.completion.empty())
    return true;
  if (hasSummary && result.emit != "summary")
    return wrong("--summary= is for -emit=summary");
  result.compiler.batchSize = result.run.batchSize.value_or(0);
  result.compiler.threads = result.run.threads;
  if (!checkConsistency(result, runNames) || !setPrecision(precision, result))
    return false;
  for (const opt::Arg *argument : parsed)
    if (std::string why = misplacedOption(argument->getOption().getUnaliasedOption().getName(), result); !why.empty())
      return wrong("option '" + StringRef(argument->getSpelling()).rtrim('=') + "' " + why);
  return true;
}

void printHelp() {
  raw_ostream &out = outs();
  std::string usage = "nncc MODEL.nn (-emit=KIND | -jit ACTION) [options]";
  auto addLine = [&](const std::string &call, StringRef help) {
    raw_string_ostream(usage) << "\n       " << left_justify(call, 38) << help;
  };
  addLine("nncc -jit train", "the built-in example");
  for (const Command &command : commands())
    addLine(("nncc " + command.name + " " + command.arguments).str(), command.help);
  optionTable().printHelp(out, usage.c_str(), "nncc: compiles a convolutional network from a text to native code that trains and predicts");
  out << "\nKINDS for -emit=:\n";
  for (const pipeline::Stage &stage : pipeline::stages())
    out << "  " << left_justify(stage.name, 9) << stage.help << (stage.isBinary() ? " (needs -o)" : "") << "\n";
  out << "\nACTIONS for -jit:\n" << actionsText()
      << "\nRUN OPTIONS, for -jit and for compiled executables:\n" << runtime::runOptionsHelp();
}

} // namespace nncc::tool
