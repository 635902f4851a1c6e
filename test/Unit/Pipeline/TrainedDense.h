// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One dense layer, compiled with a train section as a user writes it: the model on which optimizers and losses are held
// against numbers worked in f64.
#ifndef NNCC_TEST_UNIT_PIPELINE_TRAINEDDENSE_H
#define NNCC_TEST_UNIT_PIPELINE_TRAINEDDENSE_H

#include "nncc/Codegen/FactsTable.h"
#include "nncc/Frontend/Signature.h"
#include "nncc/Pipeline/Compiler.h"
#include "nncc/Runtime/Core/Instance.h"

#include <memory>
#include <string>
#include <vector>

namespace nncc::test {

using Numbers = std::vector<double>;

/// `x: f32[positions x inputs] -> Dense(outputs, activation)`; one position is no axis.
struct DenseShape {
  int64_t positions = 1, inputs = 2, outputs = 3;
  const char *activation = "linear";
  /// More arguments: ", name=value".
  const char *more = "";
  /// Not 0: the same as a Conv2D whose window, of this extent in both axes, covers all of its `inputs`.
  int64_t window = 0;

  std::string text(const std::string &trainSection) const;
  int64_t parameters() const { return (inputs + 1) * outputs; }
  /// The first outputs of a Dense without its activation, for `count` rows of `inputs`. Parameters: the kernel, then the bias.
  Numbers logits(const Numbers &parameters, const Numbers &x) const;
  /// Gradients of mean((x K + b - t)^2) where `y` is x K + b: the kernel's and the bias'.
  std::vector<Numbers> meanSquareGradients(const Numbers &y, const Numbers &x, const Numbers &t) const;
};

/// Numbers that f32 has, between -1 and 1, as a sequence that looks irregular.
Numbers waves(int64_t count, double phase);

/// Trains a DenseShape step by step, as the training loop does.
class TrainedDense {
public:
  TrainedDense(const DenseShape &shape, const std::string &trainSection);
  ~TrainedDense() { nncc_instance_destroy(instance); }
  TrainedDense(const TrainedDense &) = delete;

  Numbers parameters() const;
  void setParameters(const Numbers &values);
  /// One step on a batch; returns its loss.
  double step(const Numbers &x, const Numbers &target, int64_t batch);

private:
  float *variable(int64_t index) const { return instance->parameters + program->variables[index].offset; }

  std::unique_ptr<codegen::JitProgram> jit;
  const nncc_program *program = nullptr;
  nncc_instance *instance = nullptr;
  int64_t steps = 0;
};

/// The facts of a model, without code.
class Facts {
public:
  explicit Facts(const std::string &text);
  const nncc_program &program() const { return table->program(); }

private:
  pipeline::Compiler compiler;
  std::unique_ptr<codegen::FactsTable> table;
};

/// Fails for every class of the family, and each of its arguments, that no text names as `Class(` and `argument=`; `except`
/// are arguments without an effect on numbers.
void expectAllNamed(frontend::ClassFamily family, const std::vector<std::string> &texts, const std::vector<std::string> &except = {});

} // namespace nncc::test
#endif // NNCC_TEST_UNIT_PIPELINE_TRAINEDDENSE_H
