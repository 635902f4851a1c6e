// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"
#include "Monitor.h"

#include "nncc/Runtime/Core/Initializers.h"

#include <algorithm>
#include <cstring>
#include <sys/stat.h>

namespace nncc::runtime {

// --- the path ----------------------------------------------------------------------------------------------

namespace {

/// A replacement field's format, as Python's for numbers: [0][width][.precision][type].
struct NumberFormat {
  bool isZeroFilled = false;
  int width = 0, precision = -1;
  char type = 0;

  bool parse(const std::string &spec) {
    const char *at = spec.c_str();
    isZeroFilled = *at == '0';
    width = number(at);
    if (*at == '.') {
      ++at;
      if (!isdigit(static_cast<unsigned char>(*at)))
        return false;
      precision = number(at);
    }
    type = *at ? *at++ : '\0';
    return !*at && (!type || strchr("dfFeEgG%", type)) && width <= 64 && precision <= 64;
  }

  std::string integer(int64_t value) const {
    return format(isZeroFilled ? "%0*lld" : "%*lld", width, static_cast<long long>(value));
  }

  std::string real(double value) const {
    std::string text = shortest(value);
    int places = precision < 0 ? 6 : precision;
    switch (type) {
    case 'f':
    case 'F': text = format("%.*f", places, value); break;
    case 'e': text = format("%.*e", places, value); break;
    case 'E': text = format("%.*E", places, value); break;
    case '%': text = format("%.*f%%", places, value * 100); break;
    case 'G': text = format("%.*G", places, value); break;
    case 'g': text = format("%.*g", places, value); break;
    default:
      if (precision >= 0)
        text = format("%.*g", places, value);
    }
    if (text.size() < static_cast<size_t>(width)) // zeros go behind the sign
      text.insert(isZeroFilled && text[0] == '-', static_cast<size_t>(width) - text.size(), isZeroFilled ? '0' : ' ');
    return text;
  }

private:
  static int number(const char *&at) {
    int value = 0;
    for (; isdigit(static_cast<unsigned char>(*at)); ++at)
      value = std::min(value * 10 + (*at - '0'), 1000);
    return value;
  }
};

} // namespace

static std::string fieldText(const std::string &pattern, const std::string &field, int64_t epoch, const Logs &logs,
                             int64_t batch) {
  size_t colon = std::min(field.find(':'), field.size());
  std::string name = field.substr(0, colon), spec = colon < field.size() ? field.substr(colon + 1) : "";
  NumberFormat format;
  const bool isCount = name == "epoch" || (name == "batch" && batch >= 0);
  if (!format.parse(spec) || (isCount && format.type == 0 && format.precision >= 0) ||
      (!isCount && format.type == 'd') || (isCount && format.type == 'd' && format.precision >= 0))
    fail(exitBadInput,
         "ModelCheckpoint: '%s' in the path '%s' is no format for a number; expected one as {epoch:02d} or "
         "{val_loss:.2f}",
         field.c_str(), pattern.c_str());
  if (isCount) {
    int64_t count = (name == "epoch" ? epoch : batch) + 1;
    return format.type == 0 || format.type == 'd' ? format.integer(count) : format.real(static_cast<double>(count));
  }
  for (const auto &[known, value] : logs)
    if (known == name)
      return format.real(value);
  std::string names = "epoch";
  for (const auto &log : logs)
    names += ", " + log.first;
  fail(exitBadInput, "Failed to format this callback filepath: \"%s\". Reason: '%s' is not available; there are %s",
       pattern.c_str(), name.c_str(), names.c_str());
}

std::string checkpointPath(const std::string &pattern, int64_t epoch, const Logs &logs, int64_t batch) {
  std::string path;
  for (size_t i = 0; i < pattern.size(); ++i) {
    bool isDoubled = i + 1 < pattern.size() && pattern[i] == pattern[i + 1];
    if ((pattern[i] == '{' || pattern[i] == '}') && isDoubled) {
      path += pattern[i++];
      continue;
    }
    if (pattern[i] != '{') {
      path += pattern[i];
      continue;
    }
    size_t end = pattern.find('}', i);
    if (end == std::string::npos)
      fail(exitBadInput, "ModelCheckpoint: expected '}' behind '%s' in the path '%s'", pattern.c_str() + i,
           pattern.c_str());
    path += fieldText(pattern, pattern.substr(i + 1, end - i - 1), epoch, logs, batch);
    i = end;
  }
  return path;
}

/// Makes the directories that a path leads through. What fails shows when the file is made.
static void makeDirectories(const std::string &path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    mkdir(path.substr(0, slash).c_str(), 0777);
}

// --- the callback ------------------------------------------------------------------------------------------

static bool isMaximumByName(const std::string &monitor) {
  return monitor.find("acc") != std::string::npos || monitor.rfind("fmeasure", 0) == 0;
}

namespace {

/// Writes the weights after each epoch or a number of batches, or after each that is better than those before.
class ModelCheckpoint : public Monitor {
public:
  explicit ModelCheckpoint(const nncc_call &call) : Monitor(call, isMaximumByName) {
    const char *file = nncc_call_text(&call, "filepath");
    pattern = file ? file : "";
    onlyBest = nncc_call_number(&call, "save_best_only", 0) != 0;
    best = nncc_call_number(&call, "initial_value_threshold", best);
    batches = static_cast<int64_t>(nncc_call_number(&call, "save_freq", 0));
  }

  void atEpochEnd(EpochEnd &end) override {
    if (batches == 0)
      save(end.epoch, -1, end.logs, end.instance);
  }

  bool wantsBatches() const override { return batches != 0; }

  void atBatchEnd(const BatchEnd &end) override {
    if (++seen < batches)
      return;
    seen = 0;
    save(end.epoch, end.batch, end.logs, end.instance);
  }

  void check(const Logs &logs) const override { checkpointPath(pattern, 0, logs, batches == 0 ? -1 : 0); }

  void visitState(State &state, const nncc_program &program) override {
    Monitor::visitState(state, program);
    state.integer("batches", seen);
  }

private:
  void save(int64_t epoch, int64_t batch, const Logs &logs, nncc_instance *instance) {
    std::string path = checkpointPath(pattern, epoch, logs, batch);
    auto number = static_cast<long long>(epoch + 1);
    if (onlyBest) {
      const double *value = find(logs);
      if (!value) {
        if (!hasWarned)
          warn(format("Can save best model only with %s available, skipping.", monitor.c_str()));
        hasWarned = true;
        return;
      }
      bool isBest = isBetter(*value, best, 0);
      if (isVerbose && !isBest)
        writeProgress(format("\nEpoch %lld: %s did not improve from %.5f\n", number, monitor.c_str(), best));
      if (!isBest)
        return;
      if (isVerbose)
        writeProgress(format("\nEpoch %lld: %s improved from %.5f to %.5f, saving model to %s\n", number,
                             monitor.c_str(), best, *value, path.c_str()));
      best = *value;
    } else if (isVerbose) {
      writeProgress(format("\nEpoch %lld: saving model to %s\n", number, path.c_str()));
    }
    makeDirectories(path);
    nncc_message message{};
    nncc_status status = nncc_weights_save(instance, path.c_str(), &message);
    runtime::check(status, message);
  }

  int64_t batches, seen = 0; ///< between files; 0: at the end of epochs
  std::string pattern;
  bool onlyBest;
};

} // namespace

std::unique_ptr<EpochCallback> makeModelCheckpoint(const nncc_call &call) {
  return std::make_unique<ModelCheckpoint>(call);
}

} // namespace nncc::runtime
