// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_OPS_CONSTRAINT_TD
#define NNCC_DIALECT_NN_OPS_CONSTRAINT_TD

include "nncc/Dialect/NN/NNBase.td"
include "mlir/IR/SymbolInterfaces.td"

// Changes a variable behind the optimizer's update of it; epsilon is 1e-7. (K1) The variable exists and is trainable.
// Source: keras/constraints.py; keras/optimizers/optimizer.py, apply_gradients.
class NN_ConstraintOp<string mnemonic, dag own = (ins)>
    : NN_Op<mnemonic, [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let arguments = !con((ins FlatSymbolRefAttr:$variable), own);
  let assemblyFormat = "$variable attr-dict";
}

def NN_ConstrainNormOp : NN_ConstraintOp<"constrain_norm",
    (ins DenseI64ArrayAttr:$axes, F64Attr:$min_value, F64Attr:$max_value, F64Attr:$rate)> {
  let summary = "scales the elements of each norm so that it comes between two numbers";
  let description = [{
    MaxNorm and MinMaxNorm: w *= desired / (epsilon + norm),
    desired = rate * min(max(norm, min_value), max_value) + (1 - rate) * norm. norm is the Euclidean norm over `axes`, of which each place in the other axes has its own.
    (K2) `axes` are axes of the variable in ascending order. (K3) 0 <= min_value <= max_value, 0 <= rate <= 1.
  }];
  let hasVerifier = 1;
}

def NN_ConstrainUnitNormOp : NN_ConstraintOp<"constrain_unit_norm", (ins DenseI64ArrayAttr:$axes)> {
  let summary = "w /= epsilon + norm";
  let description = [{ UnitNorm; norm and (K2) as in nn.constrain_norm. }];
}

def NN_ConstrainNonNegativeOp : NN_ConstraintOp<"constrain_non_negative"> {
  let summary = "w *= 1 where w >= 0, else 0";
  let description = [{ NonNeg. }];
}

def NN_ConstrainRadialOp : NN_ConstraintOp<"constrain_radial"> {
  let summary = "makes a kernel [n, n, c, f] equal along each square around its centre";
  let description = [{
    RadialConstraint. With h = n / 2 rounded down, each c and f by itself: the innermost square (one element for odd n,
    four for even) becomes w[h - 1, h - 1]; the square i steps outside of it becomes w[h + i, h + i] for even n, and
    w[h + i - 1, h + i - 1] for odd. That is what Keras computes, though its documentation shows other elements.
    (K4) The variable has the rank 4 and n >= 2.
  }];
}

#endif // NNCC_DIALECT_NN_OPS_CONSTRAINT_TD
