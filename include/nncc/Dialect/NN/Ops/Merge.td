// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_MERGE_TD
#define NNCC_DIALECT_NN_OPS_MERGE_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_ConcatenateOp : NN_LayerOp<"concatenate"> {
  let summary = "joins tensors along one axis (counted with the batch: 1 <= axis < rank)";
  let description = [{ (M1) All other extents are equal. (M3) So are the batches. Source: keras/layers/merging/concatenate.py. }];
  let arguments = (ins Variadic<NN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_AddOp : NN_LayerOp<"add"> {
  let summary = "elementwise sum of tensors of one shape: the layer Add, and the sum of gradients of a value used often";
  let description = [{ (M2) All shapes are equal. (M3) So are the batches. Summed from left to right. }];
  let arguments = (ins Variadic<NN_Tensor>:$inputs);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

// Elementwise on tensors of one shape; merges of other shapes repeat them first (nn.broadcast).
class NN_MergeOp<string mnemonic> : NN_LayerOp<mnemonic> {
  let arguments = (ins Variadic<NN_Tensor>:$inputs);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_MultiplyOp : NN_MergeOp<"multiply"> {
  let summary = "elementwise product: the layer Multiply, and in gradients";
  let description = [{ (M2), (M3) as for nn.add. From left to right. }];
}
def NN_MaximumOp : NN_MergeOp<"maximum"> {
  let summary = "elementwise maximum: the layer Maximum";
  let description = [{ (M2), (M3) as for nn.add. }];
}
def NN_MinimumOp : NN_MergeOp<"minimum"> {
  let summary = "elementwise minimum: the layer Minimum";
  let description = [{ (M2), (M3) as for nn.add. }];
}

class NN_ExtremumGradOp<string mnemonic> : NN_GradientOp<mnemonic> {
  let description = [{
    dy where the input `index` is the first of those that have the extreme value, else 0.
    (M7) 0 <= index < number of inputs. (M8) Everything has one type. Source: TensorFlow's MaximumGrad, MinimumGrad.
  }];
  let arguments = (ins NN_Tensor:$output_gradient, Variadic<NN_Tensor>:$inputs, I64Attr:$index);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output_gradient `,` $inputs attr-dict `:` functional-type(operands, results)";
}
def NN_MaximumGradOp : NN_ExtremumGradOp<"maximum_grad"> {
  let summary = "gradient of nn.maximum with respect to one input";
}
def NN_MinimumGradOp : NN_ExtremumGradOp<"minimum_grad"> {
  let summary = "gradient of nn.minimum with respect to one input";
}

def NN_RescaleOp : NN_LayerOp<"rescale"> {
  let summary = "y = scale * x + offset: the layer Rescaling, and the mean and the difference of a merge";
  let description = [{ Source: keras/layers/preprocessing/image_preprocessing.py, Rescaling. }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$scale, F64Attr:$offset);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

// With a parameter, which has no batch.
class NN_ParameterMergeOp<string mnemonic> : NN_LayerOp<mnemonic> {
  let description = [{
    (M9) The parameter has at most a sample's axes; from the back, each extent is the input's, or 1, and is repeated then.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$parameter);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input `,` $parameter attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def NN_ScaleByOp : NN_ParameterMergeOp<"scale_by"> {
  let summary = "y = x * parameter: gamma of LayerNormalization, alpha of PReLU";
}
def NN_ShiftByOp : NN_ParameterMergeOp<"shift_by"> {
  let summary = "y = x + parameter: beta of LayerNormalization";
}

def NN_SliceOp : NN_GradientOp<"slice"> {
  let summary = "the part [offset, offset + size) of one axis (counted with the batch): the gradient of nn.concatenate";
  let description = [{ (M4) The part lies inside of an axis of the sample. (M5) The result is the input with that axis cut. }];
  let arguments = (ins NN_Tensor:$input, I64Attr:$axis, I64Attr:$offset, I64Attr:$size);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_MERGE_TD
