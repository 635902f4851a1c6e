// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions: shapes and attributes of the ops to contractions.
#include "Convolution.h"
#include "LocalConvolution.h"

#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Kernels/Contraction/Correlation.h"
#include "nncc/Kernels/Contraction/Grouped.h"
#include "nncc/Kernels/Contraction/KernelGradient.h"
#include "nncc/Kernels/KernelBuilder.h"

using namespace mlir;

namespace nncc::kernels {

Axes axesOf(AxisRule rule, ArrayRef<int64_t> input, ArrayRef<int64_t> kernel, ArrayRef<int64_t> output,
            ArrayRef<int64_t> strides, ArrayRef<int64_t> padding, ArrayRef<int64_t> dilations) {
  Axes axes;
  axes.fill(rule(1, 1, 1, 1, 1, 0));
  int64_t rank = strides.size();
  for (int64_t i = 0; i < rank; ++i)
    axes[3 - rank + i] = rule(input[i + 1], output[i + 1], kernel[i], strides[i], dilations[i], padding[2 * i]);
  return axes;
}

SmallVector<int64_t> mapShape(ArrayRef<int64_t> input, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                              ArrayRef<int64_t> padding, ArrayRef<int64_t> dilations) {
  SmallVector<int64_t> shape{input.front()};
  for (size_t i = 0; i < strides.size(); ++i)
    shape.push_back((input[i + 1] + padding[2 * i] + padding[2 * i + 1] - (kernel[i] - 1) * dilations[i] - 1) /
                        strides[i] +
                    1);
  shape.push_back(kernel.back());
  return shape;
}

void collapsePointwise(Axes &axes, AxisRule rule) {
  int64_t positions = 1;
  for (const Axis &axis : axes) {
    if (axis.taps != 1 || axis.phases.size() != 1 || axis.step != 1 || axis.phases.front().offset != 0 ||
        axis.source != axis.result)
      return;
    positions *= axis.source;
  }
  axes.fill(rule(1, 1, 1, 1, 1, 0));
  axes[2] = rule(positions, positions, 1, 1, 1, 0);
}

namespace {

/// The number of samples where it is known: the tensor is a kernel that is read as a map. 0 for the batch.
int64_t knownSamples(Value map) {
  auto type = cast<RankedTensorType>(map.getType());
  return type.isDynamicDim(0) ? 0 : type.getDimSize(0);
}

LogicalResult emitConv(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::ConvOp>(op);
  ArrayRef<int64_t> input = shapeOf(conv.getInput()), kernel = shapeOf(conv.getKernel());
  ArrayRef<int64_t> strides = conv.getStrides(), padding = conv.getPadding(), dilations = conv.getDilations();
  ArrayRef<int64_t> pool = conv.getPoolSize();
  int64_t rank = strides.size();
  // The op's result has the pooled extents; the axes have those before the pool.
  SmallVector<int64_t> output = mapShape(input, kernel, strides, padding, dilations);
  Correlation shape;
  shape.axes = axesOf(forwardAxis, input, kernel, output, strides, padding, dilations);
  shape.samples = knownSamples(conv.getInput());
  shape.groups = conv.getGroups();
  shape.sourceChannels = input.back();
  shape.resultChannels = output.back();
  shape.activation = conv.getActivation();
  shape.resultDistance = kernels.rowDistance(conv.getOutput());
  for (size_t i = 0; i < pool.size(); ++i)
    shape.pool[3 - rank + i] = pool[i];
  if (shape.poolPositions() == 1)
    collapsePointwise(shape.axes, forwardAxis);
  if (!addGroupedCorrelationSteps(kernels, op, "conv forward", shape, conv.getInput(), conv.getKernel(), conv.getBias(),
                                  conv.getOutput()))
    addCorrelationSteps(kernels, op, "conv forward", shape, conv.getInput(), conv.getKernel(), conv.getBias(),
                      conv.getOutput());
  return success();
}

LogicalResult emitConvGradInput(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::ConvGradInputOp>(op);
  ArrayRef<int64_t> input = shapeOf(conv.getInputGradient()), kernel = shapeOf(conv.getKernel());
  ArrayRef<int64_t> output = shapeOf(conv.getOutputGradient());
  Correlation shape;
  shape.axes = axesOf(gradientAxis, input, kernel, output, conv.getStrides(), conv.getPadding(), conv.getDilations());
  shape.samples = knownSamples(conv.getOutputGradient());
  shape.groups = conv.getGroups();
  shape.sourceChannels = output.back();
  shape.resultChannels = input.back();
  shape.transposed = true;
  collapsePointwise(shape.axes, gradientAxis);
  if (!addGroupedCorrelationSteps(kernels, op, "conv input gradient", shape, conv.getOutputGradient(), conv.getKernel(),
                                  Value(), conv.getInputGradient()))
    addCorrelationSteps(kernels, op, "conv input gradient", shape, conv.getOutputGradient(), conv.getKernel(), Value(),
                      conv.getInputGradient());
  return success();
}

/// The op behind `op` that sums the same output gradient for the bias: it can be summed where the kernel's gradient reads
/// it.
nn::BiasGradOp biasGradientBehind(Operation *op, Value outputGradient) {
  for (Operation *user : outputGradient.getUsers())
    if (auto bias = dyn_cast<nn::BiasGradOp>(user); bias && op->isBeforeInBlock(bias))
      return bias;
  return {};
}

LogicalResult emitConvGradKernel(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::ConvGradKernelOp>(op);
  ArrayRef<int64_t> input = shapeOf(conv.getInput()), kernel = shapeOf(conv.getKernelGradient());
  ArrayRef<int64_t> output = shapeOf(conv.getOutputGradient());
  KernelGradient shape;
  shape.axes = axesOf(forwardAxis, input, kernel, output, conv.getStrides(), conv.getPadding(), conv.getDilations());
  shape.samples = knownSamples(conv.getInput());
  shape.groups = conv.getGroups();
  shape.channels = input.back();
  shape.filters = output.back();
  collapsePointwise(shape.axes, forwardAxis);
  if (addGroupedGradientSteps(kernels, op, shape, conv.getInput(), conv.getOutputGradient(), conv.getKernelGradient()))
    return success();
  nn::BiasGradOp bias = biasGradientBehind(op, conv.getOutputGradient());
  if (bias)
    kernels.claim(bias);
  addKernelGradientSteps(kernels, op, shape, conv.getInput(), conv.getOutputGradient(), conv.getKernelGradient(),
                         bias ? bias.getBiasGradient() : Value());
  return success();
}

LogicalResult emitConvTranspose(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::ConvTransposeOp>(op);
  ArrayRef<int64_t> input = shapeOf(conv.getInput()), output = shapeOf(conv.getOutput());
  Correlation shape;
  // The input gradient of a convolution whose output the input is.
  shape.axes = axesOf(gradientAxis, output, shapeOf(conv.getKernel()), input, conv.getStrides(), conv.getPadding(),
                      conv.getDilations());
  shape.sourceChannels = input.back();
  shape.resultChannels = output.back();
  shape.transposed = true;
  shape.activation = conv.getActivation();
  shape.resultDistance = kernels.rowDistance(conv.getOutput());
  collapsePointwise(shape.axes, gradientAxis);
  addCorrelationSteps(kernels, op, "transposed conv forward", shape, conv.getInput(), conv.getKernel(), conv.getBias(),
                      conv.getOutput());
  return success();
}

} // namespace

void addConvolutionKernels(EmitterTable &table) {
  table["nn.conv_transpose"] = emitConvTranspose;
  addComposeBiasKernels(table);
  addLocalConvolutionKernels(table);
  table["nn.conv"] = emitConv;
  table["nn.conv_grad_input"] = emitConvGradInput;
  table["nn.conv_grad_kernel"] = emitConvGradKernel;
}

} // namespace nncc::kernels
