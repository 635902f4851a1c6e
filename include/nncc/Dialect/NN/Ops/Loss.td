// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_LOSS_TD
#define NNCC_DIALECT_NN_OPS_LOSS_TD

include "nncc/Dialect/NN/NNBase.td"

// Losses return the mean over the batch and all axes but the last as a scalar (Keras' SUM_OVER_BATCH_SIZE), or where `sum` stands,
// the sum over these. A loss is the root of the gradient pass: its gradient op has no incoming gradient and includes the 1 / batch.
// (L3) Label smoothing is in [0, 1]. (L4) A gradient has the prediction's type.
// (L7) `class_weight` multiplies the loss of each sample with the number of its class: the largest of a row of targets, or what a
// single target says when rounded. The prediction has one axis beside the batch then. Source: keras/engine/data_adapter.py, _make_class_weight_map_fn.
class NN_LossOp<string mnemonic, dag extra = (ins)> : NN_InferredOp<mnemonic> {
  let arguments = !con((ins NN_Tensor:$prediction, NN_Tensor:$target), extra, (ins UnitAttr:$sum, OptionalAttr<DenseF64ArrayAttr>:$class_weight));
  let results = (outs NN_Scalar:$loss);
  let assemblyFormat = "$prediction `,` $target attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
class NN_LossGradOp<string mnemonic, dag extra = (ins)> : NN_GradientOp<mnemonic> {
  let arguments = !con((ins NN_Tensor:$prediction, NN_Tensor:$target), extra, (ins UnitAttr:$sum, OptionalAttr<DenseF64ArrayAttr>:$class_weight));
  let results = (outs NN_Tensor:$prediction_gradient);
  let assemblyFormat = "$prediction `,` $target attr-dict `:` functional-type(operands, results)";
}

def NN_MeanSquaredErrorOp : NN_LossOp<"mean_squared_error"> {
  let summary = "mean of (prediction - target)^2";
  let description = [{ (L1) The target has the prediction's shape. Source: keras/losses.py, mean_squared_error. }];
}
def NN_MeanSquaredErrorGradOp : NN_LossGradOp<"mean_squared_error_grad"> { let summary = "gradient of nn.mean_squared_error"; }

def NN_MeanAbsoluteErrorOp : NN_LossOp<"mean_absolute_error"> {
  let summary = "mean of |prediction - target|";
  let description = [{ (L1) The target has the prediction's shape. Source: keras/losses.py, mean_absolute_error. }];
}
def NN_MeanAbsoluteErrorGradOp : NN_LossGradOp<"mean_absolute_error_grad"> {
  let summary = "gradient of nn.mean_absolute_error; 0 where prediction and target are equal";
}

def NN_HuberOp : NN_LossOp<"huber", (ins F64Attr:$delta)> {
  let summary = "mean of e^2 / 2 where |e| <= delta, else of delta * |e| - delta^2 / 2; e = prediction - target";
  let description = [{
    (L1) The target has the prediction's shape. (L5) delta > 0. Source: keras/losses.py, huber; Huber, "Robust Estimation of a
    Location Parameter", 1964.
  }];
}
def NN_HuberGradOp : NN_LossGradOp<"huber_grad", (ins F64Attr:$delta)> { let summary = "gradient of nn.huber"; }

def NN_BinaryCrossEntropyOp : NN_LossOp<"binary_cross_entropy", (ins F64Attr:$label_smoothing)> {
  let summary = "binary cross-entropy of probabilities that do not come from a sigmoid";
  let description = [{
    p clipped to [1e-7, 1 - 1e-7]; the mean of -(t log(p + 1e-7) + (1 - t) log(1 - p + 1e-7)), with smoothed t =
    t * (1 - s) + s / 2. (L1). Source: keras/backend.py, binary_crossentropy.
  }];
}
def NN_BinaryCrossEntropyGradOp : NN_LossGradOp<"binary_cross_entropy_grad", (ins F64Attr:$label_smoothing)> {
  let summary = "gradient of nn.binary_cross_entropy";
}

def NN_CategoricalCrossEntropyOp : NN_LossOp<"categorical_cross_entropy", (ins F64Attr:$label_smoothing)> {
  let summary = "cross-entropy of probabilities that do not come from a softmax, with one-hot targets";
  let description = [{
    p = p / sum p over the last axis, clipped to [1e-7, 1 - 1e-7]; the mean over the batch (and all axes but the last) of
    -sum t log p; smoothed t = t * (1 - s) + s / classes. (L1). Source: keras/backend.py, categorical_crossentropy.
  }];
}
def NN_CategoricalCrossEntropyGradOp : NN_LossGradOp<"categorical_cross_entropy_grad", (ins F64Attr:$label_smoothing)> {
  let summary = "gradient of nn.categorical_cross_entropy";
}

def NN_SparseCategoricalCrossEntropyOp : NN_LossOp<"sparse_categorical_cross_entropy", (ins OptionalAttr<I64Attr>:$ignore_class)> {
  let summary = "cross-entropy of probabilities that do not come from a softmax, with class numbers as targets";
  let description = [{
    The softmax cross-entropy of the logits log(clip(p, 1e-7, 1 - 1e-7)), as Keras computes it.
    (L2) The target is the prediction's shape without the last axis. Places whose target is `ignore_class` have the loss 0, and the mean
    is that of the others. Source: keras/backend.py, sparse_categorical_crossentropy; keras/utils/losses_utils.py, apply_valid_mask.
  }];
}
def NN_SparseCategoricalCrossEntropyGradOp : NN_LossGradOp<"sparse_categorical_cross_entropy_grad",
    (ins OptionalAttr<I64Attr>:$ignore_class)> {
  let summary = "gradient of nn.sparse_categorical_cross_entropy";
}

// The last activation and the loss in one, from the logits: what the loss fusion makes. The gradient is
// (prediction - target) / count.
class NN_LogitsLossOp<string mnemonic, dag extra = (ins)> : NN_InferredOp<mnemonic> {
  let arguments = !con((ins NN_Tensor:$logits, NN_Tensor:$target), extra, (ins UnitAttr:$sum, OptionalAttr<DenseF64ArrayAttr>:$class_weight));
  let results = (outs NN_Tensor:$prediction, NN_Scalar:$loss);
  let assemblyFormat = "$logits `,` $target attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_SigmoidCrossEntropyOp : NN_LogitsLossOp<"sigmoid_cross_entropy", (ins F64Attr:$label_smoothing)> {
  let summary = "sigmoid and binary cross-entropy: max(x, 0) - x t + log(1 + exp(-|x|))";
  let description = [{ Source: tf.nn.sigmoid_cross_entropy_with_logits. (L1) }];
}
def NN_SigmoidCrossEntropyGradOp : NN_LossGradOp<"sigmoid_cross_entropy_grad", (ins F64Attr:$label_smoothing)> {
  let summary = "gradient of nn.sigmoid_cross_entropy with respect to the logits";
}
def NN_SoftmaxCrossEntropyOp : NN_LogitsLossOp<"softmax_cross_entropy",
    (ins F64Attr:$label_smoothing, BoolAttr:$sparse, OptionalAttr<I64Attr>:$ignore_class)> {
  let summary = "softmax over the last axis and (sparse) categorical cross-entropy: sum t (log sum exp(x) - x)";
  let description = [{
    Targets are class numbers (L2) where `sparse`, else one-hot rows (L1). (L6) Only class numbers may be ignored (`ignore_class`).
  }];
}
def NN_SoftmaxCrossEntropyGradOp : NN_LossGradOp<"softmax_cross_entropy_grad",
    (ins F64Attr:$label_smoothing, BoolAttr:$sparse, OptionalAttr<I64Attr>:$ignore_class)> {
  let summary = "gradient of nn.softmax_cross_entropy with respect to the logits";
}

#endif // NNCC_DIALECT_NN_OPS_LOSS_TD
