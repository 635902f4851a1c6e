// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/Fans.h"

namespace nncc::analysis {

Fans computeFans(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return {1, 1};
  if (shape.size() == 1)
    return {shape[0], shape[0]};
  int64_t field = 1;
  for (int64_t extent : shape.drop_back(2))
    field *= extent;
  return {shape[shape.size() - 2] * field, shape.back() * field};
}

} // namespace nncc::analysis
