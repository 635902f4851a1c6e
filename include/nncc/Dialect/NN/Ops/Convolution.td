// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_CONVOLUTION_TD
#define NNCC_DIALECT_NN_OPS_CONVOLUTION_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_ConvOp : NN_LayerOp<"conv"> {
  let summary = "convolution in one, two or three dimensions, with bias, activation and max pool as epilogue";
  let description = [{
    For R spatial axes: input `[N, in..., C]`, kernel `[k..., C/groups, F]`, bias `[F]`, result `[N, out..., F]`:

        y[n, o, f] = act(bias[f] + sum over k, c of x[n, o * stride + k * dilation - low, c] * kernel[k, c, f])

    where `low` is the leading padding of the axis; positions outside the input count as 0.
    `padding` is `[low0, high0, low1, high1, ...]`, already resolved from Keras' `valid`, `same`, `causal`
    (Shape.h, samePadding). `pool_size` is empty, or the window of a max pool of stride = window, valid, over the
    activated map that fusion has drawn into the op (result then has the pooled extents).
    Source: keras/layers/convolutional/base_conv.py, tf.nn.convolution.

    (C1) strides, dilations: R positive values; padding: 2R values >= 0. (C2) kernel rank R + 2, its channels times groups
    = C, F divisible by groups. (C3) (k - 1) * dilation + 1 <= padded input in each axis. (C4) bias is [F].
    (C5) A fused pool fits the map.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$kernel, Optional<NN_Tensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$groups,
                       DefaultValuedAttr<NN_ActivationAttr, "::nncc::nn::Activation::Linear">:$activation,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$pool_size);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input `,` $kernel (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_ConvGradInputOp : NN_GradientOp<"conv_grad_input"> {
  let summary = "gradient of nn.conv (linear, no pool) with respect to its input";
  let description = [{
    dx[n, i, c] = sum over o, k, f with o * stride + k * dilation - low = i of dy[n, o, f] * kernel[k, c, f].
    The result type is the input's. Attributes are the forward op's.
    (C6) The output gradient has the shape that nn.conv gives.
  }];
  let arguments = (ins NN_Tensor:$output_gradient, NN_Tensor:$kernel,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient `,` $kernel attr-dict `:` functional-type(operands, results)";
}

def NN_ConvGradKernelOp : NN_GradientOp<"conv_grad_kernel"> {
  let summary = "gradient of nn.conv (linear, no pool) with respect to its kernel";
  let description = [{
    dw[k, c, f] = sum over n, o of x[n, o * stride + k * dilation - low, c] * dy[n, o, f]. The result type is the
    kernel's. (C6) as for nn.conv_grad_input.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs NN_Tensor:$kernel_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

def NN_ConvTransposeOp : NN_LayerOp<"conv_transpose"> {
  let summary = "transposed convolution: the input gradient of a convolution, with bias and activation as epilogue";
  let description = [{
    For R spatial axes: input `[N, in..., C]`, kernel `[k..., F, C]`, bias `[F]`, result `[N, out..., F]`:

        y[n, o, f] = act(bias[f] + sum over i, k, c with i * stride + k * dilation - low = o of x[n, i, c] * kernel[k, f, c])

    with out = (in - 1) * stride + (k - 1) * dilation + 1 - low - high. Its gradients are those of linear maps: the one of
    the input an nn.conv of the output gradient, the one of the kernel an nn.conv_grad_kernel with input and output
    gradient in each other's place. `high` is negative where the last outputs get no input.
    Source: keras/layers/convolutional/conv2d_transpose.py, tf.nn.conv_transpose.

    (T1) strides, dilations: R positive values; padding: 2R values. (T2) kernel rank R + 2, its last extent = C.
    (T3) 0 <= low < reach, -stride < high < reach with the kernel's reach (k - 1) * dilation + 1, and out >= 1.
    (T4) bias is [F].
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$kernel, Optional<NN_Tensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilations,
                       DefaultValuedAttr<NN_ActivationAttr, "::nncc::nn::Activation::Linear">:$activation);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input `,` $kernel (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_LocalConvOp : NN_LayerOp<"local_conv"> {
  let summary = "convolution whose every position has weights of its own; no padding";
  let description = [{
    For R spatial axes: input `[N, in..., C]`, result `[N, out..., F]`, window positions k:

        y[n, o, f] = sum over k, c of x[n, o * stride + k, c] * w(o, k, c, f)

    `implementation` says how the kernel keeps the weights: 1 as `[out positions, k..., c; f]`, three axes; 2 as
    `[in..., C, out..., F]`, of which only the elements count that a window connects; 3 as one axis, f before k and c.
    Source: keras/layers/locally_connected/.

    (L1) window, strides: R positive values. (L2) The window fits. (L3) The kernel has the implementation's shape.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$kernel, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DefaultValuedAttr<I64Attr, "1">:$implementation);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input `,` $kernel attr-dict `:` functional-type(operands, results)";
}

def NN_LocalConvGradInputOp : NN_GradientOp<"local_conv_grad_input"> {
  let summary = "gradient of nn.local_conv with respect to its input";
  let description = [{
    dx[n, i, c] = sum over o, k, f with o * stride + k = i of dy[n, o, f] * w(o, k, c, f). The result type is the input's.
    (L4) The output gradient has the shape that nn.local_conv gives.
  }];
  let arguments = (ins NN_Tensor:$output_gradient, NN_Tensor:$kernel, DenseI64ArrayAttr:$window,
                       DenseI64ArrayAttr:$strides, DefaultValuedAttr<I64Attr, "1">:$implementation);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient `,` $kernel attr-dict `:` functional-type(operands, results)";
}

def NN_LocalConvGradKernelOp : NN_GradientOp<"local_conv_grad_kernel"> {
  let summary = "gradient of nn.local_conv with respect to its kernel";
  let description = [{
    dw(o, k, c, f) = sum over n of x[n, o * stride + k, c] * dy[n, o, f], 0 where no window connects. The result type is
    the kernel's. (L4) as for nn.local_conv_grad_input.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient, DenseI64ArrayAttr:$window,
                       DenseI64ArrayAttr:$strides, DefaultValuedAttr<I64Attr, "1">:$implementation);
  let results = (outs NN_Tensor:$kernel_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

def NN_ComposeBiasOp : NN_InferredOp<"compose_bias"> {
  let summary = "bias of two linear maps in a row as one";
  let description = [{
    y[f] = next[f] + sum over h of bias[h] * kernel[..., h, f]: what a bias `[H]` becomes behind a convolution of one tap,
    kernel `[1..., H, F]`, with the bias `next` `[F]` (0 where absent). The kernels' composition is an nn.conv of the first
    one, read as a map of H channels, with the second one.
    (B1) kernel has one tap. (B2) bias is [H], next [F].
  }];
  let arguments = (ins NN_Tensor:$bias, NN_Tensor:$kernel, Optional<NN_Tensor>:$next);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$bias `,` $kernel (`,` $next^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_ComposeBiasGradOp : NN_GradientOp<"compose_bias_grad"> {
  let summary = "gradients of nn.compose_bias with respect to bias and kernel";
  let description = [{
    db[h] = sum over f of dy[f] * kernel[..., h, f]; dk[..., h, f] = bias[h] * dy[f]. (The one of `next` is dy.)
    (B1), (B2) as for nn.compose_bias. (B3) The gradients have the types of bias and kernel.
  }];
  let arguments = (ins NN_Tensor:$output_gradient, NN_Tensor:$bias, NN_Tensor:$kernel);
  let results = (outs NN_Tensor:$bias_gradient, NN_Tensor:$kernel_gradient);
  let assemblyFormat = "$output_gradient `,` $bias `,` $kernel attr-dict `:` functional-type(operands, results)";
}

def NN_BiasGradOp : NN_GradientOp<"bias_grad"> {
  let summary = "sum over all axes but the last: the gradient of a bias";
  let description = [{ db[f] = sum over n, ... of dy[n, ..., f]. Used by convolutions and dense layers. (C7) The result
    is a vector of the last extent. }];
  let arguments = (ins NN_Tensor:$output_gradient);
  let results = (outs NN_Tensor:$bias_gradient);
  let assemblyFormat = "$output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_CONVOLUTION_TD
