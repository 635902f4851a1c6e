// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sample as something to look at: pictures as pictures, series as plots, volumes as slices.
#ifndef NNCC_RUNTIME_REPORT_THUMBNAIL_H
#define NNCC_RUNTIME_REPORT_THUMBNAIL_H

#include "nncc/ABI/Program.h"

#include <string>

namespace nncc::runtime::report {

/// HTML for one sample's values of this shape:
///   (H, W, 1|3|4) a picture; with other channels their mean in grey;
///   (L, C), C <= 8, or (L): a plot of up to four series; (L) of a square number of 144 or more: a grey picture;
///   (H, W): a grey picture; (D, H, W, C): up to 9 slices;
/// what is left: nothing.
/// Values from 0 to 1 are shown as they are, others between their least and largest.
std::string thumbnail(const float *values, const nncc_tensor &tensor);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_THUMBNAIL_H
