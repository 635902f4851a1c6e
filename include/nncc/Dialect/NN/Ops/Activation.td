// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_ACTIVATION_TD
#define NNCC_DIALECT_NN_OPS_ACTIVATION_TD

include "nncc/Dialect/NN/NNBase.td"

def NN_ActivationOp : NN_LayerOp<"activation"> {
  let summary = "an elementwise activation function: the layers Activation(...) and plain ReLU, and what fusion takes apart";
  let arguments = (ins NN_Tensor:$input, NN_ActivationAttr:$function);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_ActivationGradOp : NN_GradientOp<"activation_grad"> {
  let summary = "gradient of an activation, from its output: dx = dy * f'(x), where f' is a function of y = f(x)";
  let description = [{
    relu: dy where y > 0; sigmoid: dy * y * (1 - y); tanh: dy * (1 - y * y); the others: docs/Layers.md. Reading the output,
    the input need not live.
    (A1) Everything has one type. (A3) The function is not swish or gelu, of which two inputs have one output.
  }];
  let arguments = (ins NN_Tensor:$output, NN_Tensor:$output_gradient, NN_ActivationAttr:$function);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

def NN_ActivationInputGradOp : NN_GradientOp<"activation_input_grad"> {
  let summary = "gradient of an activation that is not monotone, from its input: dx = dy * f'(x)";
  let description = [{
    swish: dy * (s + x * s * (1 - s)) with s = sigmoid(x); gelu: dy * (F(x) + x * F'(x)) with F the normal distribution.
    (A1) as for nn.activation_grad. (A3) The function is swish or gelu.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient, NN_ActivationAttr:$function);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

def NN_EluOp : NN_LayerOp<"elu"> {
  let summary = "the layer ELU: y = x where x > 0, else alpha * (exp(x) - 1)";
  let description = [{ Source: keras/backend.py, elu. }];
  let arguments = (ins NN_Tensor:$input, F64Attr:$alpha);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_EluGradOp : NN_GradientOp<"elu_grad"> {
  let summary = "gradient of nn.elu, from its input: dy where x > 0, else dy * alpha * exp(x)";
  let description = [{ (A1) as for nn.activation_grad. }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient, F64Attr:$alpha);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

def NN_ReluOp : NN_LayerOp<"relu"> {
  let summary = "the layer ReLU with arguments";
  let description = [{
    y = min(x, max_value) where x > threshold; negative_slope * (x - threshold) below, whatever max_value is.
    Plain ReLU is nn.activation. Source: keras/backend.py, relu.
  }];
  let arguments = (ins NN_Tensor:$input, OptionalAttr<F64Attr>:$max_value, F64Attr:$negative_slope, F64Attr:$threshold);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_ReluGradOp : NN_GradientOp<"relu_grad"> {
  let summary = "gradient of nn.relu, from its input";
  let description = [{
    dy where threshold < x < max_value, negative_slope * dy below the threshold, 0 above both. At max_value it is dy, at the
    threshold 0, as those of tf.clip_by_value and tf.nn.relu, but for the forms that Keras computes otherwise: isLeaky,
    isRelu6. (A1) as for nn.activation_grad.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$output_gradient, OptionalAttr<F64Attr>:$max_value,
                       F64Attr:$negative_slope, F64Attr:$threshold);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$input `,` $output_gradient attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    /// tf.nn.leaky_relu, whose gradient at the threshold is negative_slope * dy.
    bool isLeaky() { return !getMaxValue() && getThreshold().isZero(); }
    /// tf.nn.relu6, whose gradient at max_value is 0.
    bool isRelu6() { return getMaxValue() && getMaxValue()->convertToDouble() == 6 && getThreshold().isZero(); }
  }];
}

def NN_SoftmaxOp : NN_LayerOp<"softmax"> {
  let summary = "softmax along one axis (counted with the batch: 1 <= axis < rank)";
  let description = [{ y = exp(x - max x) / sum exp(x - max x). Source: keras/activations.py, softmax.
    (A2) 1 <= axis < rank. }];
  let arguments = (ins NN_Tensor:$input, I64Attr:$axis);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_SoftmaxGradOp : NN_GradientOp<"softmax_grad"> {
  let summary = "gradient of nn.softmax, from its output: dx = y * (dy - sum(dy * y))";
  let description = [{ (A1) as for nn.activation_grad. (A2) as for nn.softmax. }];
  let arguments = (ins NN_Tensor:$output, NN_Tensor:$output_gradient, I64Attr:$axis);
  let results = (outs NN_Tensor:$input_gradient);
  let assemblyFormat = "$output `,` $output_gradient attr-dict `:` functional-type(operands, results)";
}

#endif // NNCC_DIALECT_NN_OPS_ACTIVATION_TD
