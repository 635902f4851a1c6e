// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Monitor.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Error.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nncc::runtime {

Monitor::Monitor(const nncc_call &call, Rule isMaximumByName) {
  const char *given = nncc_call_text(&call, "monitor"), *mode = nncc_call_text(&call, "mode");
  monitor = given ? given : "val_loss";
  isVerbose = nncc_call_number(&call, "verbose", 0) > 0;
  isMaximum = mode && strcmp(mode, "auto") != 0 ? strcmp(mode, "max") == 0 : isMaximumByName(monitor);
  best = isMaximum ? -INFINITY : INFINITY;
}

void Monitor::visitState(State &state, const nncc_program &) {
  state.real("best", best);
  state.boolean("has_warned", hasWarned);
}

const double *Monitor::find(const Logs &logs) const {
  for (const auto &[name, value] : logs)
    if (name == monitor)
      return &value;
  return nullptr;
}

std::string Monitor::namesOf(const Logs &logs) const {
  std::string names;
  for (const auto &log : logs)
    names += (names.empty() ? "" : ",") + log.first;
  return names;
}

Callbacks::Callbacks(const nncc_training &training) {
  for (int64_t i = 0; i < training.callback_count; ++i) {
    const nncc_call &call = training.callbacks[i];
    const char *file = nncc_call_text(&call, "filename");
    if (strcmp(call.name, "TerminateOnNaN") == 0)
      terminateOnNaN = true;
    else if (strcmp(call.name, "CSVLogger") == 0 && file) {
      const char *given = nncc_call_text(&call, "separator");
      HistoryFile &history =
          historyFiles.emplace_back(HistoryFile{file, given ? given : ",", nncc_call_number(&call, "append", 0) != 0});
      if (history.separator.size() != 1)
        fail(exitBadInput, "CSVLogger: expected one character for 'separator', found \"%s\"",
             history.separator.c_str());
    } else if (strcmp(call.name, "EarlyStopping") == 0)
      callbacks.push_back(makeEarlyStopping(call));
    else if (strcmp(call.name, "ReduceLROnPlateau") == 0)
      callbacks.push_back(makeReduceLROnPlateau(call));
    else if (strcmp(call.name, "ModelCheckpoint") == 0)
      callbacks.push_back(makeModelCheckpoint(call));
    else
      fail(exitBadInput, "the callback %s is not supported yet", call.name);
  }
}

void Callbacks::check(const Logs &names) const {
  for (const auto &callback : callbacks)
    callback->check(names);
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

void Callbacks::atTrainingEnd() {
  for (auto &callback : callbacks)
    callback->atTrainingEnd();
}

void Callbacks::visitState(State &state, const nncc_program &program) {
  for (size_t i = 0; i < callbacks.size(); ++i) {
    State::Scope scope(state, std::to_string(i));
    callbacks[i]->visitState(state, program);
  }
}

} // namespace nncc::runtime
