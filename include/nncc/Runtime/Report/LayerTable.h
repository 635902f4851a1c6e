// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each layer costs: parameters, operations, and its share of the time of a training step.
#ifndef NNCC_RUNTIME_REPORT_LAYERTABLE_H
#define NNCC_RUNTIME_REPORT_LAYERTABLE_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Train/Observer.h"

#include <string>
#include <vector>

namespace nncc::runtime::report {

/// The table. `seconds`: by step of `steps` (the entry that was run), over `runs` runs; empty: no times. `sizes`: of the last epoch, as
/// observers get them; may be empty.
std::string layerTable(const nncc_program &program, const nncc_entry &steps, const std::vector<double> &seconds, int64_t runs,
                       const std::vector<LayerSizes> &sizes);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_LAYERTABLE_H
