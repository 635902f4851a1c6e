// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The history as Keras' CSVLogger lays it out (keras/callbacks.py): the epoch, then the rest sorted by name; without validation
// the val_ columns are there, each after the sorted rest, and hold NA.
// Lines end in a newline alone; numbers are written as Python's repr writes them.
#ifndef NNCC_RUNTIME_REPORT_HISTORY_H
#define NNCC_RUNTIME_REPORT_HISTORY_H

#include "nncc/Runtime/Report/Progress.h"

namespace nncc::runtime {

class History {
public:
  void add(const Logs &logs) { epochs.push_back(logs); }
  std::string csv(const std::string &separator = ",", bool hasHeader = true) const;

  /// What `csv` wrote, taken apart: one list an epoch, in the order of the columns, without those that hold NA. Empty where the
  /// text is none of its.
  static std::vector<Logs> parse(const std::string &csv);

private:
  std::vector<Logs> epochs;
};

/// A cell of a CSV file, quoted where it must be (RFC 4180).
std::string csvCell(const std::string &text);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_REPORT_HISTORY_H
