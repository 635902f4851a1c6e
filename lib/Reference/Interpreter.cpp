// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Reference/Interpreter.h"

#include "mlir/IR/BuiltinTypes.h"
#include "nncc/Reference/Evaluation.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace nncc::reference {
namespace {

const EvaluatorTable &evaluators() {
  static const EvaluatorTable table = [] {
    EvaluatorTable table;
    addVariableEvaluators(table);
    addConvolutionEvaluators(table);
    addPoolingEvaluators(table);
    addAttentionEvaluators(table);
    addPooledConvolutionEvaluators(table);
    addDenseEvaluators(table);
    addActivationEvaluators(table);
    addNormalizationEvaluators(table);
    addRegularizationEvaluators(table);
    addMergeEvaluators(table);
    addShapeEvaluators(table);
    addLossEvaluators(table);
    addOptimizerEvaluators(table);
    addConstraintEvaluators(table);
    return table;
  }();
  return table;
}

/// The shape of a type with the batch filled in.
SmallVector<int64_t> concreteShape(Type type, int64_t batch) {
  SmallVector<int64_t> shape(cast<RankedTensorType>(type).getShape());
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent))
      extent = batch;
  return shape;
}

} // namespace

FailureOr<int64_t> bindArguments(func::FuncOp function, ArrayRef<Tensor> inputs, Values &values) {
  if (inputs.size() != function.getNumArguments())
    return function.emitError() << "@" << function.getName() << " takes " << function.getNumArguments()
                                << " inputs, given " << inputs.size();
  int64_t batch = -1;
  for (auto [argument, input] : llvm::zip_equal(function.getArguments(), inputs)) {
    auto type = cast<RankedTensorType>(argument.getType());
    if (batch < 0 && type.getRank() > 0 && type.isDynamicDim(0) && input.rank() > 0)
      batch = input.shape.front();
  }
  if (batch < 0)
    batch = 1;
  for (auto [argument, input] : llvm::zip_equal(function.getArguments(), inputs)) {
    SmallVector<int64_t> expected = concreteShape(argument.getType(), batch);
    if (expected != input.shape || Tensor::count(expected) != input.size())
      return function.emitError() << "@" << function.getName() << ", input " << argument.getArgNumber()
                                  << ": expected the shape [" << expected << "], found [" << input.shape << "] with "
                                  << input.size() << " elements";
    values.set(argument, input);
  }
  return batch;
}

LogicalResult evaluate(Operation *op, Values &values, State &state, int64_t batch) {
  EvaluatorTable::Evaluator evaluator = evaluators().find(op->getName().getStringRef());
  if (!evaluator)
    return op->emitOpError("has no reference");
  Evaluation evaluation(op, values, state, batch);
  for (Type type : op->getResultTypes())
    evaluation.results.emplace_back(concreteShape(type, batch));
  evaluator(op, evaluation);
  if (evaluation.failed)
    return failure();
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), evaluation.results))
    values.set(result, std::move(tensor));
  return success();
}

FailureOr<SmallVector<Tensor>> interpret(func::FuncOp function, ArrayRef<Tensor> inputs, State &state,
                                         llvm::function_ref<bool(Operation *)> leavesOut) {
  Values values;
  FailureOr<int64_t> batch = bindArguments(function, inputs, values);
  if (failed(batch))
    return failure();
  // Activations of a whole batch in f64 are large: each is dropped after its last use.
  llvm::DenseMap<Value, int64_t> usesLeft;
  for (Operation &op : function.front())
    for (Value operand : op.getOperands())
      ++usesLeft[operand];
  for (Operation &op : function.front().without_terminator()) {
    if (leavesOut && leavesOut(&op))
      continue;
    if (failed(evaluate(&op, values, state, *batch)))
      return failure();
    for (Value operand : op.getOperands())
      if (--usesLeft[operand] == 0)
        values.erase(operand);
  }
  SmallVector<Tensor> results;
  for (Value value : function.front().getTerminator()->getOperands())
    results.push_back(*values.find(value));
  return results;
}

} // namespace nncc::reference
