// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Charts as SVG: lines over epochs, and points. A chart is a figure of a page, or a file of its own.
#ifndef NNCC_RUNTIME_REPORT_CHART_H
#define NNCC_RUNTIME_REPORT_CHART_H

#include "nncc/Runtime/Report/Ticks.h"

#include <string>
#include <utility>
#include <vector>

namespace nncc::runtime::report {

/// How many colours lines have; later ones begin again, with dashes.
constexpr size_t lineColours = 10;

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points; ///< x rises; a y that is not finite interrupts the line, and is marked
  size_t colour = 0;
  enum Style {
    Line,
    Faint,  ///< thin and pale, behind the others; not in the legend
    Points, ///< no line
    Guide,  ///< a dashed grey line; not in the legend
  } style = Line;
  std::string note; ///< shown behind the name in the legend
};

struct Chart {
  std::string name; ///< for a file: "val_loss"; may be empty
  std::string title, xLabel, yLabel; ///< labels may be empty
  std::vector<Series> series;
  Scale xScale = Scale::Linear, yScale = Scale::Linear;
  bool tightX = true;
  bool legend = true;
  bool square = false; ///< as high as wide
};

/// Logarithmic where all y are > 0 and far apart (the largest is 30 times the smallest or more), else linear.
Scale lossScale(const std::vector<Series> &series);

/// A figure: caption with the legend, and the drawing, as wide as its place. Its colours are those of chartStyle.
std::string chartFigure(const Chart &chart);
/// A complete SVG with title, legend and style.
std::string chartFile(const Chart &chart);
/// The style sheet of charts for light and dark backgrounds.
std::string chartStyle();

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_CHART_H
