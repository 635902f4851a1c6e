// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"
#include "Monitor.h"

#include "nncc/Runtime/Core/Initializers.h"

#include <algorithm>
#include <cmath>

namespace nncc::runtime {

static bool isMaximumByName(const std::string &monitor) {
  for (std::string end : {"acc", "accuracy", "auc"})
    if (monitor.size() >= end.size() && monitor.compare(monitor.size() - end.size(), end.size(), end) == 0)
      return true;
  return false;
}

namespace {

class EarlyStopping : public Monitor {
public:
  explicit EarlyStopping(const nncc_call &call) : Monitor(call, isMaximumByName) {
    minDelta = std::fabs(nncc_call_number(&call, "min_delta", 0));
    patience = static_cast<int64_t>(nncc_call_number(&call, "patience", 0));
    baseline = nncc_call_number(&call, "baseline", NAN);
    restores = nncc_call_number(&call, "restore_best_weights", 0) != 0;
    first = static_cast<int64_t>(nncc_call_number(&call, "start_from_epoch", 0));
  }

  void atEpochEnd(EpochEnd &end) override {
    const double *value = find(end.logs);
    if (!value && !hasWarned)
      warn(format("Early stopping conditioned on metric `%s` which is not available. Available metrics are: %s",
                  monitor.c_str(), namesOf(end.logs).c_str()));
    hasWarned |= !value;
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
    stoppedEpoch = end.epoch;
    if (!restores)
      return;
    if (isVerbose)
      writeProgress(format("Restoring model weights from the end of the best epoch: %lld.\n",
                           static_cast<long long>(bestEpoch + 1)));
    std::copy(weights.begin(), weights.end(), end.instance->parameters);
    nncc_instance_parameters_changed(end.instance);
  }

  void atTrainingEnd() override {
    if (stoppedEpoch > 0 && isVerbose)
      writeProgress(format("Epoch %lld: early stopping\n", static_cast<long long>(stoppedEpoch + 1)));
  }

  void visitState(State &state, const nncc_program &program) override {
    Monitor::visitState(state, program);
    state.integer("wait", wait);
    state.integer("best_epoch", bestEpoch);
    state.integer("stopped_epoch", stoppedEpoch);
    state.weights("best_weights", weights, program.parameter_floats);
  }

private:
  void keep(const EpochEnd &end) {
    const float *from = end.instance->parameters;
    weights.assign(from, from + end.instance->program->parameter_floats);
  }

  double minDelta, baseline;
  int64_t patience, first, wait = 0, bestEpoch = 0, stoppedEpoch = 0;
  bool restores;
  std::vector<float> weights;
};

} // namespace

std::unique_ptr<EpochCallback> makeEarlyStopping(const nncc_call &call) {
  return std::make_unique<EarlyStopping>(call);
}

} // namespace nncc::runtime
