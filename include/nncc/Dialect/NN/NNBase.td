// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_DIALECT_NN_NNBASE_TD
#define NNCC_DIALECT_NN_NNBASE_TD

include "nncc/Dialect/NN/NNDialect.td"
include "nncc/Interfaces/LayerOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def NN_Tensor : RankedTensorOf<[F32]>;
def NN_Scalar : 0DTensorOf<[F32]>;
def NN_ArgMax : RankedTensorOf<[I8, I32]>;

class NN_Op<string mnemonic, list<Trait> traits = []> : Op<NN_Dialect, mnemonic, traits>;

// A pure op whose result types follow from its operands and attributes: `inferReturnTypes` of the op calls a shape rule of
// Shape.h, and the verifier holds the result types against it.
class NN_InferredOp<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, traits # [Pure, InferTypeOpAdaptor]>;

// A forward op that is a layer or part of one.
class NN_LayerOp<string mnemonic, list<Trait> traits = []>
    : NN_InferredOp<mnemonic, traits # [DeclareOpInterfaceMethods<LayerOpInterface>]>;

// An op of the backward pass. Its result type is given by the builder (a gradient has the type of what it is a gradient
// of) and checked by the verifier.
class NN_GradientOp<string mnemonic, list<Trait> traits = []> : NN_Op<mnemonic, traits # [Pure]> {
  let hasVerifier = 1;
}

#endif // NNCC_DIALECT_NN_NNBASE_TD
