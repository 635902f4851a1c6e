// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_KERNELS_POOLEDCASE_H
#define NNCC_TEST_UNIT_KERNELS_POOLEDCASE_H

#include "nncc/Kernels/Contraction/PooledConvolution.h"

#include <string>
#include <vector>

namespace nncc::kernels::test {

/// A convolution and the max pool behind it, by the values of their attributes.
struct PooledCase {
  using Extents = std::vector<int64_t>;

  const char *branch; ///< what the case is here for
  Extents input;      ///< of a sample, channels last
  Extents kernel;     ///< spatial
  int64_t filters;
  Extents pool;
  Extents padding = {}; ///< low, high of each axis; empty for none
  Extents strides = {};
  Extents dilations = {};
  int64_t groups = 1;
  int64_t batch = 3;

  /// As the kernels see it.
  PooledConvolution shape() const {
    Extents pad = filled(padding, 0, 2), stride = filled(strides, 1), dilation = filled(dilations, 1);
    PooledConvolution result;
    result.axes.fill(forwardAxis(1, 1, 1, 1, 1, 0));
    for (size_t i = 0; i < kernel.size(); ++i) {
      size_t axis = 3 - kernel.size() + i;
      int64_t reach = input[i] + pad[2 * i] + pad[2 * i + 1] - (kernel[i] - 1) * dilation[i] - 1;
      result.axes[axis] =
          forwardAxis(input[i], reach / stride[i] + 1, kernel[i], stride[i], dilation[i], pad[2 * i]);
      result.pool[axis] = pool[i];
    }
    result.groups = groups;
    result.channels = input.back();
    result.filters = filters;
    result.argmaxBits = result.poolPositions() <= 256 ? 8 : 32;
    return result;
  }

  // Types, as entryText wants them.
  std::string inputType() const { return type(input, true); }
  std::string kernelType() const {
    Extents extents = kernel;
    extents.push_back(input.back() / groups);
    extents.push_back(filters);
    return type(extents, false);
  }
  std::string biasType() const { return type({filters}, false); }
  std::string pooledType() const { return type(pooled(), true); }
  std::string argmaxType() const { return type(pooled(), true, shape().argmaxBits == 8 ? "i8" : "i32"); }

  /// The op's attributes; `more` begins with a comma.
  std::string attributes(const std::string &more = "") const {
    return " {" + array("strides", filled(strides, 1)) + ", " + array("padding", filled(padding, 0, 2)) + ", " +
           array("dilations", filled(dilations, 1)) + ", " + array("pool_size", pool) +
           ", groups = " + std::to_string(groups) + " : i64" + more + "}";
  }

private:
  Extents filled(const Extents &values, int64_t value, size_t each = 1) const {
    return values.empty() ? Extents(each * kernel.size(), value) : values;
  }
  Extents pooled() const {
    PooledConvolution facts = shape();
    Extents result;
    for (size_t i = 0; i < kernel.size(); ++i)
      result.push_back(facts.pooledExtent(3 - kernel.size() + i));
    result.push_back(filters);
    return result;
  }
  static std::string type(const Extents &extents, bool batched, const char *element = "f32") {
    std::string text = batched ? "?x" : "";
    for (int64_t extent : extents)
      text += std::to_string(extent) + "x";
    return text + element;
  }
  static std::string array(const char *name, const Extents &values) {
    std::string text = std::string(name) + " = array<i64: ";
    for (size_t i = 0; i < values.size(); ++i)
      text += (i ? ", " : "") + std::to_string(values[i]);
    return text + ">";
  }
};

} // namespace nncc::kernels::test

#endif // NNCC_TEST_UNIT_KERNELS_POOLEDCASE_H
