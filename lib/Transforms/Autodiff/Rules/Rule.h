// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_TRANSFORMS_AUTODIFF_RULES_RULE_H
#define NNCC_LIB_TRANSFORMS_AUTODIFF_RULES_RULE_H

#include "mlir/IR/DialectRegistry.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Interfaces/DifferentiableOpInterface.h"
#include "nncc/Transforms/Autodiff/Rules.h"

namespace nncc {

using mlir::failed;
using mlir::failure;
using mlir::isa;
using mlir::Location;
using mlir::LogicalResult;
using mlir::MutableArrayRef;
using mlir::OpBuilder;
using mlir::Operation;
using mlir::success;
using mlir::Type;
using mlir::TypeRange;
using mlir::Value;
using mlir::ValueRange;

/// Which operands want a gradient.
using Needed = const llvm::SmallBitVector &;

/// The rule of one op: a subclass gives
///
///   LogicalResult build(Op op, OpBuilder &b, Location loc, ValueRange dy, Needed needed, MutableArrayRef<Value> dx)
///   const
///
/// where dy are the gradients of the results (null where there is none) and dx, one an operand, those to set. To take
/// another form in training it redefines toTrainingForm.
template <typename Rule, typename Op> struct GradientRule : DifferentiableOpInterface::ExternalModel<Rule, Op> {
  LogicalResult buildGradients(Operation *op, OpBuilder &builder, ValueRange resultGradients, Needed needed,
                               MutableArrayRef<Value> operandGradients) const {
    return static_cast<const Rule *>(this)->build(mlir::cast<Op>(op), builder, op->getLoc(), resultGradients, needed,
                                                  operandGradients);
  }
};

/// Attaches rules to their ops: attachRules<ConvOp, ConvRule, ...>(registry).
template <typename Op, typename Rule, typename... Rest> void attachRules(mlir::DialectRegistry &registry) {
  registry.addExtension(
      +[](mlir::MLIRContext *context, nn::NNDialect *) { Op::template attachInterface<Rule>(*context); });
  if constexpr (sizeof...(Rest) > 0)
    attachRules<Rest...>(registry);
}

} // namespace nncc

#endif // NNCC_LIB_TRANSFORMS_AUTODIFF_RULES_RULE_H
