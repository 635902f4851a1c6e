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

def NN_SliceOp : NN_GradientOp<"slice"> {
  let summary = "the part [offset, offset + size) of one axis (counted with the batch): the gradient of nn.concatenate";
  let description = [{ (M4) The part lies inside of an axis of the sample. (M5) The result is the input with that axis cut. }];
  let arguments = (ins NN_Tensor:$input, I64Attr:$axis, I64Attr:$offset, I64Attr:$size);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_MERGE_TD
