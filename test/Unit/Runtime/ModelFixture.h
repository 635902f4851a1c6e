// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Models of the C interface on hand-written programs, for tests.
#ifndef NNCC_TEST_UNIT_RUNTIME_MODELFIXTURE_H
#define NNCC_TEST_UNIT_RUNTIME_MODELFIXTURE_H

#include "FakeProgram.h"
#include "nncc/Runtime/Core/Model.h"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <vector>

namespace nncc::test {

/// The programs of one model, the most demanding first. Refers to them: they must live as long.
class Programs {
public:
  Programs(std::initializer_list<const nncc_program *> list) : list(list) {
    table = {static_cast<int64_t>(this->list.size()), this->list.data()};
  }
  Programs(const Programs &) = delete;
  operator const nncc_programs *() const { return &table; }

private:
  std::vector<const nncc_program *> list;
  nncc_programs table;
};

/// A model that is destroyed at the end of the scope.
class Model {
public:
  explicit Model(const nncc_programs *programs, nncc_options options = {}) : status(nncc_model_create(programs, &model, &options)) {}
  /// Of a copy of the program as it is now.
  explicit Model(const nncc_program &program, nncc_options options = {})
      : program(program), status(nncc_model_create(Programs{&this->program}, &model, &options)) {}
  Model(const Model &) = delete;
  ~Model() { nncc_model_destroy(model); }
  operator nncc_model *() const { return model; }
  std::string error() const { return nncc_model_last_error(model); }

private:
  nncc_program program{};

public:
  nncc_model *model = nullptr;
  nncc_status status;
};

constexpr size_t samples = 5;

/// `samples` samples of the programs' input, and their labels.
inline std::vector<float> exampleInput() {
  std::vector<float> x;
  for (size_t i = 0; i < samples * features; ++i)
    x.push_back(static_cast<float>(i % 7) * 0.25f - 0.5f);
  return x;
}
inline std::vector<float> exampleLabels() { return {0, 1, 2, 1, 0}; }

inline std::vector<float> predict(nncc_model *model) {
  std::vector<float> x = exampleInput(), y(samples * classes);
  const float *inputs[] = {x.data()};
  EXPECT_EQ(nncc_model_predict(model, inputs, samples, y.data()), NNCC_OK) << nncc_model_last_error(model);
  return y;
}

/// The losses of some steps.
inline std::vector<float> train(nncc_model *model, int steps) {
  std::vector<float> x = exampleInput(), labels = exampleLabels(), losses(static_cast<size_t>(steps));
  const float *inputs[] = {x.data()};
  for (float &loss : losses)
    EXPECT_EQ(nncc_model_train_step(model, inputs, labels.data(), samples, &loss), NNCC_OK) << nncc_model_last_error(model);
  return losses;
}

inline std::vector<float> parameter(nncc_model *model, const char *path, size_t count) {
  std::vector<float> values(count);
  EXPECT_EQ(nncc_model_get_parameter(model, path, values.data(), count), NNCC_OK) << nncc_model_last_error(model);
  return values;
}
inline std::vector<float> kernelOf(nncc_model *model) { return parameter(model, "dense/kernel", features * classes); }
inline std::vector<float> biasOf(nncc_model *model) { return parameter(model, "dense/bias", classes); }

/// A feature that this CPU has not, or NULL.
const char *missingFeature();

} // namespace nncc::test
#endif // NNCC_TEST_UNIT_RUNTIME_MODELFIXTURE_H
