// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which class was taken for which.
#ifndef NNCC_RUNTIME_REPORT_CONFUSION_H
#define NNCC_RUNTIME_REPORT_CONFUSION_H

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::runtime::report {

class Confusion {
public:
  explicit Confusion(int64_t classes) : classes(classes), counts(static_cast<size_t>(classes * classes)) {}

  /// Numbers outside [0, classes) are not counted.
  void add(int64_t truth, int64_t predicted);
  int64_t at(int64_t truth, int64_t predicted) const { return counts[static_cast<size_t>(truth * classes + predicted)]; }
  int64_t total() const;
  int64_t correct() const;

  /// The matrix, and precision, recall and F1 by class; of more than 40 classes the pairs that are confused most instead of the
  /// matrix. `names` may be shorter than the classes are many.
  std::string html(const std::vector<std::string> &names) const;

private:
  std::string matrix(const std::vector<std::string> &names) const;
  /// A cell of the matrix, `side` wide and high.
  std::string matrixCell(const std::vector<std::string> &names, int64_t truth, int64_t predicted, double x, double y,
                         double side) const;
  std::string pairs(const std::vector<std::string> &names) const;
  std::string perClass(const std::vector<std::string> &names) const;
  int64_t rowSum(int64_t truth) const;
  int64_t columnSum(int64_t predicted) const;

  int64_t classes;
  std::vector<int64_t> counts; ///< row: truth
};

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_CONFUSION_H
