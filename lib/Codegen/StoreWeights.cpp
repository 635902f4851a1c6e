// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Codegen/StoreWeights.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;

namespace nncc::codegen {

uint16_t toBfloat16(float value) {
  const uint32_t bits = bit_cast<uint32_t>(value);
  if (std::isnan(value))
    return (bits >> 16) | 0x40; // quiet, and a NaN even if its bits are all in the lower half
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

uint16_t toFloat16(float value) {
  const uint32_t bits = bit_cast<uint32_t>(value), magnitude = bits & 0x7fffffff;
  const uint16_t sign = (bits >> 16) & 0x8000;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00;
  if (magnitude >= 0x477ff000) // 65520: half-way between the largest number and the next power of two
    return sign | 0x7c00;
  if (magnitude < 0x38800000) // 2^-14: below it the unit is 2^-24, which the addition rounds to
    return sign | (bit_cast<uint32_t>(bit_cast<float>(magnitude) + 0.5f) - 0x3f000000);
  // The exponent's bias from 127 to 15, and 13 bits of the mantissa less.
  return sign | ((magnitude - (112u << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13);
}

/// A number that rounding would make infinite.
static Error tooLarge(const Variable &variable, float value, nncc_storage storage) {
  std::string text;
  raw_string_ostream stream(text);
  const bool isHalf = storage == NNCC_STORAGE_F16;
  stream << "'" << variable.path << "' holds " << format("%g", value) << ", which " << (isHalf ? "f16" : "bf16")
         << " cannot: its largest number is " << (isHalf ? "65504" : "3.3895e+38") << "; try --precision=" << (isHalf ? "bf16" : "f32");
  return createStringError(text);
}

Expected<std::vector<char>> storeWeights(ArrayRef<float> values, const Program &program, nncc_storage storage) {
  const size_t width = storage == NNCC_STORAGE_F32 ? 4 : 2;
  std::vector<char> bytes(values.size() * width, 0); // what no variable is in stays 0
  for (const Variable &variable : program.variables)
    for (int64_t i = variable.offset, end = variable.offset + variable.elements(); i < end; ++i) {
      char *place = bytes.data() + i * width;
      const float value = values[i];
      if (storage == NNCC_STORAGE_F32) {
        support::endian::write32le(place, bit_cast<uint32_t>(value));
        continue;
      }
      const bool isHalf = storage == NNCC_STORAGE_F16;
      const uint16_t bits = isHalf ? toFloat16(value) : toBfloat16(value);
      if ((bits & 0x7fff) == (isHalf ? 0x7c00 : 0x7f80) && !std::isinf(value))
        return tooLarge(variable, value, storage);
      support::endian::write16le(place, bits);
    }
  return bytes;
}

StringRef storageName(nncc_storage storage) {
  switch (storage) {
  case NNCC_STORAGE_F32:
    return "f32";
  case NNCC_STORAGE_BF16:
    return "bf16";
  case NNCC_STORAGE_F16:
    return "f16";
  }
  llvm_unreachable("a storage of embedded weights");
}

} // namespace nncc::codegen
