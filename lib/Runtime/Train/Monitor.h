// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What callbacks that watch a value have in common, and how each is made. Internal to Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_MONITOR_H
#define NNCC_LIB_RUNTIME_TRAIN_MONITOR_H

#include "nncc/Runtime/Train/Callbacks.h"

namespace nncc::runtime {

class Monitor : public EpochCallback {
public:
  void visitState(State &state, const nncc_program &program) override;

protected:
  /// Each callback has a rule of its own for which values grow as they get better, unless `mode` says so.
  using Rule = bool (*)(const std::string &monitor);
  Monitor(const nncc_call &call, Rule isMaximumByName);

  /// The value of the logs, or null.
  const double *find(const Logs &logs) const;
  std::string namesOf(const Logs &logs) const;

  /// Better than `than` by more than `delta`.
  bool isBetter(double value, double than, double delta) const {
    return isMaximum ? value - delta > than : value + delta < than;
  }

  std::string monitor;
  bool isMaximum, isVerbose, hasWarned = false;
  double best;
};

std::unique_ptr<EpochCallback> makeEarlyStopping(const nncc_call &call);
std::unique_ptr<EpochCallback> makeReduceLROnPlateau(const nncc_call &call);
std::unique_ptr<EpochCallback> makeModelCheckpoint(const nncc_call &call);

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_MONITOR_H
