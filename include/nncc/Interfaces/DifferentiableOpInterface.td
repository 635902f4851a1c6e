// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
#define NNCC_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::nncc";
  let description = [{
    What the gradient engine (Transforms/Autodiff) asks of an op: it walks a function backwards and knows no op itself.
    The rules are external models in `lib/Transforms/Autodiff/Rules/<Family>.cpp`. An op without a rule on a path that
    needs a gradient is an error at the op's source line, never a silent zero.
  }];
  let methods = [
    InterfaceMethod<[{
      Replaces the op by its training form, one that also returns what the backward pass needs (the argument of a
      maximum), and returns the new op; returns the op itself where the plain form is enough. The leading results
      correspond. Called only where some operand needs a gradient.
    }], "::mlir::Operation *", "toTrainingForm", (ins "::mlir::OpBuilder &":$builder), [{}], [{
      return $_op.getOperation();
    }]>,
    InterfaceMethod<[{
      Builds the gradients of the operands, before the builder's insertion point. `resultGradients` has one value a
      result, null where no gradient reaches it (at least one is set). `needed` tells which operands want a gradient.
      Sets `operandGradients[i]` (already sized, null) for each needed operand that has one, with the operand's type.
    }], "::llvm::LogicalResult", "buildGradients", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::ValueRange":$resultGradients, "const ::llvm::SmallBitVector &":$needed,
        "::llvm::MutableArrayRef<::mlir::Value>":$operandGradients)>
  ];
}

#endif // NNCC_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
