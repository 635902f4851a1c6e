// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Chart.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Sort.h"
#include "nncc/Runtime/Report/Html.h"
#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

namespace {

struct Colours {
  const char *ground, *ink, *muted, *grid, *lines[lineColours];
};
constexpr Colours light = {
    "#ffffff",
    "#1b2230",
    "#5b6675",
    "#e6e9ee",
    {"#2f6fd0", "#cc6a10", "#1f8a5f", "#b0348a", "#7a45c4", "#9a7b00", "#1b8599", "#c03a52", "#64707f", "#7d4e2d"}};
constexpr Colours dark = {
    "#0f141c",
    "#e8edf4",
    "#9aa6b6",
    "#252d3a",
    {"#6ea8ff", "#f0a958", "#4fd1a0", "#ee85cf", "#b58cf5", "#e0c34c", "#62c4d8", "#f58a9c", "#a3afbf", "#c9a07e"}};

std::string coloursStyle(const Colours &colours) {
  std::string text =
      format(".chart .tick { fill: %s }\n.chart .name, .chart .axis { fill: %s }\n.chart .grid { stroke: %s }\n"
             ".chart .ground { fill: %s }\n.chart .edge { stroke: %s }\n",
             colours.muted, colours.ink, colours.grid, colours.ground, colours.muted);
  for (size_t i = 0; i < lineColours; ++i)
    text += format(".s%zu { stroke: %s; fill: %s; background: %s }\n", i, colours.lines[i], colours.lines[i],
                   colours.lines[i]);
  return text;
}

constexpr double width = 420, characterWidth = 6.3;

/// The range of finite values; `usualOnly`: without those that are far beyond most, as a run that blew up must not flatten the
/// others.
struct Range {
  double low = INFINITY, high = -INFINITY;

  Range(std::vector<double> values, bool usualOnly) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) {
      low = 0;
      high = 1;
      return;
    }
    sortList(values);
    low = values.front();
    const double usual = values[(values.size() - 1) * 3 / 4];
    high = values.back();
    if (usualOnly && usual > 0 && high > 100 * usual)
      high = *std::prev(std::upper_bound(values.begin(), values.end(), 10 * usual));
  }
};

class Drawing {
public:
  explicit Drawing(const Chart &chart);
  /// All that stands in the coordinate system of the chart: [0, width) x [0, height).
  std::string body() const;
  double height = 0;

private:
  double xOf(double value) const { return left + x.place(value) * (right - left); }
  double yOf(double value) const { return bottom - y.place(value) * (bottom - top); }
  std::string axes() const;
  std::string line(const Series &series) const;
  std::string marks(const Series &series) const;

  const Chart &chart;
  Ticks x, y;
  double left = 0, right = width - 14, top = 10, bottom = 0;
};

Drawing::Drawing(const Chart &chart) : chart(chart) {
  std::vector<double> xs, ys;
  for (const Series &series : chart.series)
    for (auto [px, py] : series.points) {
      xs.push_back(px);
      ys.push_back(py);
    }
  const Range across(xs, false), up(ys, !chart.square);
  y = chooseTicks(up.low, up.high, chart.yScale, 5, false);
  size_t longest = 0;
  for (const std::string &label : y.labels)
    longest = std::max(longest, label.size());
  left = (chart.yLabel.empty() ? 14 : 30) + characterWidth * static_cast<double>(longest);
  x = chooseTicks(across.low, across.high, chart.xScale, 7, chart.tightX);
  height = chart.square ? width : 252;
  bottom = height - (chart.xLabel.empty() ? 22 : 40);
}

