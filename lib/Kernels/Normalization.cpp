// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Batch normalisation in its forms and its gradients; the gradient of biases, which is a sum per channel too.
#include "Channels.h"
#include "ElementMap.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// Fills a row of scratch with a number per channel. `value` gets a position and width.
Value channelTable(KernelBuilder &kernels, Kernel &kernel, Emit &emit, int64_t channels,
                   llvm::function_ref<Value(Value at, int64_t width)> value) {
  Value table = kernels.scratch(kernel, MemRefType::get({channels}, emit.builder.getF32Type()));
  emit.pieces(channels, [&](Value at, int64_t width) { emit.store(value(at, width), table, at); });
  return table;
}

/// 1 / sqrt(variance + epsilon).
Value inverseDeviation(Emit &emit, Value variance, Value at, int64_t width, double epsilon) {
  return emit.divf(1.0, emit.sqrt(emit.addf(emit.load(variance, at, width), epsilon)));
}

/// y = (x - mean) * gamma / sqrt(variance + epsilon) + beta. gamma and beta may be null.
void addNormalize(KernelBuilder &kernels, Operation *op, const ChannelView &view, Value input, Value gamma, Value beta,
                  Value mean, Value variance, double epsilon, Value output) {
  ElementsBehind behind(kernels, op, output);
  behind.claim(kernels, op);
  kernels.mayOverwrite(op, input, behind.result());
  addChannelwiseStep(kernels, op, "batch normalization" + behind.names(), view, 3 + behind.flops(),
                     [&](Kernel &kernel, Emit &emit) -> ChannelBody {
    Value x = kernels.flat(kernel, input);
    ElementsBehind::Function then = behind.prepare(kernels, kernel, emit);
    Value y = kernels.flat(kernel, behind.result());
    Value means = kernels.flat(kernel, mean), variances = kernels.flat(kernel, variance);
    Value gammas = gamma ? kernels.flat(kernel, gamma) : Value(), betas = beta ? kernels.flat(kernel, beta) : Value();
    Value scales = channelTable(kernels, kernel, emit, view.channels, [&](Value at, int64_t width) {
      Value scale = inverseDeviation(emit, variances, at, width, epsilon);
      return gammas ? emit.mulf(scale, emit.load(gammas, at, width)) : scale;
    });
    return [=, &emit, &view](Value element, Value channel, int64_t width) {
      auto parameter = [&](Value memref) { return loadChannels(emit, view, memref, channel, width); };
      Value centred = emit.subf(emit.load(x, element, width), parameter(means));
      Value result = betas ? emit.fma(centred, parameter(scales), parameter(betas))
                           : emit.mulf(centred, parameter(scales));
      emit.store(then(result, element, width), y, element);
    };
  });
}

/// The sums of both gradient ops: dgamma = sum dy * z, dbeta = sum dy, z = (x - mean) / sqrt(variance + epsilon).
/// What is computed before dy by maps that are left to this op is stored here for who reads it next.
template <typename OpT> void addParameterGradients(KernelBuilder &kernels, OpT op, const ChannelView &view) {
  double epsilon = op.getEpsilon().convertToDouble();
  ElementsBefore before(op.getOutputGradient(), op);
  SmallVector<Value> leaves = before.leaves();
  if (before.isComputed())
    for (Value leaf : llvm::reverse(leaves)) // the last one is the gradient, just written
      kernels.mayOverwrite(op, leaf, op.getOutputGradient());
  addChannelSums(
      kernels, op, before.names() + "batch normalization gradient sums", view, 2,
      [&](Kernel &kernel, Emit &emit) -> ChannelTerms {
        ElementsBefore::Function load = before.prepare(kernels, kernel, emit);
        Value x = kernels.flat(kernel, op.getInput());
        Value dy = before.isComputed() ? kernels.flat(kernel, op.getOutputGradient()) : Value();
        Value means = kernels.flat(kernel, op.getMean());
        return [=, &emit, &view](Value element, Value channel, int64_t width) {
          Value gradient = load(element, width);
          if (dy)
            emit.store(gradient, dy, element);
          Value centred = emit.subf(emit.load(x, element, width), loadChannels(emit, view, means, channel, width));
          return SmallVector<Value>{emit.mulf(gradient, centred), gradient};
        };
      },
      [&](Kernel &kernel, Emit &emit) -> ChannelFinish {
        Value variances = kernels.flat(kernel, op.getVariance());
        Value toGamma = kernels.flat(kernel, op.getGammaGradient());
        Value toBeta = kernels.flat(kernel, op.getBetaGradient());
        return [=, &emit](Value channel, int64_t width, ArrayRef<Value> sums) {
          Value scale = inverseDeviation(emit, variances, channel, width, epsilon);
          emit.store(emit.truncate(emit.mulf(sums[0], emit.extend(scale))), toGamma, channel);
          emit.store(emit.truncate(sums[1]), toBeta, channel);
        };
      });
}

