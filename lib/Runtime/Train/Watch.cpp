// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Watch.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nncc::runtime {

double TensorSize::rms() const {
  return count > notFinite ? std::sqrt(squares / static_cast<double>(count - notFinite)) : NAN;
}

void TensorSize::add(const TensorSize &other) {
  count += other.count;
  zeros += other.zeros;
  notFinite += other.notFinite;
  squares += other.squares;
  largest = std::max(largest, other.largest);
}

TensorSize measure(const float *values, int64_t count) {
  TensorSize size;
  size.count = count;
  for (int64_t i = 0; i < count; ++i) {
    float value = values[i];
    if (!std::isfinite(value)) {
      ++size.notFinite;
      continue;
    }
    size.zeros += value == 0;
    size.squares += static_cast<double>(value) * value;
    size.largest = std::max(size.largest, std::fabs(value));
  }
  return size;
}

TensorSize measure(const float *values, int64_t count, int64_t width, int64_t distance) {
  if (width == distance)
    return measure(values, count);
  TensorSize size;
  for (int64_t row = 0; row < count / width; ++row)
    size.add(measure(values + row * distance, width));
  return size;
}

double zeroColumns(const float *values, int64_t count, int64_t width, int64_t distance) {
  std::vector<bool> isUsed(static_cast<size_t>(width));
  for (int64_t row = 0; row < count / width; ++row)
    for (int64_t i = 0; i < width; ++i)
      if (values[row * distance + i] != 0)
        isUsed[static_cast<size_t>(i)] = true;
  return static_cast<double>(std::count(isUsed.begin(), isUsed.end(), false)) / static_cast<double>(width);
}

nncc_status runWatched(nncc_instance *instance, int64_t batch, int64_t first, int64_t last,
                       const std::function<void(const nncc_watch &, const float *, int64_t)> &see) {
  const nncc_entry &entry = *nncc_instance_entry(instance, NNCC_ENTRY_TRAIN_STEP);
  int64_t next = 0; // the first watch that is not yet behind us
  while (next < entry.watch_count && entry.watches[next].step < first)
    ++next;
  for (int64_t i = first; i < last; ++i) {
    nncc_status status = nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, batch, i, i + 1);
    if (status != NNCC_OK)
      return status;
    for (; next < entry.watch_count && entry.watches[next].step == i; ++next) {
      const nncc_watch &watch = entry.watches[next];
      see(watch, nncc_region_data(instance, &watch.region, batch), nncc_region_elements(&watch.region, batch));
    }
  }
  return NNCC_OK;
}

std::string layerOf(const nncc_program &program, const nncc_variable &variable) {
  std::string path = variable.path;
  for (int64_t i = 0; i < program.layer_count; ++i) {
    const char *name = program.layers[i].name;
    size_t length = strlen(name);
    if (path.compare(0, length, name) == 0 && path[length] == '/')
      return name;
  }
  return path.substr(0, path.find('/'));
}

LayerSizesOf::LayerSizesOf(const nncc_program &program) {
  for (int64_t i = 0; i < program.layer_count; ++i) {
    layers.emplace_back();
    layers.back().layer = program.layers[i].name;
  }
}

LayerSizes *LayerSizesOf::find(const std::string &layer) {
  auto found =
      std::find_if(layers.begin(), layers.end(), [&](const LayerSizes &sizes) { return sizes.layer == layer; });
  return found == layers.end() ? nullptr : &*found;
}

void LayerSizesOf::see(const nncc_watch &watch, const float *values, int64_t count) {
  LayerSizes *sizes =
      watch.region.elements.per_sample ? find(watch.layer) : nullptr; // not the loss, nor a batch's moments
  if (!sizes)
    return;
  TensorSize size = measure(values, count, watch.width, watch.distance);
  if (watch.is_gradient) { // the last one is that to the layer's input
    sizes->inputGradient = size.rms();
    return;
  }
  sizes->activation = size.rms();
  sizes->zeros = static_cast<double>(size.zeros) / static_cast<double>(std::max<int64_t>(1, size.count));
  sizes->dead = zeroColumns(values, count, watch.width, watch.distance);
}

std::vector<LayerSizes> LayerSizesOf::finish(const nncc_instance &instance) {
  const nncc_program &program = *instance.program;
  std::vector<TensorSize> weights(layers.size()), gradients(layers.size());
  for (int64_t i = 0; i < program.variable_count; ++i) {
    const nncc_variable &v = program.variables[i];
    LayerSizes *sizes = v.trainable ? find(layerOf(program, v)) : nullptr;
    if (!sizes)
      continue;
    auto at = static_cast<size_t>(sizes - layers.data());
    weights[at].add(measure(instance.parameters + v.offset, v.elements));
    gradients[at].add(measure(instance.gradients + v.offset, v.elements));
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].weight = weights[i].rms();
    layers[i].gradient = gradients[i].notFinite ? INFINITY : gradients[i].rms();
  }
  return std::move(layers);
}

} // namespace nncc::runtime
