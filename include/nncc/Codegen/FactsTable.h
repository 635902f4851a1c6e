// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_FACTSTABLE_H
#define NNCC_CODEGEN_FACTSTABLE_H

#include "nncc/Codegen/Program.h"

#include <deque>

namespace nncc::codegen {

/// The facts of a program as the C table, in memory, without entries: what the runtime checks data and weights against
/// before anything is compiled. Valid as long as this object and the `Program` it was made from live.
class FactsTable {
public:
  explicit FactsTable(const Program &program);
  FactsTable(const FactsTable &) = delete;

  const nncc_program &program() const { return table; }

private:
  nncc_call convert(const Call &call);
  const nncc_call *convert(const std::vector<Call> &calls);
  nncc_training convert(const Training &training);

  nncc_program table = {};
  // Deques: what has been handed out must not move.
  std::deque<std::vector<nncc_argument>> arguments;
  std::deque<std::vector<nncc_call>> callLists;
  std::vector<nncc_tensor> inputs;
  std::vector<nncc_variable> variables;
  std::vector<nncc_layer> layers;
};

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_FACTSTABLE_H
