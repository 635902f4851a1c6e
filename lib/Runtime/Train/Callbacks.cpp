// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Train/Callbacks.h"

#include "Command.h"
#include "nncc/Runtime/Core/Initializers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace nncc::runtime {
namespace {

bool endsWith(const std::string &text, const char *end) {
  size_t length = strlen(end);
  return text.size() >= length && text.compare(text.size() - length, length, end) == 0;
}

/// What callbacks that watch a value have in common.
class Monitor : public EpochCallback {
protected:
  explicit Monitor(const nncc_call &call) : name(call.name) {
    const char *given = nncc_call_text(&call, "monitor"), *mode = nncc_call_text(&call, "mode");
    monitor = given ? given : "val_loss";
    isVerbose = nncc_call_number(&call, "verbose", 0) > 0;
    if (mode && strcmp(mode, "auto") != 0)
      isMaximum = strcmp(mode, "max") == 0;
    else if (name == "ReduceLROnPlateau")
      isMaximum = monitor.find("acc") != std::string::npos;
    else
      isMaximum = endsWith(monitor, "acc") || endsWith(monitor, "accuracy") || endsWith(monitor, "auc");
    best = isMaximum ? -INFINITY : INFINITY;
  }

  /// The value, or null with a warning in the first epoch.
  const double *find(const EpochEnd &end) const { return find(end.logs, end.epoch == 0); }
  const double *find(const Logs &logs, bool warns) const {
    std::string known;
    for (const auto &[key, value] : logs) {
      if (key == monitor)
        return &value;
      known += (known.empty() ? "" : ", ") + key;
    }
    if (warns)
      warn(format("%s watches %s, which is not available; there are %s", name.c_str(), monitor.c_str(), known.c_str()));
    return nullptr;
  }

  /// Better than `than` by more than `delta`.
  bool isBetter(double value, double than, double delta) const {
    return isMaximum ? value - delta > than : value + delta < than;
  }

  std::string name, monitor;
  bool isMaximum, isVerbose;
  double best;
};

class EarlyStopping : public Monitor {
public:
  explicit EarlyStopping(const nncc_call &call) : Monitor(call) {
    minDelta = std::fabs(nncc_call_number(&call, "min_delta", 0));
    patience = static_cast<int64_t>(nncc_call_number(&call, "patience", 0));
    baseline = nncc_call_number(&call, "baseline", NAN);
    restores = nncc_call_number(&call, "restore_best_weights", 0) != 0;
    first = static_cast<int64_t>(nncc_call_number(&call, "start_from_epoch", 0));
  }

  void atEpochEnd(EpochEnd &end) override {
    const double *value = find(end);
    if (!value || end.epoch < first)
      return;
    if (restores && weights.empty())
      keep(end);
    ++wait;
    if (isBetter(*value, best, minDelta)) {
      best = *value;
      bestEpoch = end.epoch;
      if (restores)
        keep(end);
      // Only what beats the baseline too starts the wait again.
      if (std::isnan(baseline) || isBetter(*value, baseline, minDelta))
        wait = 0;
      return;
    }
    if (wait < patience || end.epoch == 0)
      return;
    end.stop = true;
    if (restores) {
      if (isVerbose)
        writeProgress(format("Restoring model weights from the end of the best epoch: %lld.\n", static_cast<long long>(bestEpoch + 1)));
      std::copy(weights.begin(), weights.end(), end.instance->parameters);
      nncc_instance_parameters_changed(end.instance);
    }
    if (isVerbose)
      writeProgress(format("Epoch %lld: early stopping\n", static_cast<long long>(end.epoch + 1)));
  }

private:
  void keep(const EpochEnd &end) {
    const float *from = end.instance->parameters;
    weights.assign(from, from + end.instance->program->parameter_floats);
  }

  double minDelta, baseline;
  int64_t patience, first, wait = 0, bestEpoch = 0;
  bool restores;
  std::vector<float> weights;
};

class ReduceLROnPlateau : public Monitor {
public:
  explicit ReduceLROnPlateau(const nncc_call &call) : Monitor(call) {
    factor = nncc_call_number(&call, "factor", 0.1);
    minDelta = nncc_call_number(&call, "min_delta", 1e-4);
    leastRate = nncc_call_number(&call, "min_lr", 0);
    patience = static_cast<int64_t>(nncc_call_number(&call, "patience", 10));
    cooldown = static_cast<int64_t>(nncc_call_number(&call, "cooldown", 0));
  }

