// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Keras' loss classes as ops of the nn dialect.

#include "nncc/Transforms/Losses.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "nncc/Dialect/NN/Ops/Loss.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"

using namespace mlir;

namespace nncc {
namespace {

bool boolArgument(nn::CallAttr call, StringRef name) {
  auto attr = call.getArguments().getAs<BoolAttr>(name);
  return attr && attr.getValue();
}

FloatAttr floatArgument(OpBuilder &builder, nn::CallAttr call, StringRef name, double standard = 0) {
  auto attr = call.getArguments().getAs<FloatAttr>(name);
  return builder.getF64FloatAttr(attr ? attr.getValueAsDouble() : standard);
}

/// Null where it is absent.
IntegerAttr integerArgument(OpBuilder &builder, nn::CallAttr call, StringRef name) {
  auto attr = call.getArguments().getAs<IntegerAttr>(name);
  return attr ? builder.getI64IntegerAttr(attr.getInt()) : IntegerAttr();
}

} // namespace

RankedTensorType targetType(nn::CallAttr loss, RankedTensorType prediction) {
  if (loss.getName() == "SparseCategoricalCrossentropy" && prediction.getRank() > 1)
    return RankedTensorType::get(prediction.getShape().drop_back(), prediction.getElementType());
  return prediction;
}

FailureOr<Value> buildLoss(OpBuilder &builder, Location loc, nn::CallAttr loss, Value prediction, Value target,
                          DenseF64ArrayAttr classWeight) {
  bool fromLogits = boolArgument(loss, "from_logits");
  FloatAttr smoothing = floatArgument(builder, loss, "label_smoothing");
  auto reduction = loss.getArguments().getAs<StringAttr>("reduction");
  UnitAttr sum = reduction && reduction == "sum" ? builder.getUnitAttr() : UnitAttr();
  IntegerAttr ignored = integerArgument(builder, loss, "ignore_class");
  StringRef name = loss.getName();
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  Type predictionType = prediction.getType();

  if (name == "MeanSquaredError")
    return Value(nn::MeanSquaredErrorOp::create(builder, loc, scalar, prediction, target, sum, classWeight).getLoss());
  if (name == "MeanAbsoluteError")
    return Value(nn::MeanAbsoluteErrorOp::create(builder, loc, scalar, prediction, target, sum, classWeight).getLoss());
  if (name == "Huber") {
    FloatAttr threshold = floatArgument(builder, loss, "delta", 1);
    return Value(nn::HuberOp::create(builder, loc, scalar, prediction, target, threshold, sum, classWeight).getLoss());
  }
  if (name == "BinaryCrossentropy") {
    if (fromLogits)
      return Value(nn::SigmoidCrossEntropyOp::create(builder, loc, predictionType, scalar, prediction, target,
                                                     smoothing, sum, classWeight)
                       .getLoss());
    return Value(nn::BinaryCrossEntropyOp::create(builder, loc, scalar, prediction, target, smoothing, sum, classWeight)
                     .getLoss());
  }
  if (name == "CategoricalCrossentropy" || name == "SparseCategoricalCrossentropy") {
    bool sparse = name.starts_with("Sparse");
    if (fromLogits)
      return Value(nn::SoftmaxCrossEntropyOp::create(builder, loc, predictionType, scalar, prediction, target,
                                                     smoothing, builder.getBoolAttr(sparse), ignored, sum, classWeight)
                       .getLoss());
    if (sparse)
      return Value(nn::SparseCategoricalCrossEntropyOp::create(builder, loc, scalar, prediction, target, ignored, sum,
                                                               classWeight)
                       .getLoss());
    return Value(
        nn::CategoricalCrossEntropyOp::create(builder, loc, scalar, prediction, target, smoothing, sum, classWeight)
            .getLoss());
  }
  return emitError(loc) << "the loss '" << name
                        << "' is not supported; expected BinaryCrossentropy, CategoricalCrossentropy, "
                           "SparseCategoricalCrossentropy, MeanSquaredError, MeanAbsoluteError or Huber";
}

Value buildPenalty(OpBuilder &builder, Location loc, nn::CallAttr regularizer, Value of, bool perSample) {
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  return nn::PenaltyOp::create(builder, loc, scalar, of, floatArgument(builder, regularizer, "l1"),
                               floatArgument(builder, regularizer, "l2"), builder.getBoolAttr(perSample));
}

} // namespace nncc
