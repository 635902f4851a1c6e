// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_NORMALIZATION_TD
#define NNCC_DIALECT_NN_OPS_NORMALIZATION_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_BatchNormOp : NN_LayerOp<"batch_norm", [AttrSizedOperandSegments]> {
  let summary = "batch normalisation with given statistics (the layer, and its inference form)";
  let description = [{
    y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, per index of `axis` (counted with the batch). gamma is 1 and
    beta 0 where absent (Keras' scale=False, center=False). mean and variance are reads of the moving statistics;
    `momentum` serves the training form (nn.batch_norm_train and nn.moving_average).
    Source: keras/layers/normalization/batch_normalization.py.
    (N1) gamma, beta, mean, variance are [extent of the axis].
  }];
  let arguments = (ins NN_Tensor:$input, Optional<NN_Tensor>:$gamma, Optional<NN_Tensor>:$beta, NN_Tensor:$mean,
                       NN_Tensor:$variance, I64Attr:$axis, F64Attr:$epsilon, F64Attr:$momentum);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input (`gamma` `(` $gamma^ `)`)? (`beta` `(` $beta^ `)`)? `mean` `(` $mean `)` `variance` `(` $variance `)`
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_BatchNormTrainOp : NN_InferredOp<"batch_norm_train", [AttrSizedOperandSegments]> {
  let summary = "batch normalisation with the batch's own statistics, which it returns";
  let description = [{
    mean and variance (biased) over all axes but `axis`; y as in nn.batch_norm. (N1) as there.
  }];
  let arguments = (ins NN_Tensor:$input, Optional<NN_Tensor>:$gamma, Optional<NN_Tensor>:$beta, I64Attr:$axis,
                       F64Attr:$epsilon);
  let results = (outs NN_Tensor:$output, NN_Tensor:$mean, NN_Tensor:$variance);
  let assemblyFormat = [{
    $input (`gamma` `(` $gamma^ `)`)? (`beta` `(` $beta^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_BatchNormTrainGradOp : NN_GradientOp<"batch_norm_train_grad"> {
  let summary = "gradients of nn.batch_norm_train's output with respect to input, gamma and beta";
  let description = [{
    With z = (x - mean) / sqrt(variance + epsilon) and M elements per channel:
    dbeta = sum dy; dgamma = sum dy * z; dx = gamma / sqrt(variance + epsilon) * (dy - dbeta / M - z * dgamma / M).
    Source: Ioffe and Szegedy, arXiv 1502.03167, section 3.
    (N1) as for nn.batch_norm. (N2) The gradients have the types of input, gamma and beta.
  }];
  let arguments = (ins NN_Tensor:$input, Optional<NN_Tensor>:$gamma, NN_Tensor:$mean, NN_Tensor:$variance,
                       NN_Tensor:$output_gradient, I64Attr:$axis, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$input_gradient, NN_Tensor:$gamma_gradient, NN_Tensor:$beta_gradient);
  let assemblyFormat = [{
    $input (`gamma` `(` $gamma^ `)`)? `mean` `(` $mean `)` `variance` `(` $variance `)` `,` $output_gradient
    attr-dict `:` functional-type(operands, results)
  }];
}

def NN_BatchNormGradOp : NN_GradientOp<"batch_norm_grad"> {
  let summary = "gradients of nn.batch_norm (given statistics) with respect to input, gamma and beta";
  let description = [{
    dx = dy * gamma / sqrt(variance + epsilon); dgamma = sum dy * z; dbeta = sum dy. (N1), (N2).
  }];
  let arguments = (ins NN_Tensor:$input, Optional<NN_Tensor>:$gamma, NN_Tensor:$mean, NN_Tensor:$variance,
                       NN_Tensor:$output_gradient, I64Attr:$axis, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$input_gradient, NN_Tensor:$gamma_gradient, NN_Tensor:$beta_gradient);
  let assemblyFormat = [{
    $input (`gamma` `(` $gamma^ `)`)? `mean` `(` $mean `)` `variance` `(` $variance `)` `,` $output_gradient
    attr-dict `:` functional-type(operands, results)
  }];
}

def NN_FoldBatchNormOp : NN_InferredOp<"fold_batch_norm", [AttrSizedOperandSegments]> {
  let summary = "kernel and bias of a convolution or dense layer that has taken up the nn.batch_norm behind it";
  let description = [{
    With s = gamma / sqrt(variance + epsilon), per filter: kernel * s, and (bias - mean) * s + beta, so that
    batch_norm(conv(x, kernel, bias)) is conv(x, folded kernel, folded bias). gamma is 1, beta and bias are 0 where
    absent. Filters are the last axis of the kernel.
    (N3) bias, gamma, beta, mean, variance are [filters].
  }];
  let arguments = (ins NN_Tensor:$kernel, Optional<NN_Tensor>:$bias, Optional<NN_Tensor>:$gamma,
                       Optional<NN_Tensor>:$beta, NN_Tensor:$mean, NN_Tensor:$variance, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$folded_kernel, NN_Tensor:$folded_bias);
  let assemblyFormat = [{
    $kernel (`bias` `(` $bias^ `)`)? (`gamma` `(` $gamma^ `)`)? (`beta` `(` $beta^ `)`)? `mean` `(` $mean `)`
    `variance` `(` $variance `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_StandardizeOp : NN_LayerOp<"standardize"> {
  let summary = "each sample's last axes to mean 0 and variance 1: LayerNormalization without gamma and beta";
  let description = [{
    y = (x - mean) / sqrt(variance + epsilon), with mean and (biased) variance over the last `axes` axes.
    Source: keras/layers/normalization/layer_normalization.py.
    (N4) 1 <= axes < rank.
  }];
  let arguments = (ins NN_Tensor:$input, I64Attr:$axes, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_StandardizeGradOp : NN_GradientOp<"standardize_grad"> {
  let summary = "gradient of nn.standardize, from its input";
  let description = [{
    dx = (dy - mean(dy) - y * mean(dy * y)) / sqrt(variance + epsilon). (N4). (N5) Everything has one type.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient, I64Attr:$axes, F64Attr:$epsilon);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_NORMALIZATION_TD
