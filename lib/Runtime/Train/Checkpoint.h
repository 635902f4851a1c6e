// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checkpoints: a safetensors file of the weights under their paths, and under checkpoint/ the optimizer's slots and the
// weights that callbacks keep; numbers stand in its metadata. As weights it is loaded like any other file. Internal to
// Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_CHECKPOINT_H
#define NNCC_LIB_RUNTIME_TRAIN_CHECKPOINT_H

#include "nncc/Runtime/Core/Weights.h"
#include "nncc/Runtime/Train/State.h"

#include <memory>

namespace nncc::runtime {

/// Names and values of what must be the same in a training and in the one that goes on with it.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// "Adam(learning_rate=0.001, ...)"; "none" for no call. Without the argument `except`.
std::string callText(const nncc_call &call, const char *except = "");

/// Replaces the file, whole or not at all. Throws Error(exitResource).
void writeCheckpoint(const std::string &path, const nncc_instance &instance, const Settings &settings,
                     const State &state);

/// A checkpoint that is read. The file may hold anything: all functions throw Error(exitBadInput) for what is wrong
/// with it.
class Checkpoint {
public:
  explicit Checkpoint(const std::string &path);
  /// Refuses other settings, all of them at once.
  void check(const Settings &settings) const;
  /// The numbers, to be visited.
  State state() const;
  /// Refuses other tensors than those of the program and of the visited state.
  void check(const nncc_program &program, const State &visited) const;
  /// Fills variables, optimizer slots, and the copies of variables that the state named.
  void load(nncc_instance &instance, const State &visited);

private:
  struct Closer {
    void operator()(nncc_safetensors *file) const { nncc_safetensors_close(file); }
  };
  std::string path;
  std::unique_ptr<nncc_safetensors, Closer> file;
};

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_CHECKPOINT_H
