// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of convolutions and their gradients.

#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Reference/Activation.h"
#include "nncc/Reference/Evaluation.h"
#include "nncc/Reference/Window.h"

#include <algorithm>
#include <cmath>

namespace nncc::reference {
namespace {

/// Channels of a convolution: in each of `groups` groups `in` input channels meet `out` filters.
struct Channels {
  int64_t groups, in, out;

  template <typename Op>
  Channels(Op op, llvm::ArrayRef<int64_t> kernelShape)
      : groups(op.getGroups()), in(kernelShape[kernelShape.size() - 2]), out(kernelShape.back() / groups) {}

  int64_t inputs() const { return groups * in; }
  int64_t filters() const { return groups * out; }
};

llvm::ArrayRef<int64_t> windowOf(const llvm::SmallVector<int64_t> &kernelShape) {
  return llvm::ArrayRef<int64_t>(kernelShape).drop_back(2);
}

/// The shape before a fused pool: (input + padding - reach) / stride + 1 in each axis.
llvm::SmallVector<int64_t> fullShape(nn::ConvOp op, llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> kernel) {
  llvm::SmallVector<int64_t> shape{input.front()};
  for (size_t i = 0; i + 2 < kernel.size(); ++i) {
    int64_t padded = input[i + 1] + op.getPadding()[2 * i] + op.getPadding()[2 * i + 1];
    int64_t reach = (kernel[i] - 1) * op.getDilations()[i] + 1;
    shape.push_back((padded - reach) / op.getStrides()[i] + 1);
  }
  shape.push_back(kernel.back());
  return shape;
}

Tensor maxPool(const Tensor &map, llvm::ArrayRef<int64_t> window, llvm::ArrayRef<int64_t> shape) {
  Tensor pooled(shape);
  int64_t channels = shape.back();
  std::fill(pooled.data.begin(), pooled.data.end(), -HUGE_VAL);
  llvm::SmallVector<int64_t> noPadding(2 * window.size(), 0);
  SlidingWindow(map.shape, window, shape, window, noPadding).forEachTap([&](int64_t in, int64_t, int64_t out) {
    for (int64_t c = 0; c < channels; ++c)
      pooled[out * channels + c] = std::max(pooled[out * channels + c], map[in * channels + c]);
  });
  return pooled;
}

void conv(nn::ConvOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &w = e[op.getKernel()];
  Channels channels(op, w.shape);
  Tensor y(fullShape(op, x.shape, w.shape));
  if (op.getBias()) {
    const Tensor &bias = e[op.getBias()];
    for (int64_t i = 0; i < y.size(); ++i)
      y[i] = bias[i % bias.size()];
  }
  SlidingWindow(x.shape, windowOf(w.shape), y.shape, op.getStrides(), op.getPadding(), op.getDilations())
      .forEachTap([&](int64_t in, int64_t tap, int64_t out) {
        for (int64_t g = 0; g < channels.groups; ++g)
          for (int64_t c = 0; c < channels.in; ++c) {
            double value = x[in * channels.inputs() + g * channels.in + c];
            const double *row = &w.data[(tap * channels.in + c) * channels.filters() + g * channels.out];
            double *__restrict sum = &y.data[out * channels.filters() + g * channels.out];
            for (int64_t f = 0; f < channels.out; ++f)
              sum[f] += value * row[f];
          }
      });
  applyActivation(op.getActivation(), y);
  e.result() = op.getPoolSize().empty() ? std::move(y) : maxPool(y, op.getPoolSize(), e.result().shape);
}

void convGradInput(nn::ConvGradInputOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()], &w = e[op.getKernel()];
  Tensor &dx = e.result();
  Channels channels(op, w.shape);
  SlidingWindow(dx.shape, windowOf(w.shape), dy.shape, op.getStrides(), op.getPadding(), op.getDilations())
      .forEachTap([&](int64_t in, int64_t tap, int64_t out) {
        for (int64_t g = 0; g < channels.groups; ++g)
          for (int64_t c = 0; c < channels.in; ++c) {
            const double *row = &w.data[(tap * channels.in + c) * channels.filters() + g * channels.out];
            const double *gradient = &dy.data[out * channels.filters() + g * channels.out];
            double sum = 0;
            for (int64_t f = 0; f < channels.out; ++f)
              sum += gradient[f] * row[f];
            dx[in * channels.inputs() + g * channels.in + c] += sum;
          }
      });
}

void convGradKernel(nn::ConvGradKernelOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  Tensor &dw = e.result();
  Channels channels(op, dw.shape);
  SlidingWindow(x.shape, windowOf(dw.shape), dy.shape, op.getStrides(), op.getPadding(), op.getDilations())
      .forEachTap([&](int64_t in, int64_t tap, int64_t out) {
        for (int64_t g = 0; g < channels.groups; ++g)
          for (int64_t c = 0; c < channels.in; ++c) {
            double value = x[in * channels.inputs() + g * channels.in + c];
            const double *gradient = &dy.data[out * channels.filters() + g * channels.out];
            double *__restrict sum = &dw.data[(tap * channels.in + c) * channels.filters() + g * channels.out];
            for (int64_t f = 0; f < channels.out; ++f)
              sum[f] += value * gradient[f];
          }
      });
}

void convTranspose(nn::ConvTransposeOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &w = e[op.getKernel()];
  Tensor &y = e.result();
  int64_t channels = w.shape.back(), filters = w.shape[w.shape.size() - 2];
  if (op.getBias()) {
    const Tensor &bias = e[op.getBias()];
    for (int64_t i = 0; i < y.size(); ++i)
      y[i] = bias[i % bias.size()];
  }
  // The windows of the convolution from y to x.
  SlidingWindow(y.shape, windowOf(w.shape), x.shape, op.getStrides(), op.getPadding(), op.getDilations())
      .forEachTap([&](int64_t out, int64_t tap, int64_t in) {
        for (int64_t f = 0; f < filters; ++f) {
          double sum = 0;
          for (int64_t c = 0; c < channels; ++c)
            sum += x[in * channels + c] * w[(tap * filters + f) * channels + c];
          y[out * filters + f] += sum;
        }
      });
  applyActivation(op.getActivation(), y);
}

/// Visits the weights of a locally connected layer: input element (of the batch), weight, output element.
template <typename Op, typename Visit>
void forEachLocalWeight(Op op, llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> output, Visit visit) {
  int64_t channels = input.back(), filters = output.back(), taps = 1, positions = 1, inputs = 1;
  for (int64_t extent : op.getWindow())
    taps *= extent;
  for (int64_t extent : output.drop_front().drop_back())
    positions *= extent;
  for (int64_t extent : input.drop_front().drop_back())
    inputs *= extent;
  llvm::SmallVector<int64_t> noPadding(2 * op.getWindow().size(), 0);
  SlidingWindow(input, op.getWindow(), output, op.getStrides(), noPadding)
      .forEachTap([&](int64_t in, int64_t tap, int64_t out) {
        int64_t o = out % positions, i = in % inputs;
        for (int64_t c = 0; c < channels; ++c)
          for (int64_t f = 0; f < filters; ++f) {
            int64_t weight = ((o * taps + tap) * channels + c) * filters + f;
            if (op.getImplementation() == 2)
              weight = ((i * channels + c) * positions + o) * filters + f;
            else if (op.getImplementation() == 3)
              weight = ((o * filters + f) * taps + tap) * channels + c;
            visit(in * channels + c, weight, out * filters + f);
          }
      });
}

void localConv(nn::LocalConvOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &w = e[op.getKernel()];
  Tensor &y = e.result();
  forEachLocalWeight(op, x.shape, y.shape, [&](int64_t i, int64_t weight, int64_t o) { y[o] += x[i] * w[weight]; });
}

void localConvGradInput(nn::LocalConvGradInputOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()], &w = e[op.getKernel()];
  Tensor &dx = e.result();
  forEachLocalWeight(op, dx.shape, dy.shape, [&](int64_t i, int64_t weight, int64_t o) { dx[i] += dy[o] * w[weight]; });
}

