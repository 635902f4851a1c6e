// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_POOLEDCONVOLUTION_TD
#define NNCC_DIALECT_NN_OPS_POOLEDCONVOLUTION_TD

include "nncc/Dialect/NN/NNBase.td"

// A convolution whose only reader is a max pool of stride = window, valid, in training: the map between them is never
// written, neither forward nor (as its gradient, zero but for one position a window) backward. Made by
// nn-fuse-max-pool.

class NN_PooledConvolutionAttributes {
  dag attributes = (ins DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilations,
                        DefaultValuedAttr<I64Attr, "1">:$groups, DenseI64ArrayAttr:$pool_size);
}

def NN_ConvMaxPoolTrainOp : NN_InferredOp<"conv_max_pool_train"> {
  let summary = "nn.conv and the nn.max_pool_train that alone reads it";
  let description = [{
    `output, argmax = max_pool_train(conv(input, kernel, bias))` with window and strides `pool_size` and no padding of
    the pool; the other attributes are those of nn.conv, the argmax is as nn.max_pool_train gives it for the activated
    map. But where no output of ReLU is positive, no gradient passes: there `argmax` is no position but the number of
    them (`marksInactive`; not for 256 positions, of which a byte numbers no more).

    (Q1) What nn.conv asks for, (C1)-(C5). (Q2) `pool_size` has one positive value an axis.
  }];
  let arguments = !con((ins NN_Tensor:$input, NN_Tensor:$kernel, Optional<NN_Tensor>:$bias),
                       NN_PooledConvolutionAttributes<>.attributes,
                       (ins DefaultValuedAttr<NN_ActivationAttr, "::nncc::nn::Activation::Linear">:$activation));
  let results = (outs NN_Tensor:$output, NN_ArgMax:$argmax);
  let assemblyFormat = "$input `,` $kernel (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether windows through which ReLU passes no gradient have no position: gradients that read the argmax need not
    /// take ReLU's for themselves.
    bool marksInactive();
  }];
}

def NN_PooledConvGradInputOp : NN_GradientOp<"pooled_conv_grad_input"> {
  let summary = "nn.conv_grad_input of an nn.max_pool_grad";
  let description = [{
    The gradient of nn.conv_max_pool_train's map before activation and pool with respect to its input:
    `conv_grad_input(max_pool_grad(output_gradient, argmax), kernel)`. `output_gradient` is that of the pooled map, the
    activation's gradient already in it (but for ReLU's, where the argmax marks it). The result type is the input's.

    (Q3) The output gradient has the shape that nn.conv_max_pool_train gives, the argmax its type.
  }];
  let arguments = !con((ins NN_Tensor:$output_gradient, NN_ArgMax:$argmax, NN_Tensor:$kernel),
                       NN_PooledConvolutionAttributes<>.attributes);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient `,` $argmax `,` $kernel attr-dict `:` functional-type(operands, results)";
}

def NN_PooledConvGradKernelOp : NN_GradientOp<"pooled_conv_grad_kernel"> {
  let summary = "nn.conv_grad_kernel of an nn.max_pool_grad";
  let description = [{
    `conv_grad_kernel(input, max_pool_grad(output_gradient, argmax))`: as for nn.pooled_conv_grad_input. The result type
    is the kernel's. (Q3)
  }];
  let arguments = !con((ins NN_Tensor:$input, NN_Tensor:$output_gradient, NN_ArgMax:$argmax),
                       NN_PooledConvolutionAttributes<>.attributes);
  let results = (outs NN_Tensor:$kernel_gradient);
  let assemblyFormat = "$input `,` $output_gradient `,` $argmax attr-dict `:` functional-type(operands, results)";
}

def NN_PooledBiasGradOp : NN_GradientOp<"pooled_bias_grad"> {
  let summary = "nn.bias_grad of what passes a pool and ReLU";
  let description = [{
    db[f] = sum over n, ... of dy[n, ..., f] where the argmax is a position of the window, which has `window_positions`.

    (Q4) The argmax has the output gradient's shape, the result is a vector of its last extent.
  }];
  let arguments = (ins NN_Tensor:$output_gradient, NN_ArgMax:$argmax, I64Attr:$window_positions);
  let results = (outs NN_Tensor:$bias_gradient);
  let assemblyFormat = "$output_gradient `,` $argmax attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_POOLEDCONVOLUTION_TD
