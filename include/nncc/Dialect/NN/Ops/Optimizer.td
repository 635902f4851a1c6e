// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_OPTIMIZER_TD
#define NNCC_DIALECT_NN_OPS_OPTIMIZER_TD

include "nncc/Dialect/NN/NNBase.td"
include "mlir/IR/SymbolInterfaces.td"

def NN_StoreGradientOp : NN_Op<"store_gradient", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the gradient of a trainable variable: its place in the flat gradient buffer";
  let description = [{
    Exactly one per trainable variable that the result depends on, so that the buffer needs no zeroing. With `updated`
    the op that makes the gradient may update the variable with it at once, as the function's optimizer says, and leave the
    buffer as it is: no later op reads either of them (nn-fuse-update).
    (V2) as for nn.read. (V3) The variable is trainable.
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable, NN_Tensor:$gradient, UnitAttr:$updated);
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

def NN_ClipGradientsOp : NN_Op<"clip_gradients"> {
  let summary = "scales the stored gradients so that no norm is above `norm`";
  let description = [{
    Of each variable: g *= norm / max(|g|, norm), |g| the Euclidean norm of its gradient. With `global` of all of them at once:
    g *= norm * min(1 / |G|, 1 / norm), |G| the norm of all gradients. A norm that is not finite makes NaNs of them.
    (O4) norm > 0. Source: tf.clip_by_norm, tf.clip_by_global_norm; keras/optimizers/optimizer.py, _clip_gradients.
  }];
  let arguments = (ins F64Attr:$norm, BoolAttr:$global);
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

// One pass over the whole trainable part of the parameter buffer and its gradients; last in @train_step. The learning
// rate lr and the step come from the run (nncc_scalars), not from the op. Before the update, g = min(max(g, -clip_value),
// clip_value) and w -= w * weight_decay * lr, where they are given. Source: keras/optimizers/optimizer.py,
// _clip_gradients, _apply_weight_decay.
class NN_OptimizerOp<string mnemonic, dag own> : NN_Op<mnemonic> {
  let arguments = !con(own, (ins OptionalAttr<F64Attr>:$weight_decay, OptionalAttr<F64Attr>:$clip_value));
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
  let summary = "Adam; AdamW with a weight decay";
  let description = [{
    t = step + 1; alpha = lr * sqrt(1 - beta_2^t) / (1 - beta_1^t); m += (g - m) * (1 - beta_1);
    v += (g^2 - v) * (1 - beta_2); w -= m * alpha / (sqrt(v) + epsilon); with amsgrad sqrt(max(vhat, v)) there.
    State: m, v (and vhat). Source: keras/optimizers/adam.py, adamw.py; Kingma and Ba, arXiv 1412.6980.
  }];
}

def NN_NadamOp : NN_OptimizerOp<"nadam", (ins F64Attr:$beta_1, F64Attr:$beta_2, F64Attr:$epsilon)> {
  let summary = "Adam with Nesterov momentum";
  let description = [{
    t = step + 1; u(t) = beta_1 * (1 - 0.96^t / 2); m and v as in nn.adam;
    w -= lr * (u(t + 1) * m / (1 - U * u(t + 1)) + (1 - u(t)) * g / (1 - U)) / (sqrt(v / (1 - beta_2^t)) + epsilon).
    U is the product of u over the steps, as Keras' compiled training computes it: u(t) is multiplied into U once for each of
    the V trainable variables, in their order, before that variable's update; but with V > 1 not for the variable number
    t - V (from 0). (The paper multiplies once a step. With one variable it is done so here; Keras divides by 0 there.)
    State: m, v. Source: keras/optimizers/nadam.py, update_step: u_product_counter is a number of the trace, which is made
    twice; Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
  }];
}

def NN_RmsPropOp : NN_OptimizerOp<"rmsprop",
    (ins F64Attr:$rho, F64Attr:$momentum, F64Attr:$epsilon, BoolAttr:$centered)> {
  let summary = "RMSprop, with momentum, centered";
  let description = [{
    v = rho * v + (1 - rho) * g^2; d = lr * g / sqrt(v + epsilon); centered: a = rho * a + (1 - rho) * g, and v - a^2 in
    place of v in d. w -= d, or with momentum m = momentum * m + d; w -= m.
    State: v, then m where there is momentum, then a where centered. Source: keras/optimizers/rmsprop.py.
  }];
}

def NN_AdagradOp : NN_OptimizerOp<"adagrad", (ins F64Attr:$initial_accumulator_value, F64Attr:$epsilon)> {
  let summary = "Adagrad";
  let description = [{
    a += g^2; w -= lr * g / sqrt(a + epsilon). State: a, which starts as initial_accumulator_value.
    Source: keras/optimizers/adagrad.py; Duchi et al., JMLR 12 (2011).
  }];
}

def NN_AdadeltaOp : NN_OptimizerOp<"adadelta", (ins F64Attr:$rho, F64Attr:$epsilon)> {
  let summary = "Adadelta";
  let description = [{
    a = rho * a + (1 - rho) * g^2; d = -g * sqrt(s + epsilon) / sqrt(a + epsilon); s = rho * s + (1 - rho) * d^2; w += lr * d.
    State: a, s. Source: keras/optimizers/adadelta.py; Zeiler, arXiv 1212.5701.
  }];
}

#endif // NNCC_DIALECT_NN_OPS_OPTIMIZER_TD
