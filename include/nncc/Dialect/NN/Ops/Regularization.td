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
  let summary = "dropout of whole channels of a sample, or with another mask that is smaller than the tensor";
  let description = [{
    As nn.dropout, with a mask whose extent is 1 along the axes `shared` (0 is the batch) and the tensor's along the others:
    element e of the mask is its row-major one. Without `shared` that is all axes but the batch and the last: one
    number for the channel c of the sample n, element n * C + c.
    (R1) as there. (R2) `shared` are axes of the tensor in ascending order.
    Source: keras/layers/regularization/spatial_dropout2d.py; dropout.py, _get_noise_shape.
  }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$rate, I32Attr:$stream, OptionalAttr<DenseI64ArrayAttr>:$shared);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_GaussianNoiseOp : NN_LayerOp<"gaussian_noise"> {
  let summary = "y = x + stddev * z, z of the standard normal distribution";
  let description = [{
    z of element e is the quantile of a number v in (-1, 1): sqrt(2) * erfinv(v), v = (2 * (word / 256) + 1) * 2^-24 - 1
    with the word that nn.dropout would compare. erfinv is Giles' polynomial, right within 4e-7. Inference erases the op.
    (R3) stddev >= 0.
    Source: keras/layers/regularization/gaussian_noise.py; Giles, Approximating the erfinv function (GPU Computing Gems, 2011).
  }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$stddev, I32Attr:$stream);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

// Regularizers. A penalty is a loss of its own, and like a loss a root of the gradient pass.
def NN_PenaltyOp : NN_InferredOp<"penalty"> {
  let summary = "l1 * sum |x| + l2 * sum x^2, summed in f64; over the batch where `per_sample`";
  let description = [{
    Of a variable (kernel_regularizer and its like), or per sample of a layer's output (activity_regularizer).
    (R4) l1 and l2 are finite and not negative. (R5) What is counted per sample has a leading axis.
    Source: keras/regularizers.py; keras/engine/base_layer.py, _handle_activity_regularization.
  }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$l1, F64Attr:$l2, BoolAttr:$per_sample);
  let results = (outs NN_Scalar:$penalty);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def NN_PenaltyGradOp : NN_GradientOp<"penalty_grad"> {
  let summary = "gradient of nn.penalty: l1 * sign(x) + 2 * l2 * x; sign(0) is 0";
  let description = [{ (R4), (R5). (R6) The result has the input's type. }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$l1, F64Attr:$l2, BoolAttr:$per_sample);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}
def NN_TotalLossOp : NN_InferredOp<"total_loss"> {
  let summary = "sum of a model's loss and its penalties: what is reported; each of them is a root of the gradient pass";
  let arguments = (ins Variadic<NN_Scalar>:$losses);
  let results = (outs NN_Scalar:$total);
  let assemblyFormat = "$losses attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // NNCC_DIALECT_NN_OPS_REGULARIZATION_TD
