// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole front end, from any text to the module of the nn dialect.
#include "FrontEnd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  nncc::fuzz::checkImport({reinterpret_cast<const char *>(data), size});
  return 0;
}
