// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_TRANSFORMS_GRADIENTCHECK_H
#define NNCC_TEST_UNIT_TRANSFORMS_GRADIENTCHECK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <string>
#include <vector>

namespace nncc::test {

using Extents = std::vector<int64_t>;

/// "tensor<3x2xf32>", and with the batch "tensor<?x3x2xf32>".
std::string tensorType(const Extents &shape);
std::string batchType(const Extents &sample);
/// "array<i64: 1, 2>".
std::string array(const Extents &extents);

/// The text of a model, built layer by layer: one chain of values unless told otherwise.
class ModelText {
public:
  /// Adds an input; returns its value.
  std::string input(const std::string &name, const Extents &sample);
  /// Adds a variable; returns its value, read.
  std::string variable(const std::string &path, const Extents &shape, bool trainable = true);
  /// Adds `%n = nn.op operands {attributes, nn.layer} : types -> result`; returns the value. The layer's name is the
  /// op's.
  std::string op(const std::string &op, const std::vector<std::string> &operands, const std::string &attributes,
                 const Extents &result);
  /// The same with another way to write the operands (batch normalisation's groups).
  std::string op(const std::string &op, const std::string &operands, const std::vector<std::string> &values,
                 const std::string &attributes, const Extents &result);
  /// The module; `train` is empty or the contents of nn.train.
  std::string finish(const std::string &output, const std::string &train = "") const;

  const Extents &sampleOf(const std::string &value) const;

private:
  std::string typeOf(const std::string &value) const;

  std::string variables, arguments, body;
  std::vector<std::pair<std::string, std::pair<std::string, Extents>>>
      types; // value, (type, sample's or variable's shape)
  int next = 0;
};

/// What came of a check: the report's lines, and the error if it failed.
struct CheckResult {
  bool passed;
  std::string report, error;
};

/// Parses the model, makes the entry points, differentiates and checks them against finite differences.
/// `brokenRule` is nn-autodiff's break-rule; `passes` run before it, `passesBehind` after it.
CheckResult checkModel(const std::string &model, int64_t batch, bool training = false,
                       const std::string &brokenRule = "",
                       const std::string &passes = "nn-fuse-loss,nn-fuse-activation",
                       const std::string &passesBehind = "nn-simplify");

/// Parses the module and runs a pipeline of passes; null after a failure.
struct Module {
  Module();
  bool run(const std::string &text, const std::string &pipeline);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string error;
};

} // namespace nncc::test

#endif // NNCC_TEST_UNIT_TRANSFORMS_GRADIENTCHECK_H
