// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constraints of variables: in place, behind the optimizer's step. Operations and their order are those of
// keras/constraints.py.
#include "ConstrainNorm.h"
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Constraint.h"
#include "nncc/Dialect/NN/Ops/Variable.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

template <typename Op>
RankedTensorType typeOf(Op op) {
  return SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(op, op.getVariableAttr()).getType();
}

LogicalResult emitConstrainNorm(nn::ConstrainNormOp op, KernelBuilder &kernels) {
  const double least = op.getMinValue().convertToDouble(), most = op.getMaxValue().convertToDouble();
  const double rate = op.getRate().convertToDouble();
  NormRule rule;
  rule.factor = [=](Emit &emit, Value norm) {
    Value desired = emit.clamp(norm, least, most);
    if (rate != 1)
      desired = emit.addf(emit.mulf(desired, rate), emit.mulf(norm, 1 - rate));
    return emit.divf(desired, emit.addf(norm, nn::kConstraintEpsilon));
  };
  rule.apply = [](Emit &emit, Value w, Value factor) { return emit.mulf(w, factor); };
  addNormSteps(kernels, op, op.getVariable(), typeOf(op), op.getAxes(), rule);
  return success();
}

LogicalResult emitConstrainUnitNorm(nn::ConstrainUnitNormOp op, KernelBuilder &kernels) {
  NormRule rule;
  rule.factor = [](Emit &emit, Value norm) { return emit.addf(norm, nn::kConstraintEpsilon); };
  rule.apply = [](Emit &emit, Value w, Value divisor) { return emit.divf(w, divisor); };
  addNormSteps(kernels, op, op.getVariable(), typeOf(op), op.getAxes(), rule);
  return success();
}

LogicalResult emitConstrainNonNegative(nn::ConstrainNonNegativeOp op, KernelBuilder &kernels) {
  addElementwiseStep(kernels, op, "constrain to >= 0", typeOf(op), 1, [&](Kernel &kernel, Emit &emit) -> ElementBody {
    Value variable = kernels.flatVariable(kernel, op.getVariable());
    kernels.countMoved(sizeof(float) * typeOf(op).getNumElements()); // written too
    return [=, &emit](Value at, int64_t width) {
      Value w = emit.load(variable, at, width), zero = emit.constant(w.getType(), 0.0);
      Value isKept = emit.compare(arith::CmpFPredicate::OGE, w, zero);
      emit.store(emit.mulf(w, emit.select(isKept, emit.constant(w.getType(), 1.0), zero)), variable, at);
    };
  });
  return success();
}

LogicalResult emitConstrainRadial(nn::ConstrainRadialOp op, KernelBuilder &kernels) {
  RankedTensorType type = typeOf(op);
  const int64_t n = type.getDimSize(0), half = n / 2, kernelCount = type.getDimSize(2) * type.getDimSize(3);
  auto columns = RankedTensorType::get({kernelCount}, type.getElementType());
  addElementwiseStep(kernels, op, "constrain to squares", columns, 0, [&](Kernel &kernel, Emit &emit) -> ElementBody {
    Value variable = kernels.flatVariable(kernel, op.getVariable());
    kernels.countMoved(sizeof(float) * type.getNumElements()); // written
    return [=, &emit](Value at, int64_t width) {
      auto place = [&](Value y, Value x) { return emit.add(at, emit.mul(emit.add(emit.mul(y, n), x), kernelCount)); };
      // 1. All squares' elements are read before the first is written. The innermost one first.
      SmallVector<Value> squares;
      for (int64_t square = 0; square < (n + 1) / 2; ++square) {
        Value from = emit.index(square == 0 ? half - 1 : half + square - n % 2);
        squares.push_back(emit.load(variable, place(from, from), width));
      }
      // 2. Each square's four sides.
      for (auto [square, w] : llvm::enumerate(squares)) {
        const int64_t last = half + square, first = n - 1 - last;
        emit.loop(first, last + 1, [&, w = w](Value i) {
          Value low = emit.index(first), high = emit.index(last);
          for (auto [y, x] : {std::pair(low, i), std::pair(high, i), std::pair(i, low), std::pair(i, high)})
            emit.store(w, variable, place(y, x));
        });
      }
    };
  });
  return success();
}

} // namespace

void kernels::addConstraintKernels(EmitterTable &table) {
  table["nn.constrain_norm"] = [](Operation *op, KernelBuilder &k) {
    return emitConstrainNorm(cast<nn::ConstrainNormOp>(op), k);
  };
  table["nn.constrain_unit_norm"] = [](Operation *op, KernelBuilder &k) {
    return emitConstrainUnitNorm(cast<nn::ConstrainUnitNormOp>(op), k);
  };
  table["nn.constrain_non_negative"] = [](Operation *op, KernelBuilder &k) {
    return emitConstrainNonNegative(cast<nn::ConstrainNonNegativeOp>(op), k);
  };
  table["nn.constrain_radial"] = [](Operation *op, KernelBuilder &k) {
    return emitConstrainRadial(cast<nn::ConstrainRadialOp>(op), k);
  };
}
