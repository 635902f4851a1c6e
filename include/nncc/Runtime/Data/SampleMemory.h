// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory for samples. Up to a limit it is memory; what goes beyond lies in a file without a name, which the system
// reads and writes as it is touched, so that a set that is larger than memory trains, slower, with the same bits.
#ifndef NNCC_RUNTIME_DATA_SAMPLEMEMORY_H
#define NNCC_RUNTIME_DATA_SAMPLEMEMORY_H

#include "nncc/Runtime/Data/Failure.h"
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

namespace nncc::runtime {

/// Bytes that samples may take in memory: half of what the machine (or its control group) has left, unless set.
uint64_t sampleMemoryLimit();
/// 0: half of what is left. `folder`: where files without a name go ("": $TMPDIR or /var/tmp).
void setSampleMemory(uint64_t limit, const std::string &folder);
/// Bytes that samples take in memory now.
uint64_t sampleMemoryUsed();

/// Zeroed, 64-byte aligned. Throws bad_alloc, or Error(exitResource) where the file cannot grow.
void *allocateSamples(size_t bytes);
void releaseSamples(void *block, size_t bytes);
/// Whether the block went beyond the limit, so that touching it may wait for a disk.
bool samplesLieInFile(const void *block);

/// Allocates samples, and does not fill them with zeros a second time.
template <typename T> struct SampleAllocator {
  using value_type = T;
  SampleAllocator() = default;
  template <typename U> SampleAllocator(const SampleAllocator<U> &) {}
  T *allocate(size_t count) {
    if (count > PTRDIFF_MAX / sizeof(T))
      failForMemory();
    return static_cast<T *>(allocateSamples(count * sizeof(T)));
  }
  void deallocate(T *block, size_t count) { releaseSamples(block, count * sizeof(T)); }
  void construct(T *) {} // fresh memory is zero; a vector that grows in place keeps what was there
  template <typename... Arguments> void construct(T *place, Arguments &&...arguments) { new (place) T(arguments...); }
  bool operator==(const SampleAllocator &) const { return true; }
};
using Floats = std::vector<float, SampleAllocator<float>>;
using Bytes = std::vector<uint8_t, SampleAllocator<uint8_t>>;

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_SAMPLEMEMORY_H
