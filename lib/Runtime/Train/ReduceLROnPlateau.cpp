// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"
#include "Monitor.h"

#include "nncc/Runtime/Core/Initializers.h"

#include <algorithm>
#include <cstdlib>

namespace nncc::runtime {

static bool isMaximumByName(const std::string &monitor) { return monitor.find("acc") != std::string::npos; }

namespace {

class ReduceLROnPlateau : public Monitor {
public:
  explicit ReduceLROnPlateau(const nncc_call &call) : Monitor(call, isMaximumByName) {
    factor = nncc_call_number(&call, "factor", 0.1);
    minDelta = nncc_call_number(&call, "min_delta", 1e-4);
    leastRate = nncc_call_number(&call, "min_lr", 0);
    patience = static_cast<int64_t>(nncc_call_number(&call, "patience", 10));
    cooldown = static_cast<int64_t>(nncc_call_number(&call, "cooldown", 0));
  }

  void atEpochEnd(EpochEnd &end) override {
    // The rate of the epoch is logged, as the 32-bit number that it is.
    float rate = static_cast<float>(end.learningRate);
    logRate(end.logs, rate);
    const double *found = find(end.logs);
    if (!found) {
      if (!hasWarned)
        warn(format(
            "Learning rate reduction is conditioned on metric `%s` which is not available. Available metrics are: %s",
            monitor.c_str(), namesOf(end.logs).c_str()));
      hasWarned = true;
      return;
    }
    if (cooling > 0) {
      --cooling;
      wait = 0;
    }
    if (isMaximum ? *found > best + minDelta : *found < best - minDelta) {
      best = *found;
      wait = 0;
      return;
    }
    if (cooling > 0 || ++wait < patience || rate <= static_cast<float>(leastRate))
      return;
    end.learningRate = std::max(static_cast<double>(rate) * factor, leastRate);
    if (isVerbose)
      writeProgress(format("\nEpoch %lld: ReduceLROnPlateau reducing learning rate to %s.\n",
                           static_cast<long long>(end.epoch + 1), shortest(end.learningRate).c_str()));
    cooling = cooldown;
    wait = 0;
  }

  void visitState(State &state, const nncc_program &program) override {
    Monitor::visitState(state, program);
    state.integer("wait", wait);
    state.integer("cooldown", cooling);
  }

private:
  /// Two of these callbacks write the same column.
  static void logRate(Logs &logs, float rate) {
    double value = strtod(shortest(rate).c_str(), nullptr);
    for (auto &[name, known] : logs)
      if (name == "lr") {
        known = value;
        return;
      }
    logs.emplace_back("lr", value);
  }

  double factor, minDelta, leastRate;
  int64_t patience, cooldown, wait = 0, cooling = 0;
};

} // namespace

std::unique_ptr<EpochCallback> makeReduceLROnPlateau(const nncc_call &call) {
  return std::make_unique<ReduceLROnPlateau>(call);
}

} // namespace nncc::runtime
