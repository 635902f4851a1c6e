// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of reading variables and of storing their gradients.

#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Reference/Evaluation.h"

namespace nncc::reference {
namespace {

void read(nn::ReadOp op, Evaluation &e) {
  auto found = e.state.variables.find(op.getVariable().str());
  if (found == e.state.variables.end())
    return e.fail("reads the variable '" + op.getVariable() + "', which the state lacks");
  if (found->second.size() != e.result().size())
    return e.fail("reads the variable '" + op.getVariable() + "', whose value has another shape");
  e.result().data = found->second.data; // the elements in this order, in whatever shape
}

} // namespace

void addVariableEvaluators(EvaluatorTable &table) { table.add<nn::ReadOp, read>(); }

} // namespace nncc::reference
