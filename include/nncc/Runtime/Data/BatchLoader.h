// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The batches of a pass over samples, in their order. Where reading a sample takes work, threads of the loader's own do
// it ahead, into a bounded queue: what a batch holds depends on neither.
#ifndef NNCC_RUNTIME_DATA_BATCHLOADER_H
#define NNCC_RUNTIME_DATA_BATCHLOADER_H

#include "nncc/Runtime/Data/Augmentation.h"
#include "nncc/Runtime/Data/Source.h"
#include <memory>

namespace nncc::runtime {

/// Samples order[first ... first + count) of a set, or first ... where there is no order, in batches of `batch`, the
/// last one smaller. The set and the order must stay until the pass is over.
struct Pass {
  const SampleSet *set = nullptr;
  const int64_t *order = nullptr;
  int64_t first = 0, count = 0, batch = 1;
  const Augmentation *augmentation = nullptr;
  int64_t epoch = 0; ///< what the augmentation draws depends on it

  int64_t sample(int64_t position) const { return order ? order[first + position] : first + position; }
  int64_t batches() const { return (count + batch - 1) / batch; }
  int64_t sizeOf(int64_t number) const { return count - number * batch < batch ? count - number * batch : batch; }
};

class BatchLoader {
public:
  /// Begins the pass. `threads`: most threads that read ahead.
  BatchLoader(const Pass &pass, int64_t threads);
  ~BatchLoader(); // ends the pass, however far it is
  BatchLoader(const BatchLoader &) = delete;
  BatchLoader &operator=(const BatchLoader &) = delete;

  /// Samples of the next batch; 0 at the end of the pass.
  int64_t nextSize() const;
  /// Copies the next batch: rows of each input, and the targets. Throws Error where a sample cannot be read.
  void next(float *const *inputs, float *targets);

private:
  class Queue;
  std::optional<Error> fill(int64_t number, float *const *inputs) const;

  const Pass pass;
  int64_t given = 0; ///< batches of the pass that next() gave
  std::unique_ptr<Queue> queue;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_BATCHLOADER_H
