// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Pipeline/TrainedDense.h"

#include "Command.h"
#include "nncc/Runtime/Core/Initializers.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <cmath>

namespace nncc::test {

/// Options of a compiler, after registering what the pipelines ask for.
static pipeline::CompilerOptions compilerOptions() {
  static const bool registered = [] {
    mlir::registerPassManagerCLOptions();
    mlir::registerDefaultTimingManagerCLOptions();
    return true;
  }();
  (void)registered;
  return {};
}

std::string DenseShape::text(const std::string &trainSection) const {
  std::string extents = (positions == 1 ? "" : std::to_string(positions) + "x") + std::to_string(inputs);
  std::string layer = "Dense(" + std::to_string(outputs);
  if (window != 0) {
    extents = std::to_string(window) + "x" + std::to_string(window) + "x" + std::to_string(inputs / (window * window));
    layer = "Conv2D(" + std::to_string(outputs) + ", " + std::to_string(window);
  }
  return "model M(x: f32[" + extents + "]) { x -> " + layer + ", activation=" + activation + more + ") }\n" +
         "train { " + trainSection + " }\n";
}

Numbers DenseShape::logits(const Numbers &parameters, const Numbers &x) const {
  Numbers z;
  for (size_t row = 0; row < x.size(); row += inputs)
    for (int64_t o = 0; o < outputs; ++o) {
      z.push_back(parameters[inputs * outputs + o]);
      for (int64_t i = 0; i < inputs; ++i)
        z.back() += x[row + i] * parameters[i * outputs + o];
    }
  return z;
}

std::vector<Numbers> DenseShape::meanSquareGradients(const Numbers &y, const Numbers &x, const Numbers &t) const {
  std::vector<Numbers> g = {Numbers(inputs * outputs), Numbers(outputs)};
  for (size_t i = 0; i < y.size(); ++i) {
    const int64_t row = i / outputs * inputs, output = i % outputs;
    double dy = 2 * (y[i] - t[i]) / y.size();
    for (int64_t input = 0; input < inputs; ++input)
      g[0][input * outputs + output] += dy * x[row + input];
    g[1][output] += dy;
  }
  return g;
}

Numbers waves(int64_t count, double phase) {
  Numbers values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(std::sin(1.7 * i + 0.13 * i * i + phase)));
  return values;
}

TrainedDense::TrainedDense(const DenseShape &shape, const std::string &trainSection) {
  pipeline::Compiler compiler(compilerOptions());
  nncc_message message{};
  if (compiler.load(shape.text(trainSection), "dense.nn") != pipeline::ExitStatus::Success ||
      compiler.compile({"train_step"}, jit) != pipeline::ExitStatus::Success ||
      nncc_instance_create(jit->program(), 1, &instance, &message) != NNCC_OK) {
    ADD_FAILURE() << "cannot compile " << trainSection;
    exit(1);
  }
  program = jit->program();
}

Numbers TrainedDense::parameters() const {
  Numbers values;
  for (int64_t v = 0; v < program->variable_count; ++v)
    values.insert(values.end(), variable(v), variable(v) + program->variables[v].elements);
  return values;
}

void TrainedDense::setParameters(const Numbers &values) {
  auto from = values.begin();
  for (int64_t v = 0; v < program->variable_count; from += program->variables[v++].elements)
    std::copy_n(from, program->variables[v].elements, variable(v));
}

double TrainedDense::step(const Numbers &x, const Numbers &target, int64_t batch) {
  const nncc_entry &entry = *nncc_instance_entry(instance, NNCC_ENTRY_TRAIN_STEP);
  const nncc_training &training = program->training;
  const double constant = nncc_call_number(&training.optimizer, "learning_rate", 0.001);
  nncc_reserve(instance, NNCC_ENTRY_TRAIN_STEP, batch);
  nncc_scalars *scalars = nncc_instance_scalars(instance);
  scalars->step = steps;
  scalars->learning_rate = static_cast<float>(runtime::scheduledRate(training.schedule, constant, steps));
  ++steps;
  auto copyIn = [&](const nncc_region &region, const Numbers &values) {
    EXPECT_EQ(nncc_region_elements(&region, batch), static_cast<int64_t>(values.size()));
    nncc_copy_in(instance, &region, batch, std::vector<float>(values.begin(), values.end()).data());
  };
  copyIn(entry.inputs[0], x);
  copyIn(entry.target, target);
  EXPECT_EQ(nncc_run(instance, NNCC_ENTRY_TRAIN_STEP, batch), NNCC_OK);
  float loss = 0;
  nncc_copy_out(instance, &entry.loss, batch, &loss);
  return loss;
}

Facts::Facts(const std::string &text) : compiler(compilerOptions()) {
  if (compiler.load(text, "model.nn") != pipeline::ExitStatus::Success) {
    ADD_FAILURE() << "cannot read " << text;
    exit(1);
  }
  table = std::make_unique<codegen::FactsTable>(compiler.describe());
}

void expectAllNamed(frontend::ClassFamily family, const std::vector<std::string> &texts, const std::vector<std::string> &except) {
  for (const frontend::ClassSpec &spec : frontend::classesOf(family)) {
    std::string ofClass;
    for (const std::string &text : texts)
      if (llvm::StringRef(text).starts_with(spec.name) && !isalnum(text.c_str()[spec.name.size()]))
        ofClass += text + "\n";
    EXPECT_NE(ofClass, "") << "no numbers for " << spec.name.str();
    for (const frontend::ArgumentSpec &argument : spec.arguments)
      if (!llvm::is_contained(except, argument.name.str()))
        EXPECT_NE(ofClass.find(argument.name.str() + "="), std::string::npos)
            << "no numbers for '" << argument.name.str() << "' of " << spec.name.str();
  }
}

} // namespace nncc::test
