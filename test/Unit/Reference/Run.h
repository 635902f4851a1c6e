// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_REFERENCE_RUN_H
#define NNCC_TEST_UNIT_REFERENCE_RUN_H

#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Reference/Interpreter.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace nncc::reference {

/// Runs the ops of a function, given as `arguments`, `results` and `body` of its text; `module` holds variables. An
/// empty list after a failure, which is also reported.
inline llvm::SmallVector<Tensor> run(const std::string &arguments, const std::string &results, const std::string &body,
                                     llvm::ArrayRef<Tensor> inputs, State &state, const std::string &module = "") {
  mlir::MLIRContext context;
  context.loadDialect<nn::NNDialect, mlir::func::FuncDialect>();
  std::string text = module + "\nfunc.func @f(" + arguments + ") -> (" + results + ") {\n" + body + "\n}\n";
  auto parsed = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!parsed) {
    ADD_FAILURE() << "does not parse: " << text;
    return {};
  }
  auto values = interpret(parsed->lookupSymbol<mlir::func::FuncOp>("f"), inputs, state);
  if (mlir::failed(values)) {
    ADD_FAILURE() << "fails: " << text;
    return {};
  }
  return *values;
}

inline llvm::SmallVector<Tensor> run(const std::string &arguments, const std::string &results, const std::string &body,
                                     llvm::ArrayRef<Tensor> inputs) {
  State state;
  return run(arguments, results, body, inputs, state);
}

/// For ops with one operand and one result.
inline Tensor runUnary(const std::string &op, const std::string &from, const std::string &to, const Tensor &input) {
  auto results =
      run("%x: " + from, to, "%y = nn." + op + " : (" + from + ") -> " + to + "\nreturn %y : " + to, {input});
  return results.empty() ? Tensor() : results.front();
}

/// Numbers that agree but for rounding.
inline testing::Matcher<std::vector<double>> near(const std::vector<double> &expected, double tolerance = 1e-12) {
  return testing::Pointwise(testing::DoubleNear(tolerance), expected);
}

/// first, first + step, ...
inline Tensor counting(llvm::ArrayRef<int64_t> shape, double first = 1, double step = 1) {
  Tensor tensor(shape);
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor[i] = first + step * double(i);
  return tensor;
}

} // namespace nncc::reference

#endif // NNCC_TEST_UNIT_REFERENCE_RUN_H
