// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_NNDIALECT_TD
#define NNCC_DIALECT_NN_NNDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::nncc::nn";
  let summary = "Layers of neural networks, their gradients, losses and updates";
  let description = [{
    Values are `tensor`s of f32 (argmax indices: i8 or i32) in Keras' `channels_last` layout. The batch is the leading,
    only dynamic extent: `tensor<?x28x28x32xf32>`. Ops are pure on tensors but for those that touch a variable.
    A module is one model: `nn.variable`s, a function `@model` with the layers as written, and, after the passes, one
    function per entry point (`@predict`, `@evaluate`, `@train_step`, `@gradients`, `@gradients_training`).
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 0;
  // One per op family, each defined in lib/Dialect/NN/Ops/<Family>.cpp.
  let extraClassDeclaration = [{
    void registerVariableOps();
    void registerConvolutionOps();
    void registerPoolingOps();
    void registerAttentionOps();
    void registerPooledConvolutionOps();
    void registerDenseOps();
    void registerActivationOps();
    void registerNormalizationOps();
    void registerRegularizationOps();
    void registerMergeOps();
    void registerShapeOps();
    void registerLossOps();
    void registerOptimizerOps();
    void registerConstraintOps();
  }];
}

// Elementwise activation functions with Keras 2.15's definitions (keras/activations.py). Softmax is an op of its own.
def NN_Activation : I32EnumAttr<"Activation", "elementwise activation function", [
    I32EnumAttrCase<"Linear", 0, "linear">,
    I32EnumAttrCase<"Relu", 1, "relu">,
    I32EnumAttrCase<"Sigmoid", 2, "sigmoid">,
    I32EnumAttrCase<"Tanh", 3, "tanh">,
    I32EnumAttrCase<"Relu6", 4, "relu6">,
    I32EnumAttrCase<"LeakyRelu", 5, "leaky_relu">,
    I32EnumAttrCase<"Elu", 6, "elu">,
    I32EnumAttrCase<"Selu", 7, "selu">,
    I32EnumAttrCase<"HardSigmoid", 8, "hard_sigmoid">,
    I32EnumAttrCase<"Softplus", 9, "softplus">,
    I32EnumAttrCase<"Softsign", 10, "softsign">,
    I32EnumAttrCase<"Exponential", 11, "exponential">,
    I32EnumAttrCase<"Swish", 12, "swish">,
    I32EnumAttrCase<"Gelu", 13, "gelu">
  ]> {
  let cppNamespace = "::nncc::nn";
  let genSpecializedAttr = 0;
}

class NN_Attr<string name, string attrMnemonic> : AttrDef<NN_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def NN_ActivationAttr : EnumAttr<NN_Dialect, NN_Activation, "activation"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_LayerAttr : NN_Attr<"Layer", "layer"> {
  let summary = "the Keras layer that an op belongs to: `#nn.layer<\"conv2d\", \"Conv2D\">`";
  let description = [{
    Discardable attribute `nn.layer` on ops. `name` is unique in the model; `class` is Keras' class name.
  }];
  let parameters = (ins StringRefParameter<"layer name">:$name, StringRefParameter<"Keras class">:$className);
  let assemblyFormat = "`<` $name `,` $className `>`";
}

def NN_CallAttr : NN_Attr<"Call", "call"> {
  let summary = "a use of a Keras class by name: `#nn.call<\"Adam\", {learning_rate = 1.000000e-03 : f64}>`";
  let description = [{
    Initializers, optimizers, schedules, losses, metrics, callbacks. All arguments, defaults included, under Keras' names: i64
    integers, f64 floats, booleans, strings, arrays of those, nested calls; `none` is left out.
  }];
  let parameters = (ins StringRefParameter<"Keras class">:$name, "::mlir::DictionaryAttr":$arguments);
  let assemblyFormat = "`<` $name `,` $arguments `>`";
}

#endif // NNCC_DIALECT_NN_NNDIALECT_TD
