// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a checkpoint keeps of objects that change while a model is trained.
#ifndef NNCC_RUNTIME_TRAIN_STATE_H
#define NNCC_RUNTIME_TRAIN_STATE_H

#include "nncc/Runtime/Data/NameTable.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::runtime {

/// Values by name. An object visits its values with one function, which writes them for a checkpoint and reads them
/// from one:
///   void visitState(State &state) { state.integer("wait", wait); state.real("best", best); }
/// Numbers keep all of their bits. Reading throws Error(exitBadInput) for a value that is missing or no number.
class State {
public:
  using Fields = NameTable<std::string>;

  State() = default; ///< writes
  /// Reads what the checkpoint `path` holds.
  State(Fields fields, std::string path) : isReading(true), held(std::move(fields)), path(std::move(path)) {}

  void integer(const std::string &name, int64_t &value);
  /// A count or an index: reading refuses what is not in [low, high].
  void integer(const std::string &name, int64_t &value, int64_t low, int64_t high);
  void boolean(const std::string &name, bool &value);
  void real(const std::string &name, double &value);
  void text(const std::string &name, std::string &value);
  /// Reading refuses another number of values than there are.
  void reals(const std::string &name, std::vector<double> &values);
  /// A copy of all variables in the layout of the parameters, `floats` long, or empty.
  void weights(const std::string &name, std::vector<float> &values, int64_t floats);

  /// Puts `name.` before the names until it dies.
  class Scope {
  public:
    Scope(State &state, const std::string &name) : state(state), length(state.prefix.size()) {
      state.prefix += name + ".";
    }
    ~Scope() { state.prefix.resize(length); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    State &state;
    size_t length;
  };

  bool reads() const { return isReading; }
  const Fields &fields() const { return held; }
  /// The copies of variables, with their names; a reader fills them.
  const std::vector<std::pair<std::string, std::vector<float> *>> &weightSets() const { return sets; }

private:
  const std::string &find(const std::string &name) const;
  [[noreturn]] void refuse(const std::string &name, const std::string &expected) const;

  bool isReading = false;
  Fields held;
  std::string path, prefix;
  std::vector<std::pair<std::string, std::vector<float> *>> sets;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_TRAIN_STATE_H