void localConvGradKernel(nn::LocalConvGradKernelOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()], &dy = e[op.getOutputGradient()];
  Tensor &dw = e.result();
  forEachLocalWeight(op, x.shape, dy.shape, [&](int64_t i, int64_t weight, int64_t o) { dw[weight] += x[i] * dy[o]; });
}

void biasGrad(nn::BiasGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()];
  Tensor &db = e.result();
  for (int64_t i = 0; i < dy.size(); ++i)
    db[i % db.size()] += dy[i];
}

void composeBias(nn::ComposeBiasOp op, Evaluation &e) {
  const Tensor &bias = e[op.getBias()], &kernel = e[op.getKernel()];
  Tensor &y = e.result();
  for (int64_t f = 0, filters = y.size(); f < filters; ++f) {
    y[f] = op.getNext() ? e[op.getNext()][f] : 0;
    for (int64_t h = 0; h < bias.size(); ++h)
      y[f] += bias[h] * kernel[h * filters + f];
  }
}

void composeBiasGrad(nn::ComposeBiasGradOp op, Evaluation &e) {
  const Tensor &dy = e[op.getOutputGradient()], &bias = e[op.getBias()], &kernel = e[op.getKernel()];
  for (int64_t h = 0, filters = dy.size(); h < bias.size(); ++h)
    for (int64_t f = 0; f < filters; ++f) {
      e.result(0)[h] += dy[f] * kernel[h * filters + f];
      e.result(1)[h * filters + f] = bias[h] * dy[f];
    }
}

} // namespace

void addConvolutionEvaluators(EvaluatorTable &table) {
  table.add<nn::ConvOp, conv>();
  table.add<nn::ConvGradInputOp, convGradInput>();
  table.add<nn::ConvGradKernelOp, convGradKernel>();
  table.add<nn::ConvTransposeOp, convTranspose>();
  table.add<nn::LocalConvOp, localConv>();
  table.add<nn::LocalConvGradInputOp, localConvGradInput>();
  table.add<nn::LocalConvGradKernelOp, localConvGradKernel>();
  table.add<nn::ComposeBiasOp, composeBias>();
  table.add<nn::ComposeBiasGradOp, composeBiasGrad>();
  table.add<nn::BiasGradOp, biasGrad>();
}

} // namespace nncc::reference
