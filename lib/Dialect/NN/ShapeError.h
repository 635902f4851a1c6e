// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_DIALECT_NN_SHAPEERROR_H
#define NNCC_LIB_DIALECT_NN_SHAPEERROR_H

#include "nncc/Dialect/NN/Shape.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

namespace nncc::nn {

inline llvm::Error shapeError(const llvm::Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

/// The shape itself where its element count and byte size fit 63 bits.
llvm::Expected<Shape> checkedShape(Shape shape);

} // namespace nncc::nn

#endif // NNCC_LIB_DIALECT_NN_SHAPEERROR_H
