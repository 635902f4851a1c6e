// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions fused with their max pool in training, and their gradients. The gradients' sparse kernels touch only the
// maxima; dense ones expand the pooled gradient into a temporary first.
#include "nncc/Dialect/NN/Ops/PooledConvolution.h"

#include "Channels.h"
#include "Convolution.h"
#include "Pooling.h"
#include "nncc/Kernels/Contraction/Correlation.h"
#include "nncc/Kernels/Contraction/KernelGradient.h"
#include "nncc/Kernels/Contraction/PooledConvolution.h"
#include "nncc/Kernels/Contraction/PooledKernelGradient.h"
#include "nncc/Kernels/Contraction/PooledInputGradient.h"

using namespace mlir;

namespace nncc::kernels {

namespace {

template <typename Op> SmallVector<int64_t> mapShapeOf(Op op, Value input, Value kernel) {
  return mapShape(shapeOf(input), shapeOf(kernel), op.getStrides(), op.getPadding(), op.getDilations());
}

template <typename Op> Axes axesOf(AxisRule rule, Op op, Value input, Value kernel) {
  return axesOf(rule, shapeOf(input), shapeOf(kernel), mapShapeOf(op, input, kernel), op.getStrides(), op.getPadding(),
                op.getDilations());
}

/// The window with leading extents of 1.
std::array<int64_t, 3> threeAxes(ArrayRef<int64_t> pool) {
  std::array<int64_t, 3> result = {1, 1, 1};
  for (size_t i = 0; i < pool.size(); ++i)
    result[3 - pool.size() + i] = pool[i];
  return result;
}

LogicalResult emitConvMaxPoolTrain(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::ConvMaxPoolTrainOp>(op);
  Correlation shape;
  shape.axes = axesOf(forwardAxis, conv, conv.getInput(), conv.getKernel());
  shape.groups = conv.getGroups();
  shape.sourceChannels = shapeOf(conv.getInput()).back();
  shape.resultChannels = shapeOf(conv.getOutput()).back();
  shape.activation = conv.getActivation();
  shape.pool = threeAxes(conv.getPoolSize());
  shape.argmax = true;
  shape.marksInactive = conv.marksInactive();
  addCorrelationSteps(kernels, op, "conv forward", shape, conv.getInput(), conv.getKernel(), conv.getBias(),
                      conv.getOutput(), conv.getArgmax());
  return success();
}

/// Adds the step that writes the gradient of the whole map into a temporary.
template <typename Op> BufferId addExpandStep(KernelBuilder &kernels, Op op, Value input, Value kernel) {
  auto type = MemRefType::get(mapShapeOf(op, input, kernel), Float32Type::get(op.getContext()));
  BufferId map = kernels.addTemporary(type);
  SmallVector<int64_t> noPadding(2 * op.getPoolSize().size(), 0);
  addMaxPoolGradientStep(kernels, op,
                         Window(type, cast<ShapedType>(op.getOutputGradient().getType()), op.getPoolSize(),
                                op.getPoolSize(), noPadding),
                         op.getOutputGradient(), op.getArgmax(), map);
  return map;
}

/// The sparse gradients' view of an op.
template <typename Op> PooledConvolution pooledShape(Op op, Value input, Value kernel) {
  PooledConvolution shape;
  shape.axes = axesOf(forwardAxis, op, input, kernel);
  shape.pool = threeAxes(op.getPoolSize());
  shape.groups = op.getGroups();
  shape.channels = shapeOf(input).back();
  shape.filters = shapeOf(op.getOutputGradient()).back();
  shape.argmaxBits = cast<ShapedType>(op.getArgmax().getType()).getElementTypeBitWidth();
  return shape;
}

LogicalResult emitPooledConvGradInput(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::PooledConvGradInputOp>(op);
  PooledConvolution pooled = pooledShape(conv, conv.getInputGradient(), conv.getKernel());
  PooledInputGradientPlan plan = planPooledInputGradient(pooled, kernels.target());
  if (plan.sparse) {
    addPooledInputGradientSteps(kernels, op, pooled, plan, conv.getOutputGradient(), conv.getArgmax(),
                                conv.getKernel(), conv.getInputGradient());
    return success();
  }
  kernels.describeNextStep(planText(plan));
  BufferId map = addExpandStep(kernels, conv, conv.getInputGradient(), conv.getKernel());
  Correlation shape;
  shape.axes = axesOf(gradientAxis, conv, conv.getInputGradient(), conv.getKernel());
  shape.groups = conv.getGroups();
  shape.sourceChannels = shapeOf(conv.getOutputGradient()).back();
  shape.resultChannels = shapeOf(conv.getInputGradient()).back();
  shape.transposed = true;
  collapsePointwise(shape.axes, gradientAxis);
  addCorrelationSteps(kernels, op, "conv input gradient", shape, map, conv.getKernel(), Value(),
                      conv.getInputGradient());
  return success();
}

/// The op behind a kernel gradient that sums the same gradient for the bias: done in the same steps.
Value claimBias(nn::PooledConvGradKernelOp op, KernelBuilder &kernels) {
  for (Operation *user : op.getArgmax().getUsers())
    if (auto bias = dyn_cast<nn::PooledBiasGradOp>(user);
        bias && bias.getOutputGradient() == op.getOutputGradient() && op->isBeforeInBlock(bias)) {
      kernels.claim(bias);
      return bias.getBiasGradient();
    }
  return {};
}

LogicalResult emitPooledConvGradKernel(Operation *op, KernelBuilder &kernels) {
  auto conv = cast<nn::PooledConvGradKernelOp>(op);
  PooledConvolution pooled = pooledShape(conv, conv.getInput(), conv.getKernelGradient());
  PooledKernelGradientPlan plan = planPooledKernelGradient(pooled, kernels.target());
  if (plan.sparse) {
    addPooledKernelGradientSteps(kernels, op, pooled, plan, conv.getInput(), conv.getOutputGradient(),
                                 conv.getArgmax(), conv.getKernelGradient(), claimBias(conv, kernels));
    return success();
  }
  KernelGradient shape;
  shape.axes = pooled.axes;
  shape.groups = pooled.groups;
  shape.channels = pooled.channels;
  shape.filters = pooled.filters;
  shape.pool = pooled.pool;
  if (readsPooledGradient(shape, planKernelGradient(shape, kernels.target()))) {
    addKernelGradientSteps(kernels, op, shape, conv.getInput(), conv.getOutputGradient(), conv.getKernelGradient(),
                           claimBias(conv, kernels), conv.getArgmax(),
                           planText(plan) + ", pooled gradient read as it is: ");
    return success();
  }
  shape.pool = {1, 1, 1};
  collapsePointwise(shape.axes, forwardAxis);
  kernels.describeNextStep(planText(plan));
  BufferId map = addExpandStep(kernels, conv, conv.getInput(), conv.getKernelGradient());
  addKernelGradientSteps(kernels, op, shape, conv.getInput(), map, conv.getKernelGradient());
  return success();
}

LogicalResult emitPooledBiasGrad(Operation *op, KernelBuilder &kernels) {
  auto bias = cast<nn::PooledBiasGradOp>(op);
  auto type = cast<ShapedType>(bias.getOutputGradient().getType());
  addChannelSums(
      kernels, op, "bias gradient", ChannelView(type, type.getRank() - 1), 1,
      [&](Kernel &kernel, Emit &emit) -> ChannelTerms {
        Value dy = kernels.flat(kernel, bias.getOutputGradient()), argmax = kernels.flat(kernel, bias.getArgmax());
        int64_t positions = bias.getWindowPositions();
        return [=, &emit](Value element, Value, int64_t width) {
          Type i32 = emit.builder.getI32Type(), numbers = emit.vectorType(width, i32);
          Value place = emit.load(argmax, element, width);
          if (getElementTypeOrSelf(place.getType()) != i32)
            place = arith::ExtUIOp::create(emit.builder, emit.loc, numbers, place);
          Value active = emit.compare(arith::CmpIPredicate::slt, place, emit.integer(numbers, positions));
          return SmallVector<Value>{
              emit.select(active, emit.load(dy, element, width), emit.constant(emit.f32s(width), 0.0))};
        };
      },
      [&](Kernel &kernel, Emit &emit) -> ChannelFinish {
        Value to = kernels.flat(kernel, bias.getBiasGradient());
        return [=, &emit](Value channel, int64_t, ArrayRef<Value> sums) {
          emit.store(emit.truncate(sums[0]), to, channel);
        };
      });
  return success();
}

} // namespace

void addPooledConvolutionKernels(EmitterTable &table) {
  table["nn.conv_max_pool_train"] = emitConvMaxPoolTrain;
  table["nn.pooled_conv_grad_input"] = emitPooledConvGradInput;
  table["nn.pooled_conv_grad_kernel"] = emitPooledConvGradKernel;
  table["nn.pooled_bias_grad"] = emitPooledBiasGrad;
}

} // namespace nncc::kernels
