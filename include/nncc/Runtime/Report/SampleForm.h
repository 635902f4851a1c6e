// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a sample looks like, by its shape: the same on a report and on a contact sheet.
#ifndef NNCC_RUNTIME_REPORT_SAMPLEFORM_H
#define NNCC_RUNTIME_REPORT_SAMPLEFORM_H

#include <cstdint>

namespace nncc::runtime::report {

/// Planes of height x width x channels, one after the other; a plot has `height` positions of `channels` series.
struct SampleForm {
  enum Kind { Plot, Still, Slices } kind;
  int64_t depth, height, width, channels;
};

/// A series has up to 8 channels; wider ones are grey pictures, and so is a row of a square number of elements, 12 x 12 or more.
/// Shapes of more than four axes are plots of their first.
SampleForm formOf(const int64_t *extents, int64_t rank);

/// The slices of a volume that are shown, at most.
constexpr int64_t mostSlices = 9;

/// The least and largest finite value; least > most where there is none.
struct FiniteRange {
  float least, most;
};
FiniteRange finiteRange(const float *values, int64_t count);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_SAMPLEFORM_H