std::string Drawing::axes() const {
  std::string text;
  for (size_t i = 0; i < y.values.size(); ++i) {
    const std::string at = lengthText(yOf(y.values[i]));
    text += "<path class=\"grid\" d=\"M" + lengthText(left) + " " + at + "H" + lengthText(right) +
            "\"/><text class=\"tick\" x=\"" + lengthText(left - 6) + "\" y=\"" + lengthText(yOf(y.values[i]) + 4) +
            "\" text-anchor=\"end\">" + y.labels[i] + "</text>\n";
  }
  text += "<path class=\"edge\" d=\"M" + lengthText(left) + " " + lengthText(bottom) + "H" + lengthText(right);
  for (double value : x.values)
    text += "M" + lengthText(xOf(value)) + " " + lengthText(bottom) + "v4";
  text += "\"/>\n";
  for (size_t i = 0; i < x.values.size(); ++i)
    text += "<text class=\"tick\" x=\"" + lengthText(xOf(x.values[i])) + "\" y=\"" + lengthText(bottom + 17) +
            "\" text-anchor=\"middle\">" + x.labels[i] + "</text>\n";
  if (!chart.xLabel.empty())
    text += "<text class=\"axis\" x=\"" + lengthText((left + right) / 2) + "\" y=\"" + lengthText(height - 6) +
            "\" text-anchor=\"middle\">" + escape(chart.xLabel) + "</text>\n";
  if (!chart.yLabel.empty())
    text += "<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(10 " + lengthText((top + bottom) / 2) +
            ") rotate(-90)\">" + escape(chart.yLabel) + "</text>\n";
  return text;
}

std::string Drawing::line(const Series &series) const {
  std::string path;
  bool inside = false;
  for (auto [px, py] : series.points) {
    const bool isThere = std::isfinite(py) && (y.scale != Scale::Logarithmic || py > 0);
    // Far above the axis is far enough: the frame cuts it.
    if (isThere)
      path += (inside ? "L" : "M") + lengthText(xOf(px)) + " " + lengthText(std::max(yOf(py), top - 200));
    inside = isThere;
  }
  return path.empty() ? "" : "<path class=\"line\" d=\"" + path + "\"/>\n";
}

std::string Drawing::marks(const Series &series) const {
  std::string text;
  const bool showsAll = series.style == Series::Points || series.points.size() <= 40;
  auto title = [&, this](double px, double py) {
    return "<title>" + (series.name.empty() ? "" : escape(series.name) + ", ") +
           (chart.xLabel.empty() ? "" : escape(chart.xLabel) + " ") + numberText(px) + ": " + numberText(py) +
           "</title>";
  };
  bool wasFinite = true;
  for (auto [px, py] : series.points) {
    if (!std::isfinite(py)) {
      if (wasFinite && series.style == Series::Line) // where it became so
        text += "<g><path class=\"cross\" d=\"M" + lengthText(xOf(px) - 4) + " " + lengthText(top) +
                "l8 8m0 -8l-8 8\"/>" + title(px, py) + "</g>\n";
      wasFinite = false;
      continue;
    }
    wasFinite = true;
    if (showsAll && yOf(py) >= top - 3 && (y.scale != Scale::Logarithmic || py > 0))
      text += "<circle cx=\"" + lengthText(xOf(px)) + "\" cy=\"" + lengthText(yOf(py)) + "\" r=\"" +
              (series.style == Series::Points ? "2" : "2.3") + "\">" + title(px, py) + "</circle>\n";
  }
  return text;
}

std::string Drawing::body() const {
  std::string text = axes();
  // Pale lines and guides lie behind the others.
  for (bool front : {false, true})
    for (const Series &series : chart.series) {
      const bool isBehind = series.style == Series::Faint || series.style == Series::Guide;
      if (isBehind == front)
        continue;
      constexpr const char *classes[] = {"series", "series faint", "series dots", "series guide"};
      text += format("<g class=\"%s s%zu%s\">\n", classes[series.style], series.colour % lineColours,
                     series.colour >= lineColours ? " dashed" : "");
      // A nested drawing cuts what is beyond the axes, and needs no name as a clip path would.
      if (series.style != Series::Points)
        text += "<svg x=\"0\" y=\"" + lengthText(top - 3) + "\" width=\"" + lengthText(width) + "\" height=\"" +
                lengthText(bottom - top + 5) + "\" viewBox=\"0 " + lengthText(top - 3) + " " + lengthText(width) + " " +
                lengthText(bottom - top + 5) + "\">" + line(series) + "</svg>";
      if (series.style == Series::Line || series.style == Series::Points)
        text += marks(series);
      text += "</g>\n";
    }
  return text;
}

