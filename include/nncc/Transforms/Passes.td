// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_PASSES_TD
#define NNCC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def NNMakeEntries : Pass<"nn-make-entries", "::mlir::ModuleOp"> {
  let summary = "clone @model into entry points: functions in inference or training form, with their loss";
  let description = [{
    | entry | arguments | results | form |
    | --- | --- | --- | --- |
    | `predict` | inputs | output | inference |
    | `evaluate` | inputs, target | output, loss | inference |
    | `train_step` | inputs, target | output, loss | training, moving averages |
    | `gradients` | inputs, output_gradient | output | inference |
    | `gradients_training` | inputs, output_gradient | output | training |

    Inference form: dropout is erased, batch normalisation reads the moving statistics. Training form: dropout stays,
    batch normalisation takes the statistics of the batch, but for ops with the unit attribute `nn.frozen` (layers
    with `trainable=false`, as in Keras 2). The loss is the module's `nn.train`'s; `evaluate` and `train_step` need
    one. The backward pass of the last three is `nn-autodiff`'s work. `@model` stays as it is.
  }];
  let options = [
    ListOption<"entries", "entries", "std::string", "Entry points to make (default: predict)">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect", "::nncc::nn::NNDialect"];
}

def NNFuseLoss : Pass<"nn-fuse-loss", "::mlir::ModuleOp"> {
  let summary = "make one op on the logits of the last activation and the cross-entropy behind it";
  let description = [{
    As Keras does: a (binary) cross-entropy of probabilities that come straight from a softmax over the last axis (a
    sigmoid) is computed from the logits, where it cannot overflow. The op's prediction takes the activation's place.
    Source: keras/backend.py, _get_logits.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNFuseActivation : Pass<"nn-fuse-activation", "::mlir::ModuleOp"> {
  let summary = "move an activation into the convolution or dense layer that alone feeds it";
  let description = [{ In the entry points, not in `@model`. `Activation(linear)` is erased wherever it stands. }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNFoldBatchNorm : Pass<"nn-fold-batch-norm", "::mlir::ModuleOp"> {
  let summary = "move a batch normalization into the convolution or dense layer that alone feeds it, in inference entries";
  let description = [{
    In `@predict` and `@evaluate`, an `nn.batch_norm` over the filters of a layer without activation becomes an
    `nn.fold_batch_norm` of its weights: a few passes over the map are saved, and an activation behind can move into
    the layer. Folding passes over the weights once a run, so it is done where the layer has at least 16 positions a
    sample: there it costs less than a tenth of the layer itself, even for a single sample.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNComposeConvolutions : Pass<"nn-compose-convolutions", "::mlir::ModuleOp"> {
  let summary = "make one convolution of a linear one and the 1x1 convolution that alone reads it";
  let description = [{
    A convolution of one tap behind a convolution without activation is a product of two linear maps, so the product of
    their kernels does the same in one: K[k, c, f] = sum over h of K1[k, c, h] * K2[h, f], the bias through `nn.compose_bias`.
    The map between is not computed, and the gradients of both kernels follow from the one of their product (the chain
    rule of the op that makes it). It is done where it halves the multiply-adds of a single sample, the product of the
    kernels included; results are the same up to rounding.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNFuseMaxPool : Pass<"nn-fuse-max-pool", "::mlir::ModuleOp"> {
  let summary = "move a max pool into the convolution that alone feeds it, and its gradient into the convolution's";
  let description = [{
    A max pool without padding whose strides are its window: in `@predict` and `@evaluate` it becomes the convolution's
    `pool_size`; elsewhere convolution and `nn.max_pool_train` become an `nn.conv_max_pool_train`, and an
    `nn.max_pool_grad` that only gradients of a convolution read moves into them (`nn.pooled_conv_grad_input`,
    `nn.pooled_conv_grad_kernel`). The map at full resolution is written neither forward nor backward, where its gradient
    would be zero but for one position a window. The gradient of ReLU goes where `nn.conv_max_pool_train` has marked the
    windows that it passes nothing of.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNHoistGradients : Pass<"nn-hoist-gradients", "::mlir::ModuleOp"> {
  let summary = "take the gradients of activation and bias before a max pool on the pooled map";
  let description = [{
    A gradient reaches only the maxima of the windows, and there the activated map is the pool's output. So
    `activation_grad(map, max_pool_grad(dy))` is `max_pool_grad(activation_grad(pooled, dy))`, and
    `bias_grad(max_pool_grad(dy))` is `bias_grad(dy)`: the full map is not kept for the backward pass, and what is
    read is as much smaller as the pool makes it.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNFuseUpdate : Pass<"nn-fuse-update", "::mlir::ModuleOp"> {
  let summary = "let the kernel gradients of large dense layers update the kernel themselves";
  let description = [{
    The gradient of a kernel that exceeds the cache is written to memory and read again by the optimizer, with as many
    bytes as the optimizer's own. Where the optimizer treats each element for itself and nothing reads the kernel any more,
    its `nn.store_gradient` is marked `updated`.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNCheckpoint : Pass<"nn-checkpoint", "::mlir::ModuleOp"> {
  let summary = "compute activations of @train_step twice instead of keeping them, so that less memory is needed";
  let description = [{
    Runs of forward ops are cloned to where the backward pass first reads one of their results, and the backward pass reads
    the clones: what is only read within such a run is not kept. Which runs is planned by `planning::planCheckpoints`: those
    that cost the fewest FLOPs such that the activations kept fit `budget` bytes at this `batch`, or, where that is not
    possible, those that keep the least. Values are the same to the last bit: a dropout mask comes from its counter, moving averages and the
    statistics that the backward pass reads are those of the first run.
  }];
  let options = [
    Option<"budget", "budget", "int64_t", "-1", "Bytes for activations kept for the backward pass; negative: no limit">,
    Option<"batch", "batch", "int64_t", "1", "Samples a batch">
  ];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNSimplify : Pass<"nn-simplify", "::mlir::ModuleOp"> {
  let summary = "erase dead ops and identities in the entry points";
  let description = [{
    Identities: `nn.activation` with linear, a sum or concatenation of one tensor, dropout with rate 0, a reshape to
    its own shape; a reshape of a reshape is one. `@model` stays as written.
  }];
  let dependentDialects = ["::nncc::nn::NNDialect"];
}

def NNAutodiff : Pass<"nn-autodiff", "::mlir::ModuleOp"> {
  let summary = "append the backward pass to @train_step, @gradients and @gradients_training";
  let description = [{
    `@train_step`: from the loss (result 1) to one `nn.store_gradient` per trainable variable that it depends on, then
    the module's optimizer and last the constraints of these variables. The gradient entries: from the argument
    `output_gradient` to the same and to one more result per model input, its gradient. A trainable variable without
    influence has no `nn.store_gradient`; its place in the gradient buffer stays zero.
  }];
  let options = [
    Option<"breakRule", "break-rule", "std::string", "\"\"",
           "For tests: doubles the operand gradients of the ops of this name (\"nn.conv\"), so that a check must fail">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect", "::nncc::nn::NNDialect"];
}

#endif // NNCC_TRANSFORMS_PASSES_TD
