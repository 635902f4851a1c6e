// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a data source holds: numbers about its parts, and what a source needs of a model where none is given.
#ifndef NNCC_RUNTIME_DATA_DESCRIBE_H
#define NNCC_RUNTIME_DATA_DESCRIBE_H

#include "nncc/Runtime/Data/Source.h"

namespace nncc::runtime {

/// The facts of a model that takes what a source holds, read from the source.
class ProbedModel {
public:
  /// Throws Error where the source cannot be looked at. Pictures of several sizes are scaled to the first one's.
  explicit ProbedModel(SourceSpec &spec);
  ProbedModel(const ProbedModel &) = delete;
  ProbedModel &operator=(const ProbedModel &) = delete;
  const nncc_program &program() const { return facts; }

private:
  void setInput(std::initializer_list<int64_t> extents);
  nncc_tensor input{};
  nncc_program facts{};
};

/// The class of each sample, if the labels are class numbers or one-hot rows; else nothing.
std::vector<int64_t> classesOfLabels(const Array &labels);
/// The name of a class: the source's, or its number.
std::string className(const std::vector<std::string> &names, int64_t number);

/// Lines about a part: the number of samples, their shape, the range of values, classes with counts or the range of
/// labels. All samples are read, by `threads` ahead.
std::string describePart(const std::string &name, const RawPart &part, const std::vector<std::string> &classNames,
                         int64_t threads);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_DESCRIBE_H
