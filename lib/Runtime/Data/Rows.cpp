// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Rows.h"

#include "nncc/Runtime/Data/Failure.h"
#include <cstring>

namespace nncc::runtime {

void Rows::read(int64_t index, float *to) const {
  if (std::optional<Error> error = tryRead(index, to))
    failWith(*error);
}

Floats Rows::all() const {
  Floats values(static_cast<size_t>(rowCount * rowElements));
  for (int64_t i = 0; i < rowCount; ++i)
    read(i, values.data() + i * rowElements);
  return values;
}

static int64_t perRow(size_t values, int64_t count) { return count ? static_cast<int64_t>(values) / count : 0; }

FloatRows::FloatRows(Floats list, int64_t count)
    : Rows(count, perRow(list.size(), count)), values(std::move(list)), isInFile(samplesLieInFile(values.data())) {}

std::optional<Error> FloatRows::tryRead(int64_t index, float *to) const {
  memcpy(to, values.data() + index * elements(), static_cast<size_t>(elements()) * sizeof(float));
  return std::nullopt;
}

ByteRows::ByteRows(Bytes list, int64_t count)
    : Rows(count, perRow(list.size(), count)), values(std::move(list)), isInFile(samplesLieInFile(values.data())),
      bytes(values.data()) {}

ByteRows::ByteRows(const uint8_t *list, int64_t count, int64_t elements, std::shared_ptr<const void> owner)
    : Rows(count, elements), owner(std::move(owner)), isInFile(true), bytes(list) {}

std::optional<Error> ByteRows::tryRead(int64_t index, float *to) const {
  bytesToFloats(bytes + index * elements(), elements(), to);
  return std::nullopt;
}

void bytesToFloats(const uint8_t *bytes, int64_t count, float *to) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = static_cast<float>(bytes[i]) / 255;
}

} // namespace nncc::runtime
