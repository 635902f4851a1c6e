// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A model in the caller's memory: what it needs, and that it takes nothing else. This program counts its allocations.
#include "Files.h"
#include "ModelFixture.h"
#include "nncc/Runtime/Core/Instance.h"

#include <atomic>
#include <limits>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NNCC_SANITIZED 1
#endif
#endif

static std::atomic<long> allocations;

#ifndef NNCC_SANITIZED
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void *malloc(size_t size) { return ++allocations, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return ++allocations, __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return ++allocations, __libc_realloc(block, size); }
void *aligned_alloc(size_t alignment, size_t size) { return ++allocations, __libc_memalign(alignment, size); }
void *mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset) noexcept {
  ++allocations;
  return reinterpret_cast<void *>(syscall(SYS_mmap, at, size, protection, flags, descriptor, offset));
}
}
#endif

namespace nncc::test {
namespace {

/// A program with a variable of each kind of initial value that works with memory.
struct FullProgram {
  FullProgram() {
    for (int i = 0; i < 2; ++i)
      variables[i] = program.variables[i];
    variables[0].initializer = {"Orthogonal", 0, nullptr};
    program.variables = variables;
  }
  nncc_variable variables[2];
  nncc_program program = statefulProgram();
};

class ModelArena : public FileTest {
protected:
  FullProgram full;
  Programs programs{&full.program};
};

TEST_F(ModelArena, GivesTheResultsOfACreatedModel) {
  for (size_t offset : {0, 1, 4, 63}) {
    std::vector<char> memory(nncc_model_arena_bytes(programs, samples) + 64);
    char *aligned = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    nncc_model *model;
    ASSERT_EQ(nncc_model_init(programs, &model, aligned + offset, nncc_model_arena_bytes(programs, samples)), NNCC_OK) << offset;
    Model created(programs);
    EXPECT_EQ(kernelOf(model), kernelOf(created));
    EXPECT_EQ(train(model, 5), train(created, 5));
    EXPECT_EQ(predict(model), predict(created));
    nncc_model_destroy(model);
  }
}

TEST_F(ModelArena, TheBatchIsWhatThereIsRoomFor) {
  const size_t bytes = nncc_model_arena_bytes(programs, samples);
  std::vector<char> memory(bytes + 64);
  nncc_model *model;
  ASSERT_EQ(nncc_model_init(programs, &model, memory.data(), bytes), NNCC_OK);
  predict(model);
  std::vector<float> x(1000 * features), y(1000 * classes);
  const float *inputs[] = {x.data()};
  EXPECT_EQ(nncc_model_predict(model, inputs, 1000, y.data()), NNCC_ERROR_BATCH);
  EXPECT_EQ(nncc_model_predict(model, inputs, std::numeric_limits<size_t>::max(), y.data()), NNCC_ERROR_BATCH);
  for (size_t small : {size_t{0}, size_t{63}, size_t{1000}, size_t{NNCC_MODEL_BYTES}}) {
    nncc_model *none = model;
    EXPECT_EQ(nncc_model_init(programs, &none, memory.data(), small), NNCC_ERROR_BATCH) << small;
    EXPECT_EQ(none, nullptr);
  }
  // Neither more nor less than the formula: from here on everything fits, and nothing is written behind the end.
  const char mark = 0x5a;
  for (size_t size = nncc_model_arena_bytes(programs, 1); size < bytes; size += 7) {
    std::fill(memory.begin(), memory.end(), mark);
    ASSERT_EQ(nncc_model_init(programs, &model, memory.data(), size), NNCC_OK) << size;
    EXPECT_EQ(nncc_model_predict(model, inputs, 1, y.data()), NNCC_OK);
    EXPECT_TRUE(std::all_of(memory.begin() + static_cast<std::ptrdiff_t>(size), memory.end(), [&](char c) { return c == mark; }));
  }
}

TEST_F(ModelArena, ArgumentsAreChecked) {
  std::vector<char> memory(nncc_model_arena_bytes(programs, 1));
  nncc_model *model;
  EXPECT_EQ(nncc_model_init(programs, nullptr, memory.data(), memory.size()), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_init(programs, &model, nullptr, memory.size()), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_init(nullptr, &model, memory.data(), memory.size()), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model, nullptr);
  full.program.abi_version = 1;
  EXPECT_EQ(nncc_model_init(programs, &model, memory.data(), memory.size()), NNCC_ERROR_ABI);
  full.program = statefulProgram();
  full.variables[0].initializer.name = "Unknown";
  full.program.variables = full.variables;
  EXPECT_EQ(nncc_model_init(programs, &model, memory.data(), memory.size()), NNCC_ERROR_UNSUPPORTED);
  EXPECT_EQ(model, nullptr);
}

// --- how much --------------------------------------------------------------------------------------------------

// The formula of Library.h, which the compiler computes, too.
TEST_F(ModelArena, BytesAreTheFormula) {
  nncc_program program = linearProgram(); // 32 floats, all trainable; no slots
  const size_t fixed = 256 + 128, perSample = 4 * (2 * features + 2 * classes + 1); // of its gradients entry
  auto bytes = [](const nncc_program &p, size_t batch) { return nncc_model_arena_bytes(Programs{&p}, batch); };
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 128 + 128 + fixed);
  EXPECT_EQ(bytes(program, 7), NNCC_MODEL_BYTES + 128 + 128 + fixed + 7 * perSample);
  program.optimizer_slots = 2;
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 128 + 128 + 256 + fixed);
  program.entries[NNCC_ENTRY_TRAIN_STEP] = nullptr; // gradients alone
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 128 + 128 + fixed);
  program.entries[NNCC_ENTRY_GRADIENTS] = nullptr;
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 128 + 256);
  program.parameter_floats = program.trainable_floats = 33;
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 192 + 256);
  program.entries[NNCC_ENTRY_PREDICT] = program.entries[NNCC_ENTRY_EVALUATE] = nullptr;
  EXPECT_EQ(bytes(program, 3), NNCC_MODEL_BYTES + 192 + 64);
  nncc_variable variable = program.variables[0];
  variable.initializer.name = "Orthogonal";
  program.variables = &variable;
  program.variable_count = 1;
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 192 + 8 * features * classes);
  nncc_embedded embedded{};
  program.embedded = &embedded;
  EXPECT_EQ(bytes(program, 0), NNCC_MODEL_BYTES + 192 + 64);
  nncc_program other = linearProgram();
  EXPECT_EQ(nncc_model_arena_bytes(Programs({&program, &other}), 0), bytes(other, 0)); // the most of all
}

