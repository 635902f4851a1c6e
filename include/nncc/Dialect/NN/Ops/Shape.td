// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_SHAPE_TD
#define NNCC_DIALECT_NN_OPS_SHAPE_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_ReshapeOp : NN_LayerOp<"reshape"> {
  let summary = "the same elements in another shape of a sample: the layers Flatten and Reshape; free";
  let description = [{ `shape` is a sample's, without the batch, without -1. (S1) The element counts are equal. (S2) No -1. }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$shape);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_ZerosLikeOp : NN_GradientOp<"zeros_like"> {
  let summary = "zeros in the shape of a tensor: the gradient of an input without influence on the output";
  let description = [{ (S3) The result has the operand's type. }];
  let arguments = (ins NN_Tensor:$like);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$like attr-dict `:` functional-type(operands, results)";
}

def NN_PermuteOp : NN_LayerOp<"permute"> {
  let summary = "axes of a sample in another order: axis i of the result is axis permutation[i] of the input (1 is the first)";
  let description = [{ (S4) The permutation has each axis of the sample once. Source: keras/layers/reshaping/permute.py. }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_PadOp : NN_LayerOp<"pad"> {
  let summary = "zeros around a sample, or, where the padding is negative, a part of it: ZeroPadding and Cropping";
  let description = [{
    `padding` is [low0, high0, low1, ...] over all axes of the sample. The gradient is the op with -padding.
    (S5) One pair for each axis. (S6) Of each extent something remains.
    Source: keras/layers/reshaping/zero_padding2d.py, cropping2d.py.
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$padding);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_BroadcastOp : NN_LayerOp<"broadcast"> {
  let summary = "axes of extent 1 repeated: RepeatVector, UpSampling, merges of different shapes";
  let description = [{ `shape` is a sample's. (S7) As many axes; each extent is the input's, or that is 1. }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$shape);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_ReduceSumOp : NN_GradientOp<"reduce_sum"> {
  let summary = "sum over the axes whose extent in the result is 1: the gradient of nn.broadcast";
  let description = [{
    A result without a batch (of a parameter) is summed over the batch too, and over the axes that it lacks in front. Summed
    in f64.
    (S8) The result has the input's axes and batch, or (a parameter's) fewer axes; from the back each extent is the input's,
    or 1.
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_ResizeOp : NN_LayerOp<"resize"> {
  let summary = "spatial axes enlarged by integer factors, interpolated: UpSampling2D but for nearest";
  let description = [{
    Along each axis by itself, with half-pixel centres: output o lies at (o + 0.5) / factor - 0.5 and is the weighted mean of
    the inputs around, those outside of the sample left out (Interpolation.h). `factors` are of the axes but the last.
    (S9) One factor >= 1 for each axis but the channels. (S10) The interpolation is known.
    Source: keras/layers/reshaping/up_sampling2d.py; tf.image.resize.
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$factors, StrAttr:$interpolation);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def NN_ResizeGradOp : NN_GradientOp<"resize_grad"> {
  let summary = "gradient of nn.resize: the transposed weights";
  let description = [{ (S9), (S10). (S11) The output gradient has the extents that nn.resize makes of the result's. }];
  let arguments = (ins NN_Tensor:$output_gradient, DenseI64ArrayAttr:$factors, StrAttr:$interpolation);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_SHAPE_TD
