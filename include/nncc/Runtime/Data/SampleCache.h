// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoded samples in a file, so that the next run need not decode: a header of 4096 bytes, then bytes that are mapped.
#ifndef NNCC_RUNTIME_DATA_SAMPLECACHE_H
#define NNCC_RUNTIME_DATA_SAMPLECACHE_H

#include "nncc/Runtime/Data/Rows.h"
#include <functional>
#include <string>

namespace nncc::runtime {

/// What decoded samples depend on. Two keys that differ anywhere give different files.
class CacheKey {
public:
  void add(const std::string &text);
  void add(int64_t number);
  uint64_t hash() const { return first; }
  uint64_t check() const { return second; }

private:
  void addByte(uint8_t byte);
  uint64_t first = 0xcbf29ce484222325, second = 0x9e3779b97f4a7c15;
};

/// Fills rows [begin, begin + count) into `to`, one after the other.
using DecodeBlock = std::function<void(int64_t begin, int64_t count, uint8_t *to)>;

/// The rows of `folder`'s file for this key. Where there is none, or a damaged one, `decode` makes it, block by block,
/// and it is put in place when it is whole. Throws Error(exitResource) where it cannot be written.
SharedRows cachedBytes(const std::string &folder, const CacheKey &key, int64_t count, int64_t elements,
                       const DecodeBlock &decode);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_SAMPLECACHE_H
