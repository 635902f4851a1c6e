// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples with what the model makes of them, as cards.
#ifndef NNCC_RUNTIME_REPORT_SAMPLES_H
#define NNCC_RUNTIME_REPORT_SAMPLES_H

#include "nncc/Runtime/Report/Findings.h"

namespace nncc::runtime::report {

/// A card for each: the inputs, the prediction with its probability, the truth. Of a sample with many classified positions
/// (a segmentation) truth and prediction are pictures, too.
std::string sampleCards(const nncc_program &program, const Findings &findings, const std::vector<const KeptSample *> &samples,
                        const std::vector<std::string> &classNames);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_SAMPLES_H
