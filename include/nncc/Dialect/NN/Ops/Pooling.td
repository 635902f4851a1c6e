// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_POOLING_TD
#define NNCC_DIALECT_NN_OPS_POOLING_TD

include "nncc/Dialect/NN/NNBase.td"

// (P1) window, strides: R positive values; padding: 2R values >= 0, each below its window. (P2) The window fits the padded input.
class NN_WindowArguments {
  dag window = (ins DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding);
}

def NN_MaxPoolOp : NN_LayerOp<"max_pool"> {
  let summary = "maximum over windows, each channel by itself";
  let description = [{
    y[n, o, c] = max over w in window of x[n, o * stride + w - low, c]; positions outside the input do not count.
    Source: keras/layers/pooling/base_pooling*.py, tf.nn.max_pool.
  }];
  let arguments = !con((ins NN_Tensor:$input), NN_WindowArguments<>.window);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_MaxPoolTrainOp : NN_InferredOp<"max_pool_train"> {
  let summary = "nn.max_pool in training form: also returns where in its window each maximum stands";
  let description = [{
    `argmax` is the row-major position in the window of the first maximum (as an unsigned number): i8 where the window has
    at most 256 positions, else i32. Padding counts as a position of the window, though never as the maximum.
  }];
  let arguments = !con((ins NN_Tensor:$input), NN_WindowArguments<>.window);
  let results = (outs NN_Tensor:$output, NN_ArgMax:$argmax);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_MaxPoolGradOp : NN_GradientOp<"max_pool_grad"> {
  let summary = "gradient of nn.max_pool: each output's gradient goes to its window's maximum";
  let description = [{ dx[n, i, c] = sum of dy[n, o, c] over the windows o whose argmax is the position i.
    (P4) The output gradient has the shape that nn.max_pool gives. (P5) The argmax is of that shape, i8 or i32 as above. }];
  let arguments = !con((ins NN_Tensor:$output_gradient, NN_ArgMax:$argmax), NN_WindowArguments<>.window);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient `,` $argmax attr-dict `:` functional-type(operands, results)";
}

def NN_AveragePoolOp : NN_LayerOp<"average_pool"> {
  let summary = "mean over windows, each channel by itself; padding is not counted";
  let description = [{
    y[n, o, c] = mean over the positions w of the window that lie inside of x[n, o * stride + w - low, c].
    Source: tf.nn.avg_pool (padding is excluded from the count).
  }];
  let arguments = !con((ins NN_Tensor:$input), NN_WindowArguments<>.window);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_AveragePoolGradOp : NN_GradientOp<"average_pool_grad"> {
  let summary = "gradient of nn.average_pool with respect to its input";
  let description = [{
    dx[n, i, c] = sum of dy[n, o, c] / (positions of o's window that lie inside) over the windows o that i is in.
    (P4) as for nn.max_pool_grad.
  }];
  let arguments = !con((ins NN_Tensor:$output_gradient), NN_WindowArguments<>.window);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient attr-dict `:` functional-type(operands, results)";
}

class NN_GlobalPoolOp<string mnemonic, string what> : NN_LayerOp<mnemonic> {
  let summary = what # " over all spatial positions, each channel by itself";
  let description = [{
    `[N, s..., C]` to `[N, C]`, or `[N, 1..., C]` with `keepdims`. Source: keras/layers/pooling/base_global_pooling.py.
    (P3) There is at least one spatial axis.
  }];
  let arguments = (ins NN_Tensor:$input, DefaultValuedAttr<BoolAttr, "false">:$keepdims);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}
def NN_GlobalMaxPoolOp : NN_GlobalPoolOp<"global_max_pool", "maximum">;
def NN_GlobalAveragePoolOp : NN_GlobalPoolOp<"global_average_pool", "mean">;

def NN_GlobalMaxPoolGradOp : NN_GradientOp<"global_max_pool_grad"> {
  let summary = "gradient of nn.global_max_pool: shared equally by all positions that hold the maximum";
  let description = [{ As TensorFlow's gradient of reduce_max (python/ops/math_grad.py, _MinOrMaxGrad): ties share.
    (P6) The output gradient is the input's with the spatial axes gone, or of extent 1. }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output, NN_Tensor:$output_gradient);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$input `,` $output `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

def NN_GlobalAveragePoolGradOp : NN_GradientOp<"global_average_pool_grad"> {
  let summary = "gradient of nn.global_average_pool";
  let description = [{ dx[n, i, c] = dy[n, c] / (number of positions). (P6) as for nn.global_max_pool_grad. }];
  let arguments = (ins NN_Tensor:$output_gradient);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_POOLING_TD
