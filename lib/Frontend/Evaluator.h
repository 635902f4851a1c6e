// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_EVALUATOR_H
#define NNCC_LIB_FRONTEND_EVALUATOR_H

#include "NameScope.h"

#include "nncc/Frontend/AST.h"

namespace nncc::frontend {

/// Evaluates a value: names, exact 63-bit integer arithmetic, float arithmetic. Unknown after an error, which is reported.
Value evaluate(const ast::Value &value, const NameScope &scope, Reporter &reporter);

/// Evaluates the arguments of a call, layer or block.
std::vector<NamedValue> evaluateArguments(llvm::ArrayRef<ast::Argument> arguments, const NameScope &scope,
                                          Reporter &reporter);

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_EVALUATOR_H
