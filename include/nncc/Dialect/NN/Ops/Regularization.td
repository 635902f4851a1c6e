// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_REGULARIZATION_TD
#define NNCC_DIALECT_NN_OPS_REGULARIZATION_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_DropoutOp : NN_LayerOp<"dropout"> {
  let summary = "inverted dropout: y = x / (1 - rate) where the mask says so, else 0";
  let description = [{
    The mask of element e of a run (e: the row-major index in the whole batch) comes from Philox4x32-10 with the key seed,
    the counter (e / 4 low, e / 4 high, step, stream) and its word e % 4: kept where word * 2^-32 >= rate. Nothing is
    saved for the backward pass: the gradient is the same op on the gradient. Inference erases it.
    (R1) 0 <= rate < 1.
    Source: keras/layers/regularization/dropout.py; Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC11).
  }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$rate, I32Attr:$stream);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_SpatialDropoutOp : NN_LayerOp<"spatial_dropout"> {
  let summary = "dropout of whole channels of a sample";
  let description = [{
    As nn.dropout, with one number for the channel c of the sample n: element n * C + c of the mask. (R1) as there.
    Source: keras/layers/regularization/spatial_dropout2d.py.
  }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$rate, I32Attr:$stream);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // NNCC_DIALECT_NN_OPS_REGULARIZATION_TD
