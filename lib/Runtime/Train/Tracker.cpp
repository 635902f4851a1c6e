// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Tracker.h"
#include "Command.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nncc::runtime {

/// Dropout and noise leave units out on purpose.
static bool dropsUnits(const nncc_program &program, const std::string &layer) {
  for (int64_t i = 0; i < program.layer_count; ++i)
    if (layer == program.layers[i].name)
      return strstr(program.layers[i].class_name, "Dropout") != nullptr;
  return false;
}

std::vector<std::string> trackWarnings(const std::vector<LayerSizes> &layers, const nncc_program &program,
                                       const TrackLimits &limits) {
  std::vector<std::string> warnings;
  double largest = 0;
  for (const LayerSizes &layer : layers)
    if (std::isfinite(layer.gradient))
      largest = std::max(largest, layer.gradient);
  for (const LayerSizes &layer : layers) {
    const char *name = layer.layer.c_str();
    if (layer.dead >= limits.dead && !dropsUnits(program, layer.layer))
      warnings.push_back(
          format("%s: %.0f%% of its units were 0 for the whole batch (dead ReLUs?); try a smaller learning rate, "
                 "he_normal, or LeakyReLU",
                 name, 100 * layer.dead));
    if (std::isinf(layer.gradient))
      warnings.push_back(format("%s: its gradient is not finite", name));
    else if (layer.gradient > limits.exploding * layer.weight)
      warnings.push_back(
          format("%s: its gradient (%.2g) explodes against its weights (%.2g); try clipnorm or a smaller learning rate",
                 name, layer.gradient, layer.weight));
    else if (layer.gradient < limits.vanishing * largest)
      warnings.push_back(
          format("%s: its gradient (%.2g) vanishes against the largest one (%.2g); try relu, BatchNormalization, or "
                 "shortcuts with Add",
                 name, layer.gradient, largest));
  }
  return warnings;
}

static std::string cell(double value, int width, const char *pattern) {
  std::string text = std::isnan(value) ? "-" : format(pattern, value);
  return text.size() < static_cast<size_t>(width) ? std::string(static_cast<size_t>(width) - text.size(), ' ') + text
                                                  : text;
}

std::string trackTable(const std::vector<LayerSizes> &layers) {
  size_t width = strlen("layer");
  for (const LayerSizes &layer : layers)
    width = std::max(width, layer.layer.size());
  auto padded = [&](std::string text) { return text + std::string(width - text.size(), ' '); };
  std::string table = padded("layer") + " activation   zeros    dead  weight rms  gradient  to input\n";
  for (const LayerSizes &layer : layers)
    table += padded(layer.layer) + cell(layer.activation, 11, "%.3g") + cell(100 * layer.zeros, 8, "%.0f%%") +
             cell(100 * layer.dead, 8, "%.0f%%") + cell(layer.weight, 12, "%.3g") + cell(layer.gradient, 10, "%.2e") +
             cell(layer.inputGradient, 10, "%.2e") + "\n";
  return table;
}

void Tracker::atStart(const TrainingSetup &setup) {
  program = setup.program;
  firstEpoch = setup.firstEpoch;
}

void Tracker::atEpochEnd(const EpochRecord &record) {
  auto number = [](double value) { return std::isnan(value) ? std::string() : shortest(static_cast<float>(value)); };
  for (const LayerSizes &layer : record.layers)
    rows += std::to_string(record.epoch) + "," + layer.layer + "," + number(layer.activation) + "," +
            number(layer.zeros) + "," + number(layer.dead) + "," + number(layer.weight) + "," + number(layer.gradient) +
            "," + number(layer.inputGradient) + "\n";
  if (record.epoch < firstEpoch)
    return; // printed by the training that was stopped
  writeProgress(trackTable(record.layers));
  for (const std::string &warning : trackWarnings(record.layers, *program))
    warn(warning);
}

void Tracker::atEnd(OutputFiles &files) {
  if (!path.empty())
    files.add(path, "epoch,layer,activation,zeros,dead,weight,gradient,input_gradient\n" + rows);
}

} // namespace nncc::runtime
