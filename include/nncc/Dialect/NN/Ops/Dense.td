// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_DENSE_TD
#define NNCC_DIALECT_NN_OPS_DENSE_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_DenseOp : NN_LayerOp<"dense"> {
  let summary = "dense layer on the last axis, with bias and activation as epilogue";
  let description = [{
    y[..., o] = act(bias[o] + sum over i of x[..., i] * kernel[i, o]): input `[N, ..., I]`, kernel `[I, O]`, bias `[O]`.
    Source: keras/layers/core/dense.py.
    (D1) kernel is [I, O] with I the input's last extent. (D2) bias is [O].
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$kernel, Optional<NN_Tensor>:$bias,
                       DefaultValuedAttr<NN_ActivationAttr, "::nncc::nn::Activation::Linear">:$activation);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input `,` $kernel (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_DenseGradInputOp : NN_GradientOp<"dense_grad_input"> {
  let summary = "gradient of nn.dense (linear) with respect to its input";
  let description = [{
    dx[..., i] = sum over o of dy[..., o] * kernel[i, o]. (D3) The output gradient has the shape that nn.dense gives.
  }];
  let arguments = (ins NN_Tensor:$output_gradient, NN_Tensor:$kernel);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient `,` $kernel attr-dict `:` functional-type(operands, results)";
}

def NN_DenseGradKernelOp : NN_GradientOp<"dense_grad_kernel"> {
  let summary = "gradient of nn.dense (linear) with respect to its kernel";
  let description = [{
    dw[i, o] = sum over n, ... of x[n, ..., i] * dy[n, ..., o]. (D3) as for nn.dense_grad_input.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient);
  let results = (outs NN_Tensor:$kernel_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_DENSE_TD
