// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_STOREWEIGHTS_H
#define NNCC_CODEGEN_STOREWEIGHTS_H

#include "nncc/Codegen/Program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace nncc::codegen {

/// Rounded to nearest, ties to even, as bits of IEEE 754's binary16 and of bfloat16. A NaN stays one; what is too large becomes an
/// infinity.
uint16_t toFloat16(float value);
uint16_t toBfloat16(float value);

/// "f32", "bf16" or "f16".
llvm::StringRef storageName(nncc_storage storage);

/// The bytes in which a program is going to hold its weights; `values` are in the layout of its parameters. An infinity or NaN of
/// the weights stays what it is; a number that only rounding would make infinite is an error that names the variable.
llvm::Expected<std::vector<char>> storeWeights(llvm::ArrayRef<float> values, const Program &program, nncc_storage storage);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_STOREWEIGHTS_H