bool isInLegend(const Series &series) {
  return (series.style == Series::Line || series.style == Series::Points) && !series.name.empty();
}

} // namespace

Scale lossScale(const std::vector<Series> &series) {
  double low = INFINITY, high = 0;
  for (const Series &each : series)
    for (auto [px, py] : each.points)
      if (std::isfinite(py)) {
        low = std::min(low, py);
        high = std::max(high, py);
      }
  return low > 0 && high >= 30 * low ? Scale::Logarithmic : Scale::Linear;
}

std::string chartFigure(const Chart &chart) {
  std::string text = std::string("<figure class=\"chart") + (chart.square ? " square" : "") + "\"><figcaption><b>" +
                     escape(chart.title) + "</b>";
  for (const Series &series : chart.series)
    if (chart.legend && isInLegend(series))
      text += format("<span class=\"key\"><i class=\"s%zu\"></i>", series.colour % lineColours) + escape(series.name) +
              (series.note.empty() ? "" : " <em>" + escape(series.note) + "</em>") + "</span>";
  const Drawing drawing(chart);
  return text +
         format("</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", width, drawing.height) +
         escape(chart.title) + "\">\n" + drawing.body() + "</svg></figure>\n";
}

std::string chartFile(const Chart &chart) {
  const Drawing drawing(chart);
  constexpr double titleHeight = 30, rowHeight = 17, margin = 8;
  std::string keys;
  double row = 0;
  for (const Series &series : chart.series)
    if (chart.legend && isInLegend(series)) {
      const double at = titleHeight + drawing.height + 12 + rowHeight * row++;
      keys += format("<g class=\"series s%zu%s\"><path class=\"line\" d=\"M20 %sh22\"/></g><text class=\"name\" "
                     "x=\"50\" y=\"%s\">",
                     series.colour % lineColours, series.colour >= lineColours ? " dashed" : "", lengthText(at).c_str(),
                     lengthText(at + 4).c_str()) +
              escape(series.name + (series.note.empty() ? "" : "  " + series.note)) + "</text>\n";
    }
  const double total = titleHeight + drawing.height + (row > 0 ? 10 + rowHeight * row : 0);
  const std::string extent = format("%.0f %.0f", width + 2 * margin, total + 2 * margin);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 " + extent + "\" " +
         format("width=\"%.0f\" height=\"%.0f\" role=\"img\">\n<title>", 1.4 * (width + 2 * margin),
                1.4 * (total + 2 * margin)) +
         escape(chart.title) + "</title>\n<style>\n" + chartStyle() +
         "</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n" +
         format("<g transform=\"translate(%.0f %.0f)\">\n<text class=\"title name\" x=\"8\" y=\"17\">", margin,
                margin) +
         escape(chart.title) + format("</text>\n<g transform=\"translate(0 %.0f)\">\n", titleHeight) + drawing.body() +
         "</g>\n" + keys + "</g>\n</svg>\n";
}

std::string chartStyle() {
  return ".chart text { font-family: Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', "
         "sans-serif; font-size: 11px; "
         "stroke: none }\n"
         ".chart .title { font-size: 14px; font-weight: 600 }\n"
         ".chart .grid, .chart .edge { fill: none; stroke-width: 1; shape-rendering: crispEdges }\n"
         ".chart .line, .chart .cross { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round "
         "}\n"
         ".chart .cross { stroke-width: 2 }\n"
         ".chart .dashed .line { stroke-dasharray: 5 4 }\n"
         ".chart .faint .line { stroke-width: 1; opacity: 0.35 }\n"
         ".chart .dots circle { opacity: 0.55; stroke: none }\n"
         ".chart .guide .line { stroke-width: 1; stroke-dasharray: 3 3 }\n"
         ".chart circle { stroke: none }\n"
         ".chart .series:hover .line { stroke-width: 3 }\n" +
         coloursStyle(light) + "@media (prefers-color-scheme: dark) {\n" + coloursStyle(dark) + "}\n";
}

} // namespace nncc::runtime::report
