// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_KERNELS_CONVCASE_H
#define NNCC_TEST_UNIT_KERNELS_CONVCASE_H

#include "Kernels/KernelTestHarness.h"

/// Convolutions as numbers, and as text of the nn dialect.
namespace nncc::kernels::test {

using Extents = std::vector<int64_t>;

struct ConvCase {
  const char *branch; ///< what the case is here for
  Extents input;      ///< of a sample, channels last
  Extents kernel;     ///< spatial
  int64_t filters;
  Extents strides;
  Extents padding; ///< low, high of each axis
  Extents dilations;
  int64_t groups = 1;
  int64_t batch = 3;

  Extents output() const {
    Extents result;
    for (size_t i = 0; i < kernel.size(); ++i) {
      int64_t padded = input[i] + padding[2 * i] + padding[2 * i + 1];
      result.push_back((padded - (kernel[i] - 1) * dilations[i] - 1) / strides[i] + 1);
    }
    result.push_back(filters);
    return result;
  }
  Extents kernelShape() const {
    Extents result = kernel;
    result.push_back(input.back() / groups);
    result.push_back(filters);
    return result;
  }
};

inline std::string tensor(const Extents &extents, bool batched) {
  std::string text = batched ? "tensor<?x" : "tensor<";
  for (int64_t extent : extents)
    text += std::to_string(extent) + "x";
  return text + "f32>";
}

inline std::string array(const char *name, const Extents &values) {
  std::string text = std::string(name) + " = array<i64: ";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + ">";
}

inline std::string attributes(const ConvCase &conv) {
  return array("strides", conv.strides) + ", " + array("padding", conv.padding) + ", " +
         array("dilations", conv.dilations) + ", groups = " + std::to_string(conv.groups) + " : i64";
}

} // namespace nncc::kernels::test

#endif // NNCC_TEST_UNIT_KERNELS_CONVCASE_H
