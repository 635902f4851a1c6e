// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_INTERFACES_LAYEROPINTERFACE_TD
#define NNCC_INTERFACES_LAYEROPINTERFACE_TD

include "mlir/IR/OpBase.td"

def LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::nncc";
  let description = [{
    An op that is (part of) a Keras layer. Name and class stand in the discardable attribute `nn.layer`
    (`#nn.layer<"conv2d", "Conv2D">`), see Dialect/NN/Layer.h; several ops may share one (a dense layer with a softmax).
    Parameters are the `nn.read`s among its operands.
  }];
  let methods = [
    InterfaceMethod<[{
      Floating-point operations for one sample: 2 for a multiply-add, those on padding not counted where the count is
      closed-form; elementwise ops count 1 an element.
    }], "int64_t", "getFlops", (ins)>
  ];
}

#endif // NNCC_INTERFACES_LAYEROPINTERFACE_TD
