// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The samples of one input, however they are held: as floats, as bytes, or in files that are decoded when they are
// asked for.
#ifndef NNCC_RUNTIME_DATA_ROWS_H
#define NNCC_RUNTIME_DATA_ROWS_H

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/SampleMemory.h"
#include <cstdint>
#include <memory>
#include <optional>

namespace nncc::runtime {

/// `count` rows, one per sample, of `elements` numbers each. Several threads may read at once.
class Rows {
public:
  Rows(int64_t count, int64_t elements) : rowCount(count), rowElements(elements) {}
  virtual ~Rows() = default;
  int64_t count() const { return rowCount; }
  int64_t elements() const { return rowElements; }
  /// Row `index` as floats, or what is wrong where it has to be decoded and that fails.
  virtual std::optional<Error> tryRead(int64_t index, float *to) const = 0;
  /// The same; fails with the error.
  void read(int64_t index, float *to) const;
  /// Reading takes work or waiting: a loader does it ahead, on a thread of its own.
  virtual bool isDecodedLate() const { return false; }
  /// All rows, one after the other.
  Floats all() const;

private:
  int64_t rowCount, rowElements;
};
using SharedRows = std::shared_ptr<const Rows>;

/// Numbers as they are.
class FloatRows : public Rows {
public:
  FloatRows(Floats values, int64_t count);
  std::optional<Error> tryRead(int64_t index, float *to) const override;
  bool isDecodedLate() const override { return isInFile; }

private:
  Floats values;
  bool isInFile;
};

/// Pictures: bytes that mean 0 to 1.
class ByteRows : public Rows {
public:
  ByteRows(Bytes values, int64_t count);
  /// Bytes that `owner` keeps alive, e.g. a mapped file.
  ByteRows(const uint8_t *values, int64_t count, int64_t elements, std::shared_ptr<const void> owner);
  std::optional<Error> tryRead(int64_t index, float *to) const override;
  bool isDecodedLate() const override { return isInFile; }

private:
  Bytes values;
  std::shared_ptr<const void> owner;
  bool isInFile;
  const uint8_t *bytes;
};

/// bytes[i] / 255.
void bytesToFloats(const uint8_t *bytes, int64_t count, float *to);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_ROWS_H