/// gamma / sqrt(variance + epsilon) of each channel.
template <typename OpT>
Value gradientScales(KernelBuilder &kernels, Kernel &kernel, Emit &emit, OpT op, int64_t channels) {
  double epsilon = op.getEpsilon().convertToDouble();
  Value variances = kernels.flat(kernel, op.getVariance());
  Value gammas = op.getGamma() ? kernels.flat(kernel, op.getGamma()) : Value();
  return channelTable(kernels, kernel, emit, channels, [&](Value at, int64_t width) {
    Value scale = inverseDeviation(emit, variances, at, width, epsilon);
    return gammas ? emit.mulf(scale, emit.load(gammas, at, width)) : scale;
  });
}

LogicalResult emitBatchNorm(nn::BatchNormOp op, KernelBuilder &kernels) {
  ChannelView view(cast<ShapedType>(op.getInput().getType()), op.getAxis());
  addNormalize(kernels, op, view, op.getInput(), op.getGamma(), op.getBeta(), op.getMean(), op.getVariance(),
               op.getEpsilon().convertToDouble(), op.getOutput());
  return success();
}

LogicalResult emitBatchNormTrain(nn::BatchNormTrainOp op, KernelBuilder &kernels) {
  ChannelView view(cast<ShapedType>(op.getInput().getType()), op.getAxis());
  addMoments(kernels, op, "batch statistics", view, op.getInput(), op.getMean(), op.getVariance());
  addNormalize(kernels, op, view, op.getInput(), op.getGamma(), op.getBeta(), op.getMean(), op.getVariance(),
               op.getEpsilon().convertToDouble(), op.getOutput());
  return success();
}

LogicalResult emitBatchNormTrainGrad(nn::BatchNormTrainGradOp op, KernelBuilder &kernels) {
  ChannelView view(cast<ShapedType>(op.getInput().getType()), op.getAxis());
  double epsilon = op.getEpsilon().convertToDouble();
  addParameterGradients(kernels, op, view);
  for (Value operand : {op.getOutputGradient(), op.getInput()})
    kernels.mayOverwrite(op, operand, op.getInputGradient());
  // dx = scale * (dy - dbeta / M - (x - mean) * correction), correction = dgamma / (M * sqrt(variance + epsilon)).
  addChannelwiseStep(kernels, op, "batch normalization gradient", view, 5,
                     [&](Kernel &kernel, Emit &emit) -> ChannelBody {
    Value x = kernels.flat(kernel, op.getInput()), dy = kernels.flat(kernel, op.getOutputGradient());
    Value means = kernels.flat(kernel, op.getMean()), variances = kernels.flat(kernel, op.getVariance());
    Value dgamma = kernels.flat(kernel, op.getGammaGradient()), dbeta = kernels.flat(kernel, op.getBetaGradient());
    Value to = kernels.flat(kernel, op.getInputGradient());
    Value count = emit.toFloat(view.elementsPerChannel(emit, kernel.batch), emit.builder.getF32Type());
    Value scales = gradientScales(kernels, kernel, emit, op, view.channels);
    Value offsets = channelTable(kernels, kernel, emit, view.channels, [&](Value at, int64_t width) {
      return emit.divf(emit.load(dbeta, at, width), emit.splat(count, emit.f32s(width)));
    });
    Value corrections = channelTable(kernels, kernel, emit, view.channels, [&](Value at, int64_t width) {
      Value mean = emit.divf(emit.load(dgamma, at, width), emit.splat(count, emit.f32s(width)));
      return emit.mulf(mean, inverseDeviation(emit, variances, at, width, epsilon));
    });
    return [=, &emit, &view](Value element, Value channel, int64_t width) {
      auto parameter = [&](Value memref) { return loadChannels(emit, view, memref, channel, width); };
      Value centred = emit.subf(emit.load(x, element, width), parameter(means));
      Value gradient = emit.subf(emit.load(dy, element, width), parameter(offsets));
      gradient = emit.subf(gradient, emit.mulf(centred, parameter(corrections)));
      emit.store(emit.mulf(gradient, parameter(scales)), to, element);
    };
  });
  return success();
}

LogicalResult emitBatchNormGrad(nn::BatchNormGradOp op, KernelBuilder &kernels) {
  ChannelView view(cast<ShapedType>(op.getInput().getType()), op.getAxis());
  if (!op.getGammaGradient().use_empty() || !op.getBetaGradient().use_empty())
    addParameterGradients(kernels, op, view);
  if (op.getInputGradient().use_empty())
    return success();
  kernels.mayOverwrite(op, op.getOutputGradient(), op.getInputGradient());
  addChannelwiseStep(kernels, op, "batch normalization gradient", view, 1,
                     [&](Kernel &kernel, Emit &emit) -> ChannelBody {
    Value dy = kernels.flat(kernel, op.getOutputGradient()), to = kernels.flat(kernel, op.getInputGradient());
    Value scales = gradientScales(kernels, kernel, emit, op, view.channels);
    return [=, &emit, &view](Value element, Value channel, int64_t width) {
      Value scale = loadChannels(emit, view, scales, channel, width);
      emit.store(emit.mulf(emit.load(dy, element, width), scale), to, element);
    };
  });
  return success();
}

