// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Looking into a training step: sizes of the tensors that it writes into the arena. Internal to Train.
#ifndef NNCC_LIB_RUNTIME_TRAIN_WATCH_H
#define NNCC_LIB_RUNTIME_TRAIN_WATCH_H

#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Runtime/Train/Observer.h"

#include <functional>
#include <string>
#include <vector>

namespace nncc::runtime {

/// What is known of a tensor's numbers.
struct TensorSize {
  int64_t count = 0, zeros = 0;
  int64_t notFinite = 0;
  double squares = 0; ///< sum over the finite ones
  float largest = 0;  ///< magnitude of the finite ones

  double rms() const;
  void add(const TensorSize &other);
};

/// Of runs of `width` floats that begin `distance` floats apart.
TensorSize measure(const float *values, int64_t count, int64_t width, int64_t distance);
TensorSize measure(const float *values, int64_t count);
/// The part of the columns of a row-major matrix in which all is 0: units that a whole batch leaves out.
double zeroColumns(const float *values, int64_t count, int64_t width, int64_t distance);

/// Runs steps [first, last) of the training step one by one; `see` is called behind each for what it has written.
nncc_status runWatched(nncc_instance *instance, int64_t batch, int64_t first, int64_t last,
                       const std::function<void(const nncc_watch &, const float *values, int64_t count)> &see);

/// Collects the sizes of all layers over one training step.
class LayerSizesOf {
public:
  explicit LayerSizesOf(const nncc_program &program);
  void see(const nncc_watch &watch, const float *values, int64_t count);
  /// With the gradients and the weights of the instance, behind the step.
  std::vector<LayerSizes> finish(const nncc_instance &instance);

private:
  LayerSizes *find(const std::string &layer);

  std::vector<LayerSizes> layers;
};

/// The layer that a variable belongs to: one of the program's layers, or the first part of its path.
std::string layerOf(const nncc_program &program, const nncc_variable &variable);

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_TRAIN_WATCH_H
