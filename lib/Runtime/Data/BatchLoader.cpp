// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/BatchLoader.h"

#include "nncc/Runtime/Data/Failure.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <pthread.h>

namespace nncc::runtime {

namespace {

/// As std::condition_variable, which, like std::thread, would bring the C++ library's exceptions into executables.
class Condition {
public:
  Condition() = default;
  ~Condition() { pthread_cond_destroy(&handle); }
  Condition(const Condition &) = delete;
  void wait(std::mutex &locked) { pthread_cond_wait(&handle, locked.native_handle()); }
  void wakeOne() { pthread_cond_signal(&handle); }
  void wakeAll() { pthread_cond_broadcast(&handle); }

private:
  pthread_cond_t handle = PTHREAD_COND_INITIALIZER;
};

} // namespace

/// A ring of batches: workers take the next number while it is less than the ring's length ahead of the reader.
class BatchLoader::Queue {
public:
  using Fill = std::function<std::optional<Error>(int64_t number, float *const *inputs)>;

  Queue(const Pass &pass, int64_t threads, Fill fill) : batches(pass.batches()), fill(std::move(fill)) {
    const int64_t workers = std::min(threads, batches);
    ring.resize(static_cast<size_t>(std::min(2 * workers + 1, batches)));
    for (Slot &slot : ring)
      for (const SharedRows &rows : pass.set->inputs)
        slot.inputs.emplace_back(static_cast<size_t>(pass.batch * rows->elements()));
    // The program's own thread takes the signals.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int problem = 0;
    this->workers.reserve(static_cast<size_t>(workers));
    for (int64_t i = 0; i < workers && !problem; ++i) {
      pthread_t worker;
      problem = pthread_create(&worker, nullptr, runWorker, this);
      if (!problem)
        this->workers.push_back(worker);
    }
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    if (this->workers.empty()) // any number of them does
      fail(exitResource, "cannot start a thread to read samples: %s", strerror(problem));
  }

  ~Queue() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      isStopped = true;
    }
    roomCame.wakeAll();
    for (pthread_t worker : workers)
      pthread_join(worker, nullptr);
  }

  /// Copies batch `number`, the one behind the last that was taken.
  void take(int64_t number, const std::vector<size_t> &floats, float *const *inputs) {
    Slot &slot = slotOf(number);
    {
      std::lock_guard<std::mutex> lock(mutex);
      while (!slot.isReady)
        batchCame.wait(mutex);
    }
    if (slot.error)
      failWith(*slot.error);
    for (size_t i = 0; i < floats.size(); ++i)
      memcpy(inputs[i], slot.inputs[i].data(), floats[i] * sizeof(float));
    {
      std::lock_guard<std::mutex> lock(mutex);
      slot.isReady = false;
      ++given;
    }
    roomCame.wakeOne();
  }

private:
  struct Slot {
    std::vector<std::vector<float>> inputs;
    std::optional<Error> error;
    bool isReady = false;
  };

  Slot &slotOf(int64_t number) { return ring[static_cast<size_t>(number) % ring.size()]; }

  static void *runWorker(void *queue) {
    static_cast<Queue *>(queue)->work();
    return nullptr;
  }

  void work() {
    for (;;) {
      int64_t number;
      {
        std::lock_guard<std::mutex> lock(mutex);
        while (!isStopped && taken != batches && taken >= given + static_cast<int64_t>(ring.size()))
          roomCame.wait(mutex);
        if (isStopped || taken == batches)
          return;
        number = taken++;
      }
      Slot &slot = slotOf(number);
      auto outOfMemory = attempt([&] {
        std::vector<float *> places;
        for (std::vector<float> &values : slot.inputs)
          places.push_back(values.data());
        slot.error = fill(number, places.data());
      });
      if (outOfMemory)
        slot.error = outOfMemory;
      {
        std::lock_guard<std::mutex> lock(mutex);
        slot.isReady = true;
      }
      batchCame.wakeOne();
    }
  }

  const int64_t batches;
  const Fill fill;
  std::vector<Slot> ring;
  std::mutex mutex;
  Condition roomCame, batchCame;
  int64_t taken = 0, given = 0;
  bool isStopped = false;
  std::vector<pthread_t> workers;
};

BatchLoader::BatchLoader(const Pass &pass, int64_t threads) : pass(pass) {
  bool isAhead = pass.augmentation != nullptr;
  for (const SharedRows &rows : pass.set->inputs)
    isAhead |= rows->isDecodedLate();
  if (isAhead && pass.count > 0)
    queue = std::make_unique<Queue>(pass, std::max<int64_t>(1, threads),
                                    [this](int64_t number, float *const *inputs) { return fill(number, inputs); });
}

BatchLoader::~BatchLoader() = default;

int64_t BatchLoader::nextSize() const { return given < pass.batches() ? pass.sizeOf(given) : 0; }

std::optional<Error> BatchLoader::fill(int64_t number, float *const *inputs) const {
  std::vector<float *> places(inputs, inputs + pass.set->inputs.size());
  std::vector<float> scratch;
  for (int64_t i = 0, size = pass.sizeOf(number); i < size; ++i) {
    const int64_t sample = pass.sample(number * pass.batch + i);
    for (size_t k = 0; k < places.size(); ++k)
      if (auto error = pass.set->inputs[k]->tryRead(sample, places[k]))
        return error;
    if (pass.augmentation)
      pass.augmentation->apply(pass.epoch, sample, places.data(), scratch);
    for (size_t k = 0; k < places.size(); ++k)
      places[k] += pass.set->inputs[k]->elements();
  }
  return std::nullopt;
}

void BatchLoader::next(float *const *inputs, float *targets) {
  const int64_t size = nextSize();
  if (queue) {
    std::vector<size_t> floats;
    for (const SharedRows &rows : pass.set->inputs)
      floats.push_back(static_cast<size_t>(size * rows->elements()));
    queue->take(given, floats, inputs);
  } else if (auto error = fill(given, inputs)) {
    failWith(*error);
  }
  const int64_t elements = pass.set->count ? static_cast<int64_t>(pass.set->targets.size()) / pass.set->count : 0;
  for (int64_t i = 0; i < size; ++i)
    std::copy_n(pass.set->targets.data() + pass.sample(given * pass.batch + i) * elements, elements,
                targets + i * elements);
  ++given;
}

} // namespace nncc::runtime
