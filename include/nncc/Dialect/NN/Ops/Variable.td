// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_VARIABLE_TD
#define NNCC_DIALECT_NN_OPS_VARIABLE_TD

include "nncc/Dialect/NN/NNBase.td"
include "mlir/IR/SymbolInterfaces.td"

def NN_VariableOp : NN_Op<"variable", [Symbol]> {
  let summary = "a variable of the model, named by Keras' path";
  let description = [{
    ```mlir
    nn.variable @"conv2d/kernel" : tensor<3x3x1x32xf32> {initializer = #nn.call<"GlorotUniform", {}>, trainable = true}
    ```
    Order of the ops is Keras' order of weights: layer by layer, in a layer kernel, bias; gamma, beta, moving_mean,
    moving_variance. Static shape. `fan_in`, `fan_out` follow from the shape (keras/initializers/initializers.py,
    _compute_fans).
    `regularizer`, where there is one, adds a penalty on the variable to the loss; nn-make-entries makes it.
    `constraint` changes the variable behind each of the optimizer's updates; nn-autodiff makes it.
    (V1) The shape is static, and its size fits 63 bits.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<NN_Tensor>:$type, NN_CallAttr:$initializer,
                       BoolAttr:$trainable, OptionalAttr<NN_CallAttr>:$regularizer,
                       OptionalAttr<NN_CallAttr>:$constraint);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 1;
}

def NN_ReadOp : NN_Op<"read", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a variable at the entry of the function";
  let description = [{
    ```mlir
    %kernel = nn.read @"conv2d/kernel" : tensor<3x3x1x32xf32>
    ```
    The optimizer's ops and the constraints come last in a function, so a read never sees an update of the same run. A
    variable may be read (and its gradient stored) in another shape of as many elements in the same order.
    (V2) The variable exists and has as many elements of the same type as the value.
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable);
  let results = (outs NN_Tensor:$value);
  let assemblyFormat = "$variable attr-dict `:` type($value)";
}

#endif // NNCC_DIALECT_NN_OPS_VARIABLE_TD
