// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_EVALUATOR_H
#define NNCC_LIB_FRONTEND_EVALUATOR_H

#include "Reporter.h"

#include "nncc/Frontend/AST.h"
#include "nncc/Frontend/Value.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace nncc::frontend {

/// What a name stands for in a value: a constant's or parameter's value; Unknown after an error; none where the name is
/// neither, and may be an enumeration value.
using NameLookup = llvm::function_ref<std::optional<Value>(llvm::StringRef name, SourceRange where)>;

/// Evaluates a value: names, exact 63-bit integer arithmetic, float arithmetic. Unknown after an error, which is reported.
Value evaluate(const ast::Value &value, NameLookup lookup, Reporter &reporter);

/// Evaluates the arguments of a call, layer or block.
std::vector<NamedValue> evaluateArguments(llvm::ArrayRef<ast::Argument> arguments, NameLookup lookup, Reporter &reporter);

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_EVALUATOR_H
