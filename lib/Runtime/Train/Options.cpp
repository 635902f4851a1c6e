// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Train/Options.h"

#include "nncc/Runtime/Data/Error.h"
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace nncc::runtime {

namespace {
/// Value of an option: read it into `options`, or return what was expected.
using Reader = const char *(*)(RunOptions &, const std::string &);

bool readInteger(const std::string &text, int64_t low, int64_t &value) {
  char *end;
  errno = 0;
  value = strtoll(text.c_str(), &end, 10);
  return !text.empty() && text[0] != ' ' && !*end && !errno && value >= low;
}

bool readNumber(const std::string &text, double &value) {
  char *end;
  value = strtod(text.c_str(), &end);
  return !text.empty() && text[0] != ' ' && !*end && std::isfinite(value);
}

template <std::string RunOptions::*member> const char *readText(RunOptions &options, const std::string &text) {
  if (text.empty())
    return "a name";
  options.*member = text;
  return nullptr;
}

const char *readSplit(RunOptions &options, const std::string &text) {
  double value;
  if (!readNumber(text, value) || value < 0 || value >= 1)
    return "a number >= 0 and < 1";
  options.validationSplit = value;
  return nullptr;
}

const char *readEpochs(RunOptions &options, const std::string &text) {
  int64_t value;
  if (!readInteger(text, 1, value))
    return "an integer >= 1";
  options.epochs = value;
  return nullptr;
}

const char *readBatchSize(RunOptions &options, const std::string &text) {
  int64_t value = 0;
  if (text != "full" && !readInteger(text, 1, value))
    return "an integer >= 1 or `full`";
  options.batchSize = value;
  return nullptr;
}

const char *readCheckpointSteps(RunOptions &options, const std::string &text) {
  return readInteger(text, 1, options.checkpointSteps) ? nullptr : "an integer >= 1";
}

const char *readLearningRate(RunOptions &options, const std::string &text) {
  double value;
  if (!readNumber(text, value) || value <= 0)
    return "a number > 0";
  options.learningRate = value;
  return nullptr;
}

const char *readSeed(RunOptions &options, const std::string &text) {
  int64_t value;
  if (!readInteger(text, 0, value))
    return "an integer >= 0";
  options.seed = static_cast<uint64_t>(value);
  return nullptr;
}

const char *readThreads(RunOptions &options, const std::string &text) {
  int64_t value;
  if (!readInteger(text, 0, value) || value > 1024)
    return "an integer from 0 (all cores) to 1024";
  options.threads = value;
  return nullptr;
}

const char *readVerbose(RunOptions &options, const std::string &text) {
  int64_t value;
  if (!readInteger(text, 0, value) || value > 2)
    return "0, 1 or 2";
  options.verbose = static_cast<int>(value);
  return nullptr;
}

/// Bytes, or KiB, MiB, GiB as K, M, G with or without "iB".
const char *readDataMemory(RunOptions &options, const std::string &text) {
  char *end;
  double value = strtod(text.c_str(), &end);
  static constexpr char units[] = "KMG";
  const char *unit = *end ? strchr(units, *end) : nullptr;
  if (unit) {
    value *= static_cast<double>(int64_t{1024} << (10 * (unit - units)));
    end += strcmp(end + 1, "iB") == 0 ? 3 : 1;
  }
  if (text.empty() || *end || !(value >= 1 && value < 1e18))
    return "bytes, as in 1500000, 64M or 1.5GiB";
  options.dataMemory = static_cast<int64_t>(value);
  return nullptr;
}

struct Option {
  const char *name;
  Reader read;                      ///< nullptr: takes no value
  bool RunOptions::*flag = nullptr; ///< what it sets; with a reader too, its value may be left out
};

constexpr Option table[] = {
    {"--data", readText<&RunOptions::data>},
    {"--validation-data", readText<&RunOptions::validationData>},
    {"--validation-split", readSplit},
    {"--epochs", readEpochs},
    {"--batch-size", readBatchSize},
    {"--learning-rate", readLearningRate},
    {"--seed", readSeed},
    {"--weights", readText<&RunOptions::weights>},
    {"--save", readText<&RunOptions::save>},
    {"--checkpoint", readText<&RunOptions::checkpoint>},
    {"--checkpoint-steps", readCheckpointSteps},
    {"--resume", readText<&RunOptions::resume>},
    {"--history", readText<&RunOptions::history>},
    {"--report", readText<&RunOptions::report>},
    {"--track", readText<&RunOptions::trackFile>, &RunOptions::track},
    {"--json", readText<&RunOptions::json>},
    {"--input", readText<&RunOptions::input>},
    {"--output-gradient", readText<&RunOptions::outputGradient>},
    {"--explain", readText<&RunOptions::explain>},
    {"--cache", readText<&RunOptions::cache>},
    {"--data-memory", readDataMemory},
    {"--threads", readThreads},
    {"--verbose", readVerbose},
    {"--training", nullptr, &RunOptions::training},
    {"--resize", nullptr, &RunOptions::resize},
    {"-o", readText<&RunOptions::output>},
};
constexpr size_t optionCount = sizeof table / sizeof *table;
} // namespace

std::vector<std::string *> writtenFiles(RunOptions &options) {
  return {&options.save,    &options.checkpoint, &options.history, &options.report, &options.json,
          &options.explain, &options.cache,      &options.output,  &options.trackFile};
}

const char *const *runOptionNames() {
  static const char *names[optionCount + 1];
  for (size_t i = 0; i < optionCount; ++i)
    names[i] = table[i].name;
  return names;
}

std::string unknownOption(const std::string &argument) {
  std::string name = argument.substr(0, argument.find('='));
  const char *near = nearest(name, runOptionNames());
  return "unknown option '" + name + "'" + (near ? "; did you mean '" + std::string(near) + "'?" : "");
}

OptionResult parseRunOption(const std::vector<std::string> &arguments, size_t &index, RunOptions &options, std::string &error) {
  const std::string &argument = arguments[index];
  size_t equals = argument.find('=');
  std::string name = argument.substr(0, equals);
  for (const Option &option : table) {
    if (name != option.name)
      continue;
    if (option.flag && !option.read && equals != std::string::npos) {
      error = name + " takes no value";
      return OptionResult::Wrong;
    }
    if (option.flag)
      options.*option.flag = true;
    if (option.flag && equals == std::string::npos) {
      ++index;
      return OptionResult::Taken;
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (index + 1 < arguments.size() && arguments[index + 1].rfind("--", 0) != 0) {
      value = arguments[index + 1];
    } else {
      error = name + " needs a value";
      return OptionResult::Wrong;
    }
    if (const char *expected = option.read(options, value)) {
      error = name + ": expected " + expected + ", found '" + value + "'";
      return OptionResult::Wrong;
    }
    index += equals != std::string::npos ? 1 : 2;
    return OptionResult::Taken;
  }
  return OptionResult::NotMine;
}

bool parseRunOptions(const std::vector<std::string> &arguments, RunOptions &options, std::vector<std::string> *positional,
                     std::string &error) {
  for (size_t index = 0; index < arguments.size();) {
    switch (parseRunOption(arguments, index, options, error)) {
    case OptionResult::Wrong: return false;
    case OptionResult::Taken: continue;
    case OptionResult::NotMine: break;
    }
    const std::string &argument = arguments[index];
    if (argument.size() > 1 && argument[0] == '-') {
      error = unknownOption(argument);
      return false;
    }
    if (!positional) {
      error = "unexpected argument '" + argument + "'";
      return false;
    }
    positional->push_back(argument);
    ++index;
  }
  return true;
}

const char *runOptionsHelp() {
  return "  --data SRC                what to train on or to evaluate: synthetic:shapes|waves|solids, images:DIR, npz:FILE, csv:FILE,\n"
         "                            idx:DIR, cifar10:DIR\n"
         "  --validation-data SRC     what to validate on after every epoch\n"
         "  --validation-split F      or: a fraction of the data, from its end\n"
         "  --epochs N                passes over the data\n"
         "  --batch-size N            samples per step; `full`: all of them\n"
         "  --learning-rate X         of the optimizer\n"
         "  --seed N                  of initial weights, shuffling and dropout\n"
         "  --weights FILE            start from these weights (.safetensors)\n"
         "  --save FILE               write the weights at the end of training\n"
         "  --checkpoint FILE         write a checkpoint after every epoch, and when interrupted\n"
         "  --checkpoint-steps N      also after every N steps\n"
         "  --resume FILE             go on from a checkpoint as if the training had never stopped\n"
         "  --track[=FILE.csv]        sizes of activations, weights and gradients by layer after each epoch, with warnings\n"
         "  --report FILE.html        write a page with curves, confusion matrix, samples and costs, anew after every epoch\n"
         "  --history FILE.csv        write loss and metrics of every epoch, as Keras' CSVLogger does\n"
         "  --input FILE              .npy, .npz, .png, .jpg or a folder of pictures: what to predict or to differentiate at\n"
         "  --explain FILE.png        predict: draw what the class of a picture comes from\n"
         "  --output-gradient FILE    .npy: what gradients weighs the output with (all ones)\n"
         "  --training                gradients: layers in training mode\n"
         "  -o FILE                   predict: a .npy file, of pictures also .csv; gradients: an .npz file\n"
         "  --json FILE               benchmark: the same numbers as one JSON object\n"
         "  --resize                  scale pictures of another size than the model's\n"
         "  --cache DIR               keep decoded pictures there for the next run\n"
         "  --data-memory BYTES       what samples may take in memory, e.g. 500M (half of what is left); more stays in files\n"
         "  --threads N               worker threads (0: all cores); results do not depend on it\n"
         "  --verbose 0|1|2           no progress, a bar, a line per epoch (1 on a terminal, 2 elsewhere)\n";
}

} // namespace nncc::runtime
