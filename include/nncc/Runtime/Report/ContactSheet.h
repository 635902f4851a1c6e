// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Labelled samples in one picture.
#ifndef NNCC_RUNTIME_REPORT_CONTACTSHEET_H
#define NNCC_RUNTIME_REPORT_CONTACTSHEET_H

#include "nncc/Runtime/Data/Rows.h"
#include "nncc/Runtime/Report/Png.h"

namespace nncc::runtime::report {

/// ASCII in 5x7 dots at (x, y), `scale` pixels a dot, in `colour` (RGB); other bytes as '?'. What lies outside is cut
/// off.
void drawText(Picture &picture, int64_t x, int64_t y, const std::string &text, const uint8_t colour[3],
              int64_t scale = 1);
/// Width of a text in dots: 6 a character.
inline int64_t textWidth(const std::string &text) { return static_cast<int64_t>(text.size()) * 6; }

/// A sample in RGB. (H, W, C) is a picture (1, 3 or 4 channels, else the mean of all), and so is (H, W) with more than
/// 8 columns, and (L) where L is the square of at least 12; (L) and (L, C) are plots, (D, H, W, C) up to nine slices.
/// Values from 0 to 1 are shown as they are, others between their least and largest.
Picture drawSample(const float *values, const std::vector<int64_t> &extents);

struct SheetSample {
  int64_t index;
  std::string label;
};
/// Rows of samples, each above its label, in cells of one size.
Picture drawContactSheet(const Rows &rows, const std::vector<int64_t> &extents,
                         const std::vector<SheetSample> &samples);

/// Up to `most` samples, as many of each class as of the others, class by class; of no classes the first ones.
std::vector<int64_t> chooseSamples(const std::vector<int64_t> &classes, int64_t count, int64_t most);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_CONTACTSHEET_H
