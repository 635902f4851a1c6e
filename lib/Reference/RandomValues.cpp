// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Reference/RandomValues.h"

#include "nncc/Dialect/NN/Ops/Variable.h"

#include <cmath>

using namespace mlir;

namespace nncc::reference {
namespace {

/// Glorot's limit sqrt(6 / (fan_in + fan_out)). Source: keras/initializers/initializers.py, GlorotUniform,
/// _compute_fans.
double glorotLimit(ArrayRef<int64_t> shape) {
  double receptive = double(Tensor::count(shape.drop_back(2)));
  return std::sqrt(6 / (receptive * double(shape[shape.size() - 2] + shape.back())));
}

} // namespace

State makeRandomState(ModuleOp module, uint64_t seed) {
  Random random(seed);
  State state;
  state.seed = seed;
  for (auto variable : module.getOps<nn::VariableOp>()) {
    StringRef path = variable.getSymName();
    ArrayRef<int64_t> shape = cast<RankedTensorType>(variable.getType()).getShape();
    double low = -0.3, high = 0.3;
    if (path.ends_with("moving_variance") || path.ends_with("gamma")) {
      low = 0.5;
      high = 1.5;
    } else if (shape.size() >= 2) {
      high = glorotLimit(shape);
      low = -high;
    }
    state.variables[path.str()] = random.tensor(shape, low, high);
  }
  return state;
}

Tensor makeRandomTarget(StringRef loss, ArrayRef<int64_t> shape, int64_t classes, Random &random) {
  Tensor target(shape);
  if (loss.starts_with("Sparse")) {
    for (double &value : target.data)
      value = double(random.below(classes));
  } else if (loss.starts_with("Categorical")) {
    for (int64_t row = 0; row < target.size() / classes; ++row)
      target[row * classes + random.below(classes)] = 1;
  } else {
    for (double &value : target.data)
      value = double(random.below(2));
  }
  return target;
}

} // namespace nncc::reference