LogicalResult emitFoldBatchNorm(nn::FoldBatchNormOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getKernel().getType());
  ChannelView view(type, type.getRank() - 1);
  double epsilon = op.getEpsilon().convertToDouble();
  // The scale of the filters [at, at + width), as in addNormalize.
  auto scale = [=](Emit &emit, Value variances, Value gammas, Value at, int64_t width) {
    Value inverse = inverseDeviation(emit, variances, at, width, epsilon);
    return gammas ? emit.mulf(inverse, emit.load(gammas, at, width)) : inverse;
  };
  addChannelwiseStep(kernels, op, "fold batch normalization", view, 1,
                     [&](Kernel &kernel, Emit &emit) -> ChannelBody {
    Value from = kernels.flat(kernel, op.getKernel()), to = kernels.flat(kernel, op.getFoldedKernel());
    Value variances = kernels.flat(kernel, op.getVariance());
    Value gammas = op.getGamma() ? kernels.flat(kernel, op.getGamma()) : Value();
    Value scales = channelTable(kernels, kernel, emit, view.channels, [&](Value at, int64_t width) {
      return scale(emit, variances, gammas, at, width);
    });
    return [=, &emit, &view](Value element, Value channel, int64_t width) {
      Value factor = loadChannels(emit, view, scales, channel, width);
      emit.store(emit.mulf(emit.load(from, element, width), factor), to, element);
    };
  });
  kernels.addStep(op, "fold batch normalization", {1, 0}, {3 * view.channels, 0}, [&](Kernel &kernel) {
    Emit emit(kernel, kernels.target());
    Value to = kernels.flat(kernel, op.getFoldedBias());
    Value means = kernels.flat(kernel, op.getMean()), variances = kernels.flat(kernel, op.getVariance());
    Value gammas = op.getGamma() ? kernels.flat(kernel, op.getGamma()) : Value();
    Value biases = op.getBias() ? kernels.flat(kernel, op.getBias()) : Value();
    Value betas = op.getBeta() ? kernels.flat(kernel, op.getBeta()) : Value();
    forUnits(emit, kernel, [&](Value) {
      emit.pieces(view.channels, [&](Value at, int64_t width) {
        Value mean = emit.load(means, at, width);
        Value centred = biases ? emit.subf(emit.load(biases, at, width), mean) : emit.negf(mean);
        Value factor = scale(emit, variances, gammas, at, width);
        emit.store(betas ? emit.fma(centred, factor, emit.load(betas, at, width)) : emit.mulf(centred, factor), to,
                   at);
      });
    });
  });
  return success();
}

LogicalResult emitBiasGrad(nn::BiasGradOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getOutputGradient().getType());
  ChannelView view(type, type.getRank() - 1);
  addChannelSums(
      kernels, op, "bias gradient", view, 1,
      [&](Kernel &kernel, Emit &emit) -> ChannelTerms {
        Value dy = kernels.flat(kernel, op.getOutputGradient());
        return [=, &emit](Value element, Value, int64_t width) {
          return SmallVector<Value>{emit.load(dy, element, width)};
        };
      },
      [&](Kernel &kernel, Emit &emit) -> ChannelFinish {
        Value to = kernels.flat(kernel, op.getBiasGradient());
        return [=, &emit](Value channel, int64_t, ArrayRef<Value> sums) {
          emit.store(emit.truncate(sums[0]), to, channel);
        };
      });
  return success();
}

} // namespace

void kernels::addNormalizationKernels(EmitterTable &table) {
  table["nn.batch_norm"] = [](Operation *op, KernelBuilder &k) { return emitBatchNorm(cast<nn::BatchNormOp>(op), k); };
  table["nn.batch_norm_train"] = [](Operation *op, KernelBuilder &k) {
    return emitBatchNormTrain(cast<nn::BatchNormTrainOp>(op), k);
  };
  table["nn.batch_norm_train_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitBatchNormTrainGrad(cast<nn::BatchNormTrainGradOp>(op), k);
  };
  table["nn.batch_norm_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitBatchNormGrad(cast<nn::BatchNormGradOp>(op), k);
  };
  table["nn.fold_batch_norm"] = [](Operation *op, KernelBuilder &k) {
    return emitFoldBatchNorm(cast<nn::FoldBatchNormOp>(op), k);
  };
  table["nn.bias_grad"] = [](Operation *op, KernelBuilder &k) { return emitBiasGrad(cast<nn::BiasGradOp>(op), k); };
}
