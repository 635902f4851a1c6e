// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_INTERNALERROR_H
#define NNCC_CODEGEN_INTERNALERROR_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace nncc::codegen {

/// A bug of nncc, as opposed to a machine or a file that is not what it should be. Its text begins with "internal error: ".
class InternalError : public llvm::ErrorInfo<InternalError> {
public:
  static char ID;

  explicit InternalError(const llvm::Twine &text) : text(text.str()) {}

  void log(llvm::raw_ostream &out) const override { out << "internal error: " << text; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  std::string text;
};

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_INTERNALERROR_H
