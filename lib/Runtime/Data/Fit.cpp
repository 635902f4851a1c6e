// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fits arrays to a model: shapes to its inputs, labels to its loss.
#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"

#include <cmath>
#include <cstring>

namespace nncc::runtime {

LossKind lossKind(const nncc_program &program) {
  const char *name = program.training.loss.name ? program.training.loss.name : "";
  if (strcmp(name, "BinaryCrossentropy") == 0)
    return LossKind::Binary;
  if (strcmp(name, "CategoricalCrossentropy") == 0)
    return LossKind::Categorical;
  if (strcmp(name, "SparseCategoricalCrossentropy") == 0)
    return LossKind::Sparse;
  return LossKind::Regression;
}

int64_t classCount(const nncc_program &program) {
  const nncc_tensor &output = program.output;
  int64_t last = output.rank ? output.extents[output.rank - 1] : 1;
  return last == 1 ? 2 : last;
}

/// Does `shape` without its batch axis equal `extents`, but for one trailing axis of 1 that only one of them has? Keras'
/// functional models allow that difference (keras/engine/functional.py, _conform_to_reference_input).
static bool sameSample(const std::vector<int64_t> &shape, const int64_t *extents, int64_t rank) {
  int64_t have = static_cast<int64_t>(shape.size()) - 1;
  int64_t common = have < rank ? have : rank;
  for (int64_t i = 0; i < common; ++i)
    if (shape[static_cast<size_t>(i) + 1] != extents[i])
      return false;
  return have == rank || (have == rank + 1 && shape.back() == 1) || (have == rank - 1 && have >= 0 && extents[rank - 1] == 1);
}

void checkInputShape(const nncc_program &program, int64_t index, const std::vector<int64_t> &shape, bool pictures,
                     const std::string &title) {
  const nncc_tensor &input = program.inputs[index];
  bool fits = sameSample(shape, input.extents, input.rank);
  Array sized;
  sized.shape = shape;
  if (!fits && pictures && sized.perSample() == input.elements) {
    // The same elements in the same order: a picture as a row (784), or with its one channel in front (1x28x28).
    int64_t more = 0, given = 0;
    for (int64_t i = 0; i < input.rank; ++i)
      more += input.extents[i] != 1;
    for (size_t axis = 1; axis < shape.size(); ++axis)
      given += shape[axis] != 1;
    fits = input.rank == 1 || more == given;
    size_t i = 0;
    for (size_t axis = 1; fits && input.rank > 1 && axis < shape.size(); ++axis) {
      if (shape[axis] == 1)
        continue;
      while (static_cast<int64_t>(i) < input.rank && input.extents[i] == 1)
        ++i;
      fits = static_cast<int64_t>(i) < input.rank && input.extents[i++] == shape[axis];
    }
  }
  if (!fits)
    fail(exitBadInput, "%s has the shape %s; the input '%s' of model '%s' needs %s", title.c_str(), sized.shapeText().c_str(), input.name,
         program.name, shapeText(input.extents, input.rank, -1).c_str());
}

Floats fitInput(const nncc_program &program, int64_t index, Array array, bool pictures, const std::string &title) {
  checkInputShape(program, index, array.shape, pictures, title);
  return std::move(array.values);
}

namespace {

class LabelFitter {
public:
  LabelFitter(const nncc_program &program, const std::string &title) : program(program), title(title), classes(classCount(program)) {}

  /// Class numbers, or what the loss ignores.
  void checkClasses(const Floats &values) const {
    const auto ignored = static_cast<float>(nncc_call_number(&program.training.loss, "ignore_class", NAN));
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i] != ignored && (!(values[i] >= 0) || values[i] >= static_cast<float>(classes) || values[i] != std::floor(values[i])))
        fail(exitBadInput, "%s: label %s at position %zu is no class number; the model '%s' has %lld classes, 0 to %lld", title.c_str(),
             number(values[i]).c_str(), i, program.name, static_cast<long long>(classes), static_cast<long long>(classes - 1));
  }

  void checkProbabilities(const Floats &values) const {
    for (size_t i = 0; i < values.size(); ++i)
      if (!(values[i] >= 0 && values[i] <= 1))
        fail(exitBadInput, "%s: label %s at position %zu lies outside 0 to 1, which %s needs", title.c_str(), number(values[i]).c_str(), i,
             program.training.loss.name);
  }

