// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of pools and their gradients.

#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/Window.h"

#include <algorithm>
#include <limits>

namespace nncc::reference {
namespace {

template <typename Op> SlidingWindow windowOf(Op op, const Tensor &input, const Tensor &output) {
  return SlidingWindow(input.shape, op.getWindow(), output.shape, op.getStrides(), op.getPadding());
}

/// Maxima and, where wanted, the taps of the first maximum of each window.
template <typename Op> void computeMaxima(Op op, const Tensor &x, Tensor &y, Tensor *argmax) {
  int64_t channels = y.shape.back();
  std::vector<bool> visited(y.size());
  windowOf(op, x, y).forEachTap([&](int64_t in, int64_t tap, int64_t out) {
    for (int64_t c = 0; c < channels; ++c) {
      double value = x[in * channels + c];
      int64_t at = out * channels + c;
      if (visited[at] && !(value > y[at]))
        continue;
      visited[at] = true;
      y[at] = value;
      if (argmax)
        (*argmax)[at] = double(tap);
    }
  });
}

void maxPool(nn::MaxPoolOp op, Evaluation &e) { computeMaxima(op, e[op.getInput()], e.result(), nullptr); }

void maxPoolTrain(nn::MaxPoolTrainOp op, Evaluation &e) {
  computeMaxima(op, e[op.getInput()], e.result(0), &e.result(1));
}

void maxPoolGrad(nn::MaxPoolGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()], &argmax = e[op.getArgmax()];
  Tensor &dx = e.result();
  int64_t channels = dy.shape.back();
  windowOf(op, dx, dy).forEachTap([&](int64_t in, int64_t tap, int64_t out) {
    for (int64_t c = 0; c < channels; ++c)
      if (argmax[out * channels + c] == double(tap))
        dx[in * channels + c] += dy[out * channels + c];
  });
}

/// How many positions of each window lie inside of the input.
std::vector<double> countTaps(const SlidingWindow &window, int64_t outputs) {
  std::vector<double> counts(outputs);
  window.forEachTap([&](int64_t, int64_t, int64_t out) { ++counts[out]; });
  return counts;
}

void averagePool(nn::AveragePoolOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Tensor &y = e.result();
  int64_t channels = y.shape.back();
  SlidingWindow window = windowOf(op, x, y);
  std::vector<double> counts = countTaps(window, y.size() / channels);
  window.forEachTap([&](int64_t in, int64_t, int64_t out) {
    for (int64_t c = 0; c < channels; ++c)
      y[out * channels + c] += x[in * channels + c] / counts[out];
  });
}

void averagePoolGrad(nn::AveragePoolGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()];
  Tensor &dx = e.result();
  int64_t channels = dy.shape.back();
  SlidingWindow window = windowOf(op, dx, dy);
  std::vector<double> counts = countTaps(window, dy.size() / channels);
  window.forEachTap([&](int64_t in, int64_t, int64_t out) {
    for (int64_t c = 0; c < channels; ++c)
      dx[in * channels + c] += dy[out * channels + c] / counts[out];
  });
}

/// [N, s..., C] as batch, positions and channels.
struct Positions {
  int64_t batch, count, channels;

  explicit Positions(llvm::ArrayRef<int64_t> shape)
      : batch(shape.front()), count(Tensor::count(shape.drop_front().drop_back())), channels(shape.back()) {}

  /// Calls visit(element of the map, element of the pooled map).
  template <typename Visit> void forEach(Visit visit) const {
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t p = 0; p < count; ++p)
        for (int64_t c = 0; c < channels; ++c)
          visit((n * count + p) * channels + c, n * channels + c);
  }
};

void globalMaxPool(nn::GlobalMaxPoolOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Tensor &y = e.result();
  std::fill(y.data.begin(), y.data.end(), -std::numeric_limits<double>::infinity());
  Positions(x.shape).forEach([&](int64_t in, int64_t out) { y[out] = std::max(y[out], x[in]); });
}

void globalMaxPoolGrad(nn::GlobalMaxPoolGradOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &y = e[op.getOutput()], &dy = e[op.getOutputGradient()];
  Tensor &dx = e.result();
  std::vector<double> holders(y.size());
  Positions positions(x.shape);
  positions.forEach([&](int64_t in, int64_t out) { holders[out] += x[in] == y[out]; });
  positions.forEach([&](int64_t in, int64_t out) { dx[in] = x[in] == y[out] ? dy[out] / holders[out] : 0; });
}

void globalAveragePool(nn::GlobalAveragePoolOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Positions positions(x.shape);
  positions.forEach([&](int64_t in, int64_t out) { e.result()[out] += x[in] / double(positions.count); });
}

void globalAveragePoolGrad(nn::GlobalAveragePoolGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()];
  Tensor &dx = e.result();
  Positions positions(dx.shape);
  positions.forEach([&](int64_t in, int64_t out) { dx[in] = dy[out] / double(positions.count); });
}

} // namespace

void addPoolingEvaluators(EvaluatorTable &table) {
  table.add<nn::MaxPoolOp, maxPool>();
  table.add<nn::MaxPoolTrainOp, maxPoolTrain>();
  table.add<nn::MaxPoolGradOp, maxPoolGrad>();
  table.add<nn::AveragePoolOp, averagePool>();
  table.add<nn::AveragePoolGradOp, averagePoolGrad>();
  table.add<nn::GlobalMaxPoolOp, globalMaxPool>();
  table.add<nn::GlobalMaxPoolGradOp, globalMaxPoolGrad>();
  table.add<nn::GlobalAveragePoolOp, globalAveragePool>();
  table.add<nn::GlobalAveragePoolGradOp, globalAveragePoolGrad>();
}

} // namespace nncc::reference
