// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of the reshape.

#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Reference/Evaluation.h"

namespace nncc::reference {
namespace {

void reshape(nn::ReshapeOp op, Evaluation &e) { e.result().data = e[op.getInput()].data; }

} // namespace

void addShapeEvaluators(EvaluatorTable &table) { table.add<nn::ReshapeOp, reshape>(); }

} // namespace nncc::reference
