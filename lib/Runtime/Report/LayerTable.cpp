// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/LayerTable.h"

#include "nncc/Runtime/Data/NameTable.h"
#include "nncc/Runtime/Report/Html.h"
#include <algorithm>
#include <cmath>

namespace nncc::runtime::report {

namespace {

/// A number with a bar behind it that shows its part of a whole; a dash for nothing.
std::string barCell(const std::string &text, double part) {
  if (!(part > 0))
    return cell("\u2013", "n");
  return cell("<i style=\"width:" + lengthText(100 * part) + "%\"></i><span>" + text + "</span>", "n bar");
}

std::string sizeCell(double value) { return cell(std::isfinite(value) ? numberText(value) : "\u2013", "n"); }

/// Seconds by layer; those of loss and optimizer under "".
NameTable<double> timeByLayer(const nncc_entry &steps, const std::vector<double> &seconds) {
  NameTable<double> time;
  for (size_t i = 0; i < seconds.size(); ++i)
    time[steps.steps[i].layer ? steps.steps[i].layer : ""] += seconds[i];
  return time;
}

std::string shapeOf(const nncc_layer &layer) {
  std::string text;
  for (int64_t k = 0; k < layer.rank; ++k)
    text += (k ? " \u00D7 " : "") + std::to_string(layer.extents[k]);
  return text;
}

std::string sizeCells(const std::vector<LayerSizes> &sizes, const char *layer) {
  auto found = std::find_if(sizes.begin(), sizes.end(), [&](const LayerSizes &size) { return size.layer == layer; });
  if (found == sizes.end())
    return sizeCell(NAN) + sizeCell(NAN) + sizeCell(NAN) + sizeCell(NAN);
  return sizeCell(found->gradient) + sizeCell(found->weight) + sizeCell(found->activation) +
         cell(percentText(found->zeros), "n");
}

} // namespace

std::string layerTable(const nncc_program &program, const nncc_entry &steps, const std::vector<double> &seconds,
                       int64_t runs, const std::vector<LayerSizes> &sizes) {
  NameTable<double> time = timeByLayer(steps, seconds);
  double allSeconds = 0, parameters = 0, flops = 0;
  for (double value : seconds)
    allSeconds += value;
  for (int64_t i = 0; i < program.layer_count; ++i) {
    parameters += static_cast<double>(program.layers[i].parameters);
    flops += static_cast<double>(program.layers[i].flops);
  }
  const bool hasTimes = allSeconds > 0 && runs > 0, hasSizes = !sizes.empty();
  auto timeCell = [&](const char *layer) {
    return hasTimes ? barCell(percentText(time[layer] / allSeconds), time[layer] / allSeconds) : "";
  };
  const std::string noSizes = hasSizes ? cell("") + cell("") + cell("") + cell("") : "";

  constexpr int64_t mostWithoutScrolling = 40;
  std::string text = std::string("<div class=\"scroll") + (program.layer_count > mostWithoutScrolling ? " long" : "") +
                     "\"><table class=\"layers\"><tr>" + headCell("layer") + headCell("output") +
                     headCell("parameters", true) + headCell("FLOPs", true) + (hasTimes ? headCell("time", true) : "");
  if (hasSizes)
    text +=
        headCell("gradient", true) + headCell("weights", true) + headCell("activation", true) + headCell("zeros", true);
  text += "</tr>\n";
  for (int64_t i = 0; i < program.layer_count; ++i) {
    const nncc_layer &layer = program.layers[i];
    const auto layerFlops = static_cast<double>(layer.flops), layerParameters = static_cast<double>(layer.parameters);
    text += "<tr>" + cell("<b>" + escape(layer.class_name) + "</b> <span>" + escape(layer.name) + "</span>") +
            cell(shapeOf(layer)) + barCell(groupedText(layer.parameters), layerParameters / parameters) +
            barCell(shortCount(layerFlops), layerFlops / flops) + timeCell(layer.name) +
            (hasSizes ? sizeCells(sizes, layer.name) : "") + "</tr>\n";
  }
  if (hasTimes)
    text += "<tr>" + cell("<span>loss and optimizer</span>") + cell("") + cell("") + cell("") + timeCell("") + noSizes +
            "</tr>\n";
  text += "<tr class=\"total\">" + cell("all") + cell("") + cell(groupedText(static_cast<int64_t>(parameters)), "n") +
          cell(shortCount(flops), "n");
  if (hasTimes)
    text += cell(durationText(allSeconds / static_cast<double>(runs)) + " a step", "n");
  return text + noSizes + "</tr>\n</table></div>\n";
}

} // namespace nncc::runtime::report
