// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_RANDOMVALUES_H
#define NNCC_REFERENCE_RANDOMVALUES_H

#include "mlir/IR/BuiltinOps.h"
#include "nncc/Reference/Interpreter.h"

#include <random>

namespace nncc::reference {

/// Random numbers of the checks: the same on every machine for one seed.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  double uniform(double low, double high) { return low + (high - low) * double(engine() >> 11) * 0x1p-53; }
  int64_t below(int64_t bound) { return int64_t(engine() % uint64_t(bound)); }
  Tensor tensor(llvm::ArrayRef<int64_t> shape, double low, double high) {
    Tensor tensor(shape);
    for (double &value : tensor.data)
      value = uniform(low, high);
    return tensor;
  }

private:
  std::mt19937_64 engine;
};

/// Random parameters: kernels of rank 2 and more uniform with Glorot's limit, the rest small and not 0, variances
/// positive.
State makeRandomState(mlir::ModuleOp module, uint64_t seed);

/// Targets that a Keras loss class takes: class numbers, one-hot rows of `classes`, or zeros and ones.
Tensor makeRandomTarget(llvm::StringRef loss, llvm::ArrayRef<int64_t> shape, int64_t classes, Random &random);

} // namespace nncc::reference

#endif // NNCC_REFERENCE_RANDOMVALUES_H
