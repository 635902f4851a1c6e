// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of the constraints of variables.

#include "nncc/Dialect/NN/Ops/Constraint.h"
#include "nncc/Reference/Evaluation.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace nncc::reference {
namespace {

/// The variable of a constraint; null after an error.
template <typename Op>
Tensor *variableOf(Op op, Evaluation &e) {
  auto found = e.state.variables.find(op.getVariable().str());
  if (found != e.state.variables.end())
    return &found->second;
  e.fail("constrains the variable '" + op.getVariable() + "', which the state lacks");
  return nullptr;
}

/// For each element the norm over `axes` of those that share its place in the other axes.
std::vector<double> norms(const Tensor &w, llvm::ArrayRef<int64_t> axes) {
  std::vector<int64_t> first(w.size()); // of those elements
  std::vector<double> squares(w.size());
  for (int64_t i = 0; i < w.size(); ++i) {
    int64_t rest = i, distance = 1;
    for (int64_t axis = w.rank(); axis-- > 0; rest /= w.shape[axis], distance *= w.shape[axis])
      if (!llvm::is_contained(axes, axis))
        first[i] += rest % w.shape[axis] * distance;
    squares[first[i]] += w[i] * w[i];
  }
  std::vector<double> result;
  for (int64_t i = 0; i < w.size(); ++i)
    result.push_back(std::sqrt(squares[first[i]]));
  return result;
}

void constrainNorm(nn::ConstrainNormOp op, Evaluation &e) {
  Tensor *w = variableOf(op, e);
  if (!w)
    return;
  double least = op.getMinValueAttr().getValueAsDouble(), most = op.getMaxValueAttr().getValueAsDouble();
  double rate = op.getRateAttr().getValueAsDouble();
  for (auto [x, norm] : llvm::zip_equal(w->data, norms(*w, op.getAxes()))) {
    double desired = rate * std::clamp(norm, least, most) + (1 - rate) * norm;
    x *= desired / (nn::kConstraintEpsilon + norm);
  }
}

void constrainUnitNorm(nn::ConstrainUnitNormOp op, Evaluation &e) {
  if (Tensor *w = variableOf(op, e))
    for (auto [x, norm] : llvm::zip_equal(w->data, norms(*w, op.getAxes())))
      x /= nn::kConstraintEpsilon + norm;
}

void constrainNonNegative(nn::ConstrainNonNegativeOp op, Evaluation &e) {
  if (Tensor *w = variableOf(op, e))
    for (double &x : w->data)
      x *= x >= 0;
}

void constrainRadial(nn::ConstrainRadialOp op, Evaluation &e) {
  Tensor *w = variableOf(op, e);
  if (!w)
    return;
  const int64_t n = w->shape[0], kernels = w->shape[2] * w->shape[3], half = n / 2;
  const Tensor old = *w;
  for (int64_t y = 0; y < n; ++y)
    for (int64_t x = 0; x < n; ++x) {
      // Squares between this element and the innermost one.
      const int64_t last = std::max(std::max(y, n - 1 - y), std::max(x, n - 1 - x)), square = last - half;
      const int64_t from = square == 0 ? half - 1 : half + square - n % 2;
      for (int64_t kernel = 0; kernel < kernels; ++kernel)
        (*w)[(y * n + x) * kernels + kernel] = old[(from * n + from) * kernels + kernel];
    }
}

} // namespace

void addConstraintEvaluators(EvaluatorTable &table) {
  table.add<nn::ConstrainNormOp, constrainNorm>();
  table.add<nn::ConstrainUnitNormOp, constrainUnitNorm>();
  table.add<nn::ConstrainNonNegativeOp, constrainNonNegative>();
  table.add<nn::ConstrainRadialOp, constrainRadial>();
}

} // namespace nncc::reference