  void atEpochEnd(EpochEnd &end) override {
    // The rate of the epoch is logged, as the 32-bit number that it is.
    float rate = static_cast<float>(end.learningRate);
    const double *found = find(end);
    double value = found ? *found : NAN;
    end.logs.emplace_back("lr", strtod(shortest(rate).c_str(), nullptr));
    if (!found)
      return;
    if (cooling > 0) {
      --cooling;
      wait = 0;
    }
    if (isMaximum ? value > best + minDelta : value < best - minDelta) {
      best = value;
      wait = 0;
      return;
    }
    if (cooling > 0 || ++wait < patience || rate <= static_cast<float>(leastRate))
      return;
    end.learningRate = std::max(static_cast<double>(rate) * factor, leastRate);
    if (isVerbose)
      writeProgress(format("\nEpoch %lld: ReduceLROnPlateau reducing learning rate to %s.\n", static_cast<long long>(end.epoch + 1),
                           shortest(end.learningRate).c_str()));
    cooling = cooldown;
    wait = 0;
  }

private:
  double factor, minDelta, leastRate;
  int64_t patience, cooldown, wait = 0, cooling = 0;
};

/// Writes the weights after each epoch or a number of batches, or after each that is better than those before.
class ModelCheckpoint : public Monitor {
public:
  explicit ModelCheckpoint(const nncc_call &call) : Monitor(call) {
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

private:
  void save(int64_t epoch, int64_t batch, const Logs &logs, nncc_instance *instance) {
    if (onlyBest) {
      const double *value = find(logs, epoch == 0);
      if (!value || !isBetter(*value, best, 0))
        return;
      best = *value;
    }
    std::string path = checkpointPath(pattern, epoch, logs, batch);
    nncc_message message{};
    nncc_status status = nncc_weights_save(instance, path.c_str(), &message);
    check(status, message);
    if (isVerbose)
      writeProgress(format("\nEpoch %lld: saving model to %s\n", static_cast<long long>(epoch + 1), path.c_str()));
  }

  int64_t batches, seen = 0; ///< between files; 0: at the end of epochs
  std::string pattern;
  bool onlyBest;
};

} // namespace

std::string checkpointPath(const std::string &pattern, int64_t epoch, const Logs &logs, int64_t batch) {
  std::string path;
  for (size_t i = 0; i < pattern.size(); ++i) {
    size_t end = pattern[i] == '{' ? pattern.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      path += pattern[i];
      continue;
    }
    std::string field = pattern.substr(i + 1, end - i - 1), spec;
    if (size_t colon = field.find(':'); colon != std::string::npos) {
      spec = field.substr(colon + 1);
      field.resize(colon);
    }
    i = end;
    if (field == "epoch" || (field == "batch" && batch >= 0)) {
      int width = std::min(atoi(spec.c_str()), 20);
      path += format(spec.rfind('0', 0) == 0 ? "%0*lld" : "%*lld", width,
                     static_cast<long long>((field == "epoch" ? epoch : batch) + 1));
      continue;
    }
    auto log = std::find_if(logs.begin(), logs.end(), [&](const auto &known) { return known.first == field; });
    if (log == logs.end())
      fail(exitBadInput, "ModelCheckpoint: the path '%s' names '%s', which is not available", pattern.c_str(), field.c_str());
    size_t point = spec.find('.');
    path += point == std::string::npos ? shortest(log->second)
                                       : format("%.*f", std::min(atoi(spec.c_str() + point + 1), 20), log->second);
  }
  return path;
}

Callbacks::Callbacks(const nncc_training &training) {
  for (int64_t i = 0; i < training.callback_count; ++i) {
    const nncc_call &call = training.callbacks[i];
    const char *file = nncc_call_text(&call, "filename");
    if (strcmp(call.name, "TerminateOnNaN") == 0)
      terminateOnNaN = true;
    else if (strcmp(call.name, "CSVLogger") == 0 && file) {
      historyFile = file;
      const char *given = nncc_call_text(&call, "separator");
      separator = given ? given : ",";
      appends = nncc_call_number(&call, "append", 0) != 0;
      if (separator.size() != 1)
        fail(exitBadInput, "CSVLogger: expected one character for 'separator', found \"%s\"", separator.c_str());
    }
    else if (strcmp(call.name, "EarlyStopping") == 0)
      callbacks.push_back(std::make_unique<EarlyStopping>(call));
    else if (strcmp(call.name, "ReduceLROnPlateau") == 0)
      callbacks.push_back(std::make_unique<ReduceLROnPlateau>(call));
    else if (strcmp(call.name, "ModelCheckpoint") == 0)
      callbacks.push_back(std::make_unique<ModelCheckpoint>(call));
    else
      fail(exitBadInput, "the callback %s is not supported yet", call.name);
  }
}

bool Callbacks::wantsBatches() const {
  return std::any_of(callbacks.begin(), callbacks.end(), [](const auto &callback) { return callback->wantsBatches(); });
}

void Callbacks::atBatchEnd(const BatchEnd &end) {
  for (auto &callback : callbacks)
    callback->atBatchEnd(end);
}

void Callbacks::atEpochEnd(EpochEnd end) {
  for (auto &callback : callbacks)
    callback->atEpochEnd(end);
}

} // namespace nncc::runtime
