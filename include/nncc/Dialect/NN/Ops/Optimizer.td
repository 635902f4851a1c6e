// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_OPTIMIZER_TD
#define NNCC_DIALECT_NN_OPS_OPTIMIZER_TD

include "nncc/Dialect/NN/NNBase.td"
include "mlir/IR/SymbolInterfaces.td"

def NN_StoreGradientOp : NN_Op<"store_gradient", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the gradient of a trainable variable: its place in the flat gradient buffer";
  let description = [{
    Exactly one per trainable variable that the result depends on, so that the buffer needs no zeroing.
    (V2) as for nn.read. (V3) The variable is trainable.
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable, NN_Tensor:$gradient);
  let assemblyFormat = "$variable `,` $gradient attr-dict `:` type($gradient)";
}

def NN_MovingAverageOp : NN_Op<"moving_average", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "variable = variable * momentum + value * (1 - momentum)";
  let description = [{
    The moving statistics of batch normalisation. With `bessel_extent` E (elements per sample and channel) the value is
    first multiplied by n / (n - 1), n = batch * E: Keras' fused kernel does so for 4-D and 5-D batches' variances.
    (V2) as for nn.read. (O1) 0 <= momentum <= 1. (O2) bessel_extent >= 1. (O3) The variable is not trainable.
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable, NN_Tensor:$value, F64Attr:$momentum, OptionalAttr<I64Attr>:$bessel_extent);
  let assemblyFormat = "$variable `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

// One pass over the whole trainable part of the parameter buffer and its gradients; last in @train_step. The learning
// rate and the step come from the run (nncc_scalars), not from the op.
class NN_OptimizerOp<string mnemonic, dag arguments_> : NN_Op<mnemonic> {
  let arguments = arguments_;
  let assemblyFormat = "attr-dict";
}

def NN_SgdOp : NN_OptimizerOp<"sgd", (ins F64Attr:$momentum, BoolAttr:$nesterov)> {
  let summary = "stochastic gradient descent, with momentum";
  let description = [{
    momentum 0: w -= lr * g. Else m = momentum * m - lr * g; w += m, or with nesterov w += momentum * m - lr * g.
    State: none, or m. Source: keras/optimizers/sgd.py.
  }];
}

def NN_AdamOp : NN_OptimizerOp<"adam", (ins F64Attr:$beta_1, F64Attr:$beta_2, F64Attr:$epsilon, BoolAttr:$amsgrad)> {
  let summary = "Adam";
  let description = [{
    t = step + 1; alpha = lr * sqrt(1 - beta_2^t) / (1 - beta_1^t); m += (g - m) * (1 - beta_1);
    v += (g^2 - v) * (1 - beta_2); w -= m * alpha / (sqrt(v) + epsilon); with amsgrad sqrt(max(vhat, v)) there.
    State: m, v (and vhat). Source: keras/optimizers/adam.py; Kingma and Ba, arXiv 1412.6980.
  }];
}

#endif // NNCC_DIALECT_NN_OPS_OPTIMIZER_TD
