// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_EVALUATION_H
#define NNCC_REFERENCE_EVALUATION_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"
#include "nncc/Reference/Interpreter.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace nncc::reference {

/// The values of a run. An overlay sees those of its base, which it does not change.
class Values {
public:
  explicit Values(const Values *base = nullptr) : base(base) {}

  /// Null where the value is not known.
  const Tensor *find(mlir::Value value) const {
    auto found = tensors.find(value);
    return found != tensors.end() ? &found->second : base ? base->find(value) : nullptr;
  }
  void set(mlir::Value value, Tensor tensor) { tensors[value] = std::move(tensor); }
  void erase(mlir::Value value) { tensors.erase(value); }

private:
  const Values *base;
  llvm::DenseMap<mlir::Value, Tensor> tensors;
};

/// One op while it is evaluated.
class Evaluation {
public:
  Evaluation(mlir::Operation *op, const Values &values, State &state, int64_t batch)
      : state(state), batch(batch), op(op), values(values) {}

  /// An operand. (Not called for absent optional ones.)
  const Tensor &operator[](mlir::Value operand) const { return *values.find(operand); }
  /// A result: already of its shape, all 0.
  Tensor &result(unsigned index = 0) { return results[index]; }
  /// An error at the op.
  void fail(const llvm::Twine &message) {
    failed = true;
    op->emitOpError(message);
  }

  State &state;
  int64_t batch;
  llvm::SmallVector<Tensor, 1> results;
  bool failed = false;

private:
  mlir::Operation *op;
  const Values &values;
};

/// How each op is evaluated, by its name.
class EvaluatorTable {
public:
  using Evaluator = void (*)(mlir::Operation *, Evaluation &);

  template <typename Op, void (*function)(Op, Evaluation &)> void add() {
    evaluators[Op::getOperationName()] = [](mlir::Operation *op, Evaluation &evaluation) {
      function(mlir::cast<Op>(op), evaluation);
    };
  }
  /// Null for an op without a reference.
  Evaluator find(llvm::StringRef name) const { return evaluators.lookup(name); }

private:
  llvm::StringMap<Evaluator> evaluators;
};

/// One function per family, in lib/Reference/<Family>.cpp.
void addVariableEvaluators(EvaluatorTable &table);
void addConvolutionEvaluators(EvaluatorTable &table);
void addPoolingEvaluators(EvaluatorTable &table);
void addAttentionEvaluators(EvaluatorTable &table);
void addPooledConvolutionEvaluators(EvaluatorTable &table);
void addDenseEvaluators(EvaluatorTable &table);
void addActivationEvaluators(EvaluatorTable &table);
void addNormalizationEvaluators(EvaluatorTable &table);
void addRegularizationEvaluators(EvaluatorTable &table);
void addMergeEvaluators(EvaluatorTable &table);
void addShapeEvaluators(EvaluatorTable &table);
void addLossEvaluators(EvaluatorTable &table);
void addOptimizerEvaluators(EvaluatorTable &table);
void addConstraintEvaluators(EvaluatorTable &table);

/// Sets the function's arguments. The batch is the extent of the first dynamic leading axis (1 where there is none).
mlir::FailureOr<int64_t> bindArguments(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> inputs, Values &values);

/// Evaluates one op: its operands are among the values, its results are added to them.
llvm::LogicalResult evaluate(mlir::Operation *op, Values &values, State &state, int64_t batch);

} // namespace nncc::reference

#endif // NNCC_REFERENCE_EVALUATION_H