  void checkFinite(const Floats &values) const {
    for (size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i]))
        fail(exitBadInput, "%s: the target at position %zu is %s", title.c_str(), i, number(values[i]).c_str());
  }

  Floats toOneHot(const Floats &numbers, int64_t width) const {
    Floats rows(numbers.size() * static_cast<size_t>(width), 0.0f);
    for (size_t i = 0; i < numbers.size(); ++i)
      rows[i * static_cast<size_t>(width) + static_cast<size_t>(numbers[i])] = 1;
    return rows;
  }

  Floats fromOneHot(const Floats &rows) const {
    size_t width = static_cast<size_t>(classes);
    Floats numbers(rows.size() / width);
    for (size_t i = 0; i < numbers.size(); ++i) {
      size_t ones = 0, others = 0;
      for (size_t c = 0; c < width; ++c) {
        float value = rows[i * width + c];
        ones += value == 1;
        others += value != 0 && value != 1;
        if (value == 1)
          numbers[i] = static_cast<float>(c);
      }
      if (ones != 1 || others)
        fail(exitBadInput, "%s: row %zu is not one-hot (one 1, the rest 0), which %s needs", title.c_str(), i, program.training.loss.name);
    }
    return numbers;
  }

private:
  static std::string number(float value) {
    return value == std::floor(value) && std::fabs(value) < 1e9f ? format("%.0f", value) : shortest(value);
  }

  const nncc_program &program;
  const std::string &title;
  int64_t classes;
};

} // namespace

Floats fitLabels(const nncc_program &program, Array labels, int64_t count, const std::string &title) {
  const nncc_tensor &target = program.target, &output = program.output;
  if (labels.count() != count)
    fail(exitBadInput, "%s holds %lld labels for %lld samples", title.c_str(), static_cast<long long>(labels.count()),
         static_cast<long long>(count));
  LabelFitter fitter(program, title);
  LossKind kind = lossKind(program);
  int64_t classes = classCount(program);
  bool asTarget = sameSample(labels.shape, target.extents, target.rank);
  // One number (or one row) per position: the output's shape without its last axis, which counts the classes.
  int64_t positions = output.rank ? output.rank - 1 : 0;
  bool asNumbers = sameSample(labels.shape, output.extents, positions);
  int64_t rowExtents[NNCC_MAX_RANK + 1];
  memcpy(rowExtents, output.extents, sizeof(int64_t) * static_cast<size_t>(positions));
  rowExtents[positions] = classes;
  bool asRows = static_cast<int64_t>(labels.shape.size()) == positions + 2 && sameSample(labels.shape, rowExtents, positions + 1);

  switch (kind) {
  case LossKind::Sparse:
    if (asTarget || asNumbers) {
      fitter.checkClasses(labels.values);
      return std::move(labels.values);
    }
    if (asRows)
      return fitter.fromOneHot(labels.values);
    break;
  case LossKind::Categorical:
    if (asRows && asTarget) {
      fitter.checkProbabilities(labels.values);
      return std::move(labels.values);
    }
    if (asNumbers && output.rank && output.extents[output.rank - 1] == classes) {
      fitter.checkClasses(labels.values);
      return fitter.toOneHot(labels.values, classes);
    }
    if (asTarget) {
      fitter.checkProbabilities(labels.values);
      return std::move(labels.values);
    }
    break;
  case LossKind::Binary:
    if (asTarget) {
      fitter.checkProbabilities(labels.values);
      return std::move(labels.values);
    }
    if (asRows)
      return fitter.fromOneHot(labels.values);
    if (asNumbers) {
      fitter.checkClasses(labels.values);
      return fitter.toOneHot(labels.values, classes);
    }
    break;
  case LossKind::Regression:
    if (asTarget) {
      fitter.checkFinite(labels.values);
      return std::move(labels.values);
    }
    break;
  }
  std::string also;
  if (kind == LossKind::Sparse || (kind == LossKind::Binary && classes == 2))
    also = " or one-hot rows " + shapeText(rowExtents, positions + 1, -1);
  else if (kind != LossKind::Regression)
    also = " or class numbers " + shapeText(output.extents, positions, -1);
  fail(exitBadInput, "%s has the shape %s; the loss %s of model '%s' needs %s%s", title.c_str(), labels.shapeText().c_str(),
       program.training.loss.name ? program.training.loss.name : "", program.name, shapeText(target.extents, target.rank, -1).c_str(),
       also.c_str());
}

SampleSet fitPart(const nncc_program &program, RawPart part, bool pictures) {
  SampleSet set;
  set.count = part.inputs[0].rows->count();
  if (set.count < 1)
    fail(exitBadInput, "%s holds no samples", part.inputName.c_str());
  for (size_t i = 0; i < part.inputs.size(); ++i) {
    std::string title = i < part.titles.size()      ? part.titles[i]
                        : part.inputs.size() == 1 ? part.inputName
                                                  : format("the array for input '%s'", program.inputs[i].name);
    const RawInput &input = part.inputs[i];
    if (input.rows->count() != set.count)
      fail(exitBadInput, "%s has %lld samples, but %s has %lld", part.inputName.c_str(), static_cast<long long>(set.count),
           title.c_str(), static_cast<long long>(input.rows->count()));
    checkInputShape(program, static_cast<int64_t>(i), input.shape, pictures, title);
    set.inputs.push_back(input.rows);
  }
  set.targets = fitLabels(program, std::move(part.labels), set.count, part.labelName);
  return set;
}

} // namespace nncc::runtime
