// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of convolutions fused with their max pool, with the whole map between them.

#include "nncc/Dialect/NN/Ops/PooledConvolution.h"
#include "nncc/Reference/Activation.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/Window.h"

namespace nncc::reference {
namespace {

using Extents = llvm::ArrayRef<int64_t>;

/// An empty map between convolution and pool: [N, out..., F].
template <typename Op> Tensor emptyMap(Op op, Extents input, Extents kernel) {
  llvm::SmallVector<int64_t> shape{input.front()};
  for (size_t i = 0; i < op.getStrides().size(); ++i) {
    int64_t padded = input[i + 1] + op.getPadding()[2 * i] + op.getPadding()[2 * i + 1];
    int64_t reach = (kernel[i] - 1) * op.getDilations()[i] + 1;
    shape.push_back((padded - reach) / op.getStrides()[i] + 1);
  }
  shape.push_back(kernel.back());
  return Tensor(shape);
}

/// Every product of the convolution: visit(element of the input, of the kernel, of the map).
template <typename Op, typename Visit>
void forEachProduct(Op op, Extents input, Extents kernel, const Tensor &map, Visit visit) {
  int64_t groups = op.getGroups(), channels = kernel[kernel.size() - 2], filters = kernel.back();
  int64_t columns = filters / groups;
  SlidingWindow(input, kernel.drop_back(2), map.shape, op.getStrides(), op.getPadding(), op.getDilations())
      .forEachTap([&](int64_t in, int64_t tap, int64_t out) {
        for (int64_t g = 0; g < groups; ++g)
          for (int64_t c = 0; c < channels; ++c)
            for (int64_t f = g * columns; f < (g + 1) * columns; ++f)
              visit((in * groups + g) * channels + c, (tap * channels + c) * filters + f, out * filters + f);
      });
}

/// Every element of the map that a window holds: visit(element of the map, position in the window, element of the
/// pooled map).
template <typename Op, typename Visit> void forEachPooled(Op op, const Tensor &map, Extents pooled, Visit visit) {
  int64_t channels = pooled.back();
  llvm::SmallVector<int64_t> noPadding(2 * op.getPoolSize().size(), 0);
  SlidingWindow(map.shape, op.getPoolSize(), pooled, op.getPoolSize(), noPadding)
      .forEachTap([&](int64_t in, int64_t tap, int64_t out) {
        for (int64_t c = 0; c < channels; ++c)
          visit(in * channels + c, tap, out * channels + c);
      });
}

void convMaxPoolTrain(nn::ConvMaxPoolTrainOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &w = e[op.getKernel()];
  Tensor map = emptyMap(op, x.shape, w.shape);
  if (op.getBias()) {
    const Tensor &bias = e[op.getBias()];
    for (int64_t i = 0; i < map.size(); ++i)
      map[i] = bias[i % bias.size()];
  }
  forEachProduct(op, x.shape, w.shape, map,
                 [&](int64_t in, int64_t weight, int64_t out) { map[out] += x[in] * w[weight]; });
  applyActivation(op.getActivation(), map);
  Tensor &y = e.result(0), &argmax = e.result(1);
  forEachPooled(op, map, y.shape, [&](int64_t in, int64_t position, int64_t out) {
    if (position > 0 && !(map[in] > y[out]))
      return;
    y[out] = map[in];
    argmax[out] = double(position);
  });
  if (op.marksInactive())
    for (int64_t i = 0; i < y.size(); ++i)
      if (!(y[i] > 0))
        argmax[i] = double(Tensor::count(op.getPoolSize()));
}

/// The gradient of the map: the pooled one's at the maxima.
template <typename Op> Tensor mapGradient(Op op, Evaluation &e, Extents input, Extents kernel) {
  const Tensor &dy = e[op.getOutputGradient()], &argmax = e[op.getArgmax()];
  Tensor map = emptyMap(op, input, kernel);
  forEachPooled(op, map, dy.shape, [&](int64_t in, int64_t position, int64_t out) {
    if (argmax[out] == double(position))
      map[in] = dy[out];
  });
  return map;
}

void pooledConvGradInput(nn::PooledConvGradInputOp op, Evaluation &e) {
  const Tensor &w = e[op.getKernel()];
  Tensor &dx = e.result(), map = mapGradient(op, e, dx.shape, w.shape);
  forEachProduct(op, dx.shape, w.shape, map,
                 [&](int64_t in, int64_t weight, int64_t out) { dx[in] += map[out] * w[weight]; });
}

void pooledConvGradKernel(nn::PooledConvGradKernelOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Tensor &dw = e.result(), map = mapGradient(op, e, x.shape, dw.shape);
  forEachProduct(op, x.shape, dw.shape, map,
                 [&](int64_t in, int64_t weight, int64_t out) { dw[weight] += x[in] * map[out]; });
}

void pooledBiasGrad(nn::PooledBiasGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()], &argmax = e[op.getArgmax()];
  Tensor &db = e.result();
  for (int64_t i = 0; i < dy.size(); ++i)
    if (argmax[i] < double(op.getWindowPositions()))
      db[i % db.size()] += dy[i];
}

} // namespace

void addPooledConvolutionEvaluators(EvaluatorTable &table) {
  table.add<nn::ConvMaxPoolTrainOp, convMaxPoolTrain>();
  table.add<nn::PooledConvGradInputOp, pooledConvGradInput>();
  table.add<nn::PooledConvGradKernelOp, pooledConvGradKernel>();
  table.add<nn::PooledBiasGradOp, pooledBiasGrad>();
}

} // namespace nncc::reference
