// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Confusion.h"

#include "nncc/Runtime/Data/Describe.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Sort.h"
#include "nncc/Runtime/Report/Html.h"
#include <algorithm>
#include <cmath>
#include <tuple>

namespace nncc::runtime::report {

/// The cells of a larger matrix are too small for numbers.
static constexpr int64_t mostWithNumbers = 20;

void Confusion::add(int64_t truth, int64_t predicted) {
  if (truth >= 0 && truth < classes && predicted >= 0 && predicted < classes)
    ++counts[static_cast<size_t>(truth * classes + predicted)];
}

int64_t Confusion::rowSum(int64_t truth) const {
  int64_t sum = 0;
  for (int64_t k = 0; k < classes; ++k)
    sum += at(truth, k);
  return sum;
}

int64_t Confusion::columnSum(int64_t predicted) const {
  int64_t sum = 0;
  for (int64_t k = 0; k < classes; ++k)
    sum += at(k, predicted);
  return sum;
}

int64_t Confusion::total() const {
  int64_t sum = 0;
  for (int64_t count : counts)
    sum += count;
  return sum;
}

int64_t Confusion::correct() const {
  int64_t sum = 0;
  for (int64_t k = 0; k < classes; ++k)
    sum += at(k, k);
  return sum;
}

std::string Confusion::matrixCell(const std::vector<std::string> &names, int64_t truth, int64_t predicted, double x,
                                  double y, double side) const {
  const int64_t count = at(truth, predicted), sum = rowSum(truth);
  const double part = sum > 0 ? static_cast<double>(count) / static_cast<double>(sum) : 0;
  // Few errors among many hits would be invisible on a linear scale.
  const double shade = truth == predicted ? 0.9 * part : std::sqrt(part);
  std::string text = format("<g class=\"%s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" "
                            "fill-opacity=\"%.3f\"/>",
                            truth == predicted ? "hit" : "miss", x + 0.75, y + 0.75, side - 1.5, side - 1.5,
                            count ? std::max(0.06, shade) : 0.025);
  if (classes <= mostWithNumbers && count) {
    const std::string number = count < 10000 ? std::to_string(count) : shortCount(static_cast<double>(count));
    text += format("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>", shade > 0.55 ? "on" : "off",
                   x + side / 2, y + side / 2 + 4, number.c_str());
  }
  if (count)
    text += "<title>" + escape(className(names, truth)) + " taken for " + escape(className(names, predicted)) + ": " +
            groupedText(count) + " (" + percentText(part) + " of its row)</title>";
  return text + "</g>";
}

std::string Confusion::matrix(const std::vector<std::string> &names) const {
  constexpr size_t mostLetters = 13;
  size_t longest = 0;
  for (int64_t k = 0; k < classes; ++k)
    longest = std::max(longest, std::min(className(names, k).size(), mostLetters));
  const double cell = classes <= 6 ? 48 : classes <= mostWithNumbers ? 36 : 16;
  const double label = 10 + 6.4 * static_cast<double>(longest), axis = 20;
  const bool isSlanted = longest > 4;
  const double head = axis + (isSlanted ? 12 + label * 0.72 : 20), left = axis + label,
               side = cell * static_cast<double>(classes);
  const double width = left + side + (isSlanted ? label * 0.6 : 4), height = head + side + 4;
  std::string text =
      format("<svg class=\"chart matrix\" viewBox=\"0 0 %.0f %.0f\" style=\"max-width:%.0fpx\" role=\"img\" "
             "aria-label=\"confusion matrix\">\n<text class=\"axis\" x=\"%.1f\" y=\"12\" "
             "text-anchor=\"middle\">predicted</text>"
             "<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(11 %.1f) rotate(-90)\">true</text>\n",
             width, height, width * 1.15, left + side / 2, head + side / 2);
  for (int64_t k = 0; k < classes; ++k) {
    const double middle = (static_cast<double>(k) + 0.5) * cell;
    const std::string name = escapeShort(className(names, k), mostLetters - 1);
    text += format("<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", left - 6,
                   head + middle + 4, name.c_str());
    text += isSlanted ? format("<text class=\"tick\" transform=\"translate(%.1f %.1f) rotate(-45)\">%s</text>\n",
                               left + middle + 3, head - 5, name.c_str())
                      : format("<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                               left + middle, head - 6, name.c_str());
  }
  for (int64_t truth = 0; truth < classes; ++truth) {
    for (int64_t predicted = 0; predicted < classes; ++predicted)
      text += matrixCell(names, truth, predicted, left + cell * static_cast<double>(predicted),
                         head + cell * static_cast<double>(truth), cell);
    text += "\n";
  }
  return text + "</svg>\n";
}

std::string Confusion::pairs(const std::vector<std::string> &names) const {
  struct Pair {
    int64_t count, truth, predicted;
  };
  std::vector<Pair> pairs;
  for (int64_t truth = 0; truth < classes; ++truth)
    for (int64_t predicted = 0; predicted < classes; ++predicted)
      if (truth != predicted && at(truth, predicted))
        pairs.push_back({at(truth, predicted), truth, predicted});
  sortList(pairs, [](const Pair &a, const Pair &b) {
    return std::tuple(-a.count, a.truth, a.predicted) < std::tuple(-b.count, b.truth, b.predicted);
  });
  if (pairs.size() > 15)
    pairs.resize(15);
  std::string text = "<div class=\"scroll\"><table><caption>Confused most</caption><tr>" + headCell("true") +
                     headCell("taken for") + headCell("times", true) + "</tr>\n";
  for (const Pair &pair : pairs)
    text += "<tr>" + cell(escape(className(names, pair.truth))) + cell(escape(className(names, pair.predicted))) +
            cell(groupedText(pair.count), "n") + "</tr>\n";
  return text + "</table></div>\n";
}

std::string Confusion::perClass(const std::vector<std::string> &names) const {
  std::string text = "<div class=\"scroll\"><table><tr>" + headCell("class") + headCell("number", true) +
                     headCell("precision", true) + headCell("recall", true) + headCell("F1", true) + "</tr>\n";
  for (int64_t k = 0; k < classes; ++k) {
    const auto hits = static_cast<double>(at(k, k)), row = static_cast<double>(rowSum(k)),
               column = static_cast<double>(columnSum(k));
    text += "<tr>" + cell(escapeShort(className(names, k), 24)) + cell(groupedText(rowSum(k)), "n") +
            cell(percentText(hits / column), "n") + cell(percentText(hits / row), "n") +
            cell(percentText(2 * hits / (row + column)), "n") + "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string Confusion::html(const std::vector<std::string> &names) const {
  constexpr int64_t mostInMatrix = 40, mostOpen = 20;
  std::string text =
      "<div class=\"pair\"><div>" + (classes <= mostInMatrix ? matrix(names) : pairs(names)) + "</div><div>";
  if (classes <= mostOpen)
    return text + perClass(names) + "</div></div>\n";
  return text + "<details><summary>Precision and recall by class</summary>" + perClass(names) +
         "</details></div></div>\n";
}

} // namespace nncc::runtime::report
