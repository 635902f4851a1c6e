// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_LIBRARYNAMES_H
#define NNCC_CODEGEN_LIBRARYNAMES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace nncc::codegen {

struct Tensor;

/// What a model is called in C: of "BrainTumor", `brain_tumor_predict`, `BRAIN_TUMOR_OK`, `brain_tumor.h`.
struct LibraryNames {
  std::string prefix;   ///< of functions and types, and the type of an instance: "brain_tumor"
  std::string macro;    ///< of macros and enumerators: "BRAIN_TUMOR"
  std::string fileBase; ///< of files: "brain_tumor"
  std::string cppClass; ///< in the namespace nncc: "BrainTumor"

  /// Keras' snake case, made an identifier. Keywords of C and C++ and names that the C library's headers declare get "_model" behind.
  /// A class begins with an upper-case letter, as none of these, and none of its members, does.
  static LibraryNames of(llvm::StringRef modelName);
};

/// The parameters that stand for a model's inputs, in its order: `input` for a single one, else each under its name. Keywords, names
/// that meet another parameter's and names that are there already get "_input" behind.
std::vector<std::string> inputParameters(llvm::ArrayRef<Tensor> inputs);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_LIBRARYNAMES_H
