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

#endif // NNCC_DIALECT_NN_OPS_SHAPE_TD