TEST_F(ModelArena, BytesThatDoNotFitAreTheLargestNumber) {
  EXPECT_EQ(nncc_model_arena_bytes(programs, std::numeric_limits<size_t>::max()), std::numeric_limits<size_t>::max());
  full.program.parameter_floats = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(nncc_model_arena_bytes(programs, 1), std::numeric_limits<size_t>::max());
}

// --- nothing else ----------------------------------------------------------------------------------------------

/// All that must neither allocate nor call the system.
bool runEverything(const nncc_programs *programs, void *memory, size_t bytes, const float *input, const float *labels, float *output) {
  const float *inputs[] = {input};
  float *gradients[] = {output}, loss;
  nncc_model *model;
  bool isFine = nncc_model_init(programs, &model, memory, bytes) == NNCC_OK;
  for (int i = 0; i < 3 && isFine; ++i)
    isFine = nncc_model_train_step(model, inputs, labels, samples, &loss) == NNCC_OK &&
             nncc_model_predict(model, inputs, samples, output) == NNCC_OK &&
             nncc_model_evaluate(model, inputs, labels, samples, &loss, output) == NNCC_OK &&
             nncc_model_gradients(model, inputs, nullptr, samples, nullptr, gradients) == NNCC_OK &&
             nncc_model_set_learning_rate(model, 0.25f) == NNCC_OK &&
             nncc_model_get_parameter(model, "dense/bias", output, classes) == NNCC_OK &&
             nncc_model_set_parameter(model, "dense/bias", output, classes) == NNCC_OK &&
             nncc_model_predict(model, nullptr, 1, output) == NNCC_ERROR_ARGUMENT &&
             nncc_model_predict(model, inputs, 100000, output) == NNCC_ERROR_BATCH && *nncc_model_last_error(model);
  nncc_model_destroy(isFine ? model : nullptr);
  return isFine;
}

