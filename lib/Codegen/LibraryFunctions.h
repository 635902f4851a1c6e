// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_LIBRARYFUNCTIONS_H
#define NNCC_LIB_CODEGEN_LIBRARYFUNCTIONS_H

#include "nncc/Codegen/Program.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <vector>

/// The functions of a model's library: `series_predict` calls the runtime's `nncc_model_predict`.
namespace nncc::codegen {

/// How C passes a value.
enum class CType { Void, Status, Pointer, Size, Float };

/// What stands in the place of a parameter of the runtime's function.
enum class Parameter {
  Programs,       ///< nothing: the library's own table
  Inputs,         ///< one `const float *` per input; the runtime takes their array
  InputGradients, ///< one `float *` per input; the runtime takes their array
  Pointer,
  Size,
  Float,
  Status
};

struct LibraryFunction {
  llvm::StringRef name;        ///< behind the prefix and "_"
  llvm::StringRef runtimeName; ///< "nncc_model_predict"
  CType result;
  llvm::SmallVector<Parameter, 7> parameters; ///< in the runtime's order, which is the library's
  std::optional<nncc_entry_kind> needs;       ///< a library without this entry lacks the function
};

/// The functions that a library of this program has, in the order of the header.
std::vector<LibraryFunction> libraryFunctions(const Program &program);

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_LIBRARYFUNCTIONS_H