TEST_F(ModelArena, NothingIsAllocated) {
  std::vector<char> memory(nncc_model_arena_bytes(programs, samples));
  std::vector<float> x = exampleInput(), labels = exampleLabels(), out(samples * features);
  const long before = allocations;
  const bool isFine = runEverything(programs, memory.data(), memory.size(), x.data(), labels.data(), out.data());
  const long after = allocations;
  EXPECT_TRUE(isFine);
  EXPECT_EQ(after, before);
}

#ifndef NNCC_SANITIZED
// In seccomp's strict mode the kernel kills who asks for more than read, write and the end of the thread.
TEST_F(ModelArena, TheSystemIsNotCalled) {
  std::vector<char> memory(nncc_model_arena_bytes(programs, samples));
  std::vector<float> x = exampleInput(), labels = exampleLabels(), out(samples * features);
  pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
      _exit(77);
    const bool isFine = runEverything(programs, memory.data(), memory.size(), x.data(), labels.data(), out.data());
    syscall(SYS_exit, isFine ? 0 : 1);
  }
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    GTEST_SKIP() << "no seccomp here";
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

// These do allocate for a while, but work.
TEST_F(ModelArena, LoadsAndSaves) {
  std::vector<char> memory(nncc_model_arena_bytes(programs, samples));
  nncc_model *model;
  ASSERT_EQ(nncc_model_init(programs, &model, memory.data(), memory.size()), NNCC_OK);
  Model other(programs, {.seed = 9});
  train(other, 2);
  ASSERT_EQ(nncc_model_save_state(other, path("s").c_str()), NNCC_OK);
  ASSERT_EQ(nncc_model_load(model, path("s").c_str()), NNCC_OK) << nncc_model_last_error(model);
  EXPECT_EQ(predict(model), predict(other));
  ASSERT_EQ(nncc_model_load_state(model, path("s").c_str()), NNCC_OK) << nncc_model_last_error(model);
  EXPECT_EQ(train(model, 3), train(other, 3));
  ASSERT_EQ(nncc_model_save(model, path("w").c_str()), NNCC_OK);
  nncc_model_destroy(model);
}

TEST_F(ModelArena, EmbeddedWeightsAreCopiedBeforeTheyChange) {
  alignas(64) float floats[32] = {1, 2, 3};
  const char *names[] = {"a", "b", "c"};
  const nncc_embedded embedded{NNCC_STORAGE_F32, floats, 3, names};
  full.program.embedded = &embedded;
  full.program.entries[NNCC_ENTRY_TRAIN_STEP] = nullptr;
  std::vector<char> memory(nncc_model_arena_bytes(programs, samples));
  nncc_model *model;
  ASSERT_EQ(nncc_model_init(programs, &model, memory.data(), memory.size()), NNCC_OK);
  const float bias[] = {4, 5, 6};
  const long before = allocations;
  EXPECT_EQ(nncc_model_set_parameter(model, "dense/bias", bias, 3), NNCC_OK);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(biasOf(model), (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(kernelOf(model)[2], 3);
  EXPECT_EQ(floats[16], 0);
  // Names from a file are the model's until it is destroyed.
  ASSERT_EQ(nncc_model_save(model, path("w").c_str()), NNCC_OK);
  ASSERT_EQ(nncc_model_load(model, path("w").c_str()), NNCC_OK) << nncc_model_last_error(model);
  nncc_model_destroy(model);
}

} // namespace
} // namespace nncc::test
