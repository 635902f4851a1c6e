// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeProgram.h"
#include "Files.h"
#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Core/Weights.h"

#include <algorithm>
#include <cmath>
#include <fcntl.h>
#include <sys/stat.h>

using namespace nncc::test;

namespace {

struct Message {
  nncc_message raw{};
  ~Message() { nncc_message_free(&raw); }
  std::string text() const { return raw.text ? raw.text : ""; }
};

class CoreFiles : public FileTest {
protected:
  void SetUp() override {
    FileTest::SetUp();
    program = linearProgram();
    Message message;
    ASSERT_EQ(nncc_instance_create(&program, 1, &instance, &message.raw), NNCC_OK) << message.text();
  }
  void TearDown() override {
    nncc_instance_destroy(instance);
    FileTest::TearDown();
  }
  nncc_program program;
  nncc_instance *instance = nullptr;
};

/// A safetensors file with this JSON header and `bytes` bytes of data.
std::string tensorFile(const std::string &header, size_t bytes) { return little(header.size(), 8) + header + std::string(bytes, '\0'); }

// --- atomic files --------------------------------------------------------------------------------------------------------

TEST_F(CoreFiles, CommitReplacesWholeFiles) {
  write("a", "old");
  nncc_file *file;
  ASSERT_EQ(nncc_file_create(path("a").c_str(), &file, nullptr), NNCC_OK);
  std::string text(200000, 'x');
  ASSERT_EQ(nncc_file_write(file, text.data(), text.size(), nullptr), NNCC_OK);
  ASSERT_EQ(nncc_file_write(file, "y", 1, nullptr), NNCC_OK);
  EXPECT_EQ(read("a"), "old");
  ASSERT_EQ(nncc_file_finish(file, nullptr), NNCC_OK);
  EXPECT_EQ(read("a"), "old");
  ASSERT_EQ(nncc_file_commit(file, nullptr), NNCC_OK);
  EXPECT_EQ(read("a"), text + "y");
  EXPECT_EQ(list(), std::vector<std::string>{"a"});
}

TEST_F(CoreFiles, AbandonLeavesNothing) {
  nncc_file *file;
  ASSERT_EQ(nncc_file_create(path("a").c_str(), &file, nullptr), NNCC_OK);
  nncc_file_abandon(file);
  EXPECT_TRUE(list().empty());
}

// A writer that was killed leaves its temporary file; one that lives holds a lock on it.
TEST_F(CoreFiles, LeftoversAreRemovedAndOthersFilesAreNot) {
  write("w.tmp-12-3", "left");
  write("w.tmp-1-2-3", "of somebody");
  write("w.tmp-x", "else");
  write("other.tmp-12-3", "not of this file");
  nncc_file *first, *second;
  ASSERT_EQ(nncc_file_create(path("w").c_str(), &first, nullptr), NNCC_OK);
  EXPECT_EQ(access(path("w.tmp-12-3").c_str(), F_OK), -1);
  ASSERT_EQ(nncc_file_write(first, "one", 3, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_file_finish(first, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_file_create(path("w").c_str(), &second, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_file_commit(first, nullptr), NNCC_OK);
  EXPECT_EQ(read("w"), "one");
  nncc_file_abandon(second);
  std::vector<std::string> names = list();
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"other.tmp-12-3", "w", "w.tmp-1-2-3", "w.tmp-x"}));
}

TEST_F(CoreFiles, LinksAreFollowedAndDevicesWrittenDirectly) {
  write("real", "old");
  ASSERT_EQ(symlink(path("real").c_str(), path("link").c_str()), 0);
  nncc_file *file;
  ASSERT_EQ(nncc_file_create(path("link").c_str(), &file, nullptr), NNCC_OK);
  nncc_file_write(file, "new", 3, nullptr);
  ASSERT_EQ(nncc_file_commit(file, nullptr), NNCC_OK);
  EXPECT_EQ(read("real"), "new");
  ASSERT_EQ(nncc_file_create("/dev/null", &file, nullptr), NNCC_OK);
  nncc_file_write(file, "new", 3, nullptr);
  EXPECT_EQ(nncc_file_commit(file, nullptr), NNCC_OK);
  struct stat info;
  ASSERT_EQ(stat("/dev/null", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
}

TEST_F(CoreFiles, UnwritablePlacesAreErrors) {
  nncc_file *file;
  for (const std::string &bad : {path("no/such/place"), directory, std::string("")}) {
    Message message;
    EXPECT_EQ(nncc_file_check(bad.c_str(), &message.raw), NNCC_ERROR_WRITE) << bad;
    EXPECT_NE(message.text().find("cannot write '" + bad + "'"), std::string::npos) << message.text();
    EXPECT_EQ(nncc_file_create(bad.c_str(), &file, nullptr), NNCC_ERROR_WRITE);
    EXPECT_EQ(file, nullptr);
  }
  if (access("/dev/full", W_OK) == 0) {
    ASSERT_EQ(nncc_file_create("/dev/full", &file, nullptr), NNCC_OK);
    nncc_file_write(file, "x", 1, nullptr);
    EXPECT_EQ(nncc_file_commit(file, nullptr), NNCC_ERROR_WRITE);
  }
}

// --- weights -------------------------------------------------------------------------------------------------------------

TEST_F(CoreFiles, WeightsRoundTrip) {
  ASSERT_EQ(nncc_instance_initialize(instance, 5, nullptr), NNCC_OK);
  std::vector<float> before(instance->parameters, instance->parameters + program.parameter_floats);
  ASSERT_EQ(nncc_weights_save(instance, path("w").c_str(), nullptr), NNCC_OK);
  std::string bytes = read("w");
  // Sorted by name, starting at a multiple of 8, padded with blanks.
  EXPECT_EQ(bytes.substr(8, 66), "{\"dense/bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},\"d");
  uint64_t header;
  memcpy(&header, bytes.data(), 8);
  EXPECT_EQ(header % 8, 0u);
  EXPECT_EQ(bytes.size(), 8 + header + 15 * 4);
  nncc_instance_initialize(instance, 6, nullptr);
  Message message;
  ASSERT_EQ(nncc_weights_load(instance, path("w").c_str(), &message.raw), NNCC_OK) << message.text();
  EXPECT_EQ(before, std::vector<float>(instance->parameters, instance->parameters + program.parameter_floats));
}

TEST_F(CoreFiles, MisfitsAreAllListedAndNothingIsLoaded) {
  std::string header = R"({"dense/kernel":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]},"other":{"dtype":"F32","shape":[],)"
                       R"("data_offsets":[32,36]},"__metadata__":{"made":"by hand"}}   )";
  write("w", tensorFile(header, 36));
  instance->parameters[0] = 7;
  Message message;
  EXPECT_EQ(nncc_weights_load(instance, path("w").c_str(), &message.raw), NNCC_ERROR_MISMATCH);
  EXPECT_EQ(message.text(), "the weights in '" + path("w") + "' do not fit the model:\n"
                            "  shape:   'dense/kernel' is (4, 3) in the model, (4, 2) in the file\n"
                            "  missing: 'dense/bias' (3,)\n"
                            "  extra:   'other' ()");
  EXPECT_EQ(instance->parameters[0], 7);
}

TEST_F(CoreFiles, OtherTypesAreRefused) {
  write("w", tensorFile(R"({"dense/kernel":{"dtype":"F16","shape":[4,3],"data_offsets":[0,24]},)"
                        R"("dense/bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}})", 36));
  Message message;
  EXPECT_EQ(nncc_weights_load(instance, path("w").c_str(), &message.raw), NNCC_ERROR_MISMATCH);
  EXPECT_NE(message.text().find("'dense/kernel' is F16 in the file, must be F32"), std::string::npos) << message.text();
}

TEST_F(CoreFiles, MalformedFilesAreRefused) {
  auto one = [](const char *shape, const char *offsets) {
    return std::string(R"({"t":{"dtype":"F32","shape":)") + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  struct Case {
    const char *why;
    std::string bytes;
  } cases[] = {
      {"shorter than", "abc"},
      {"longer than the file", little(1000, 8) + "{}"},
      {"longer than the file", little(~0ull, 8) + "{}"},
      {"not a valid", tensorFile("{\"t\":", 0)},
      {"not a JSON object", tensorFile("[1]", 0)},
      {"lacks dtype", tensorFile(R"({"t":{"dtype":"F32","shape":[1]}})", 4)},
      {"unknown dtype", tensorFile(R"({"t":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", 4)},
      {"non-negative integers", tensorFile(one("[-1]", "[0,4]"), 4)},
      {"non-negative integers", tensorFile(one("[1.5]", "[0,4]"), 4)},
      {"size overflows", tensorFile(one("[4611686018427387904,4]", "[0,4]"), 4)},
      {"more than 8 axes", tensorFile(one("[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4)},
      {"outside the file", tensorFile(one("[2]", "[0,8]"), 4)},
      {"outside the file", tensorFile(one("[1]", "[4,0]"), 4)},
      {"outside the file", tensorFile(one("[1]", "[-4,0]"), 4)},
      {"disagree with its shape", tensorFile(one("[2]", "[0,4]"), 4)},
      {"follows a gap", tensorFile(one("[1]", "[4,8]"), 8)},
      {"bytes after", tensorFile(one("[1]", "[0,4]"), 8)},
      {"overlaps", tensorFile(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8)},
      {"duplicate", tensorFile(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8)},
      {"not a string", tensorFile(R"({"__metadata__":{"a":1}})", 0)},
  };
  for (const Case &c : cases) {
    write("w", c.bytes);
    nncc_safetensors *file;
    Message message;
    EXPECT_EQ(nncc_safetensors_open(path("w").c_str(), &file, &message.raw), NNCC_ERROR_FORMAT) << c.why;
    EXPECT_EQ(file, nullptr);
    EXPECT_NE(message.text().find(c.why), std::string::npos) << message.text();
  }
  // Cut anywhere: an error, never a crash.
  std::string whole = tensorFile(one("[4]", "[0,16]"), 16);
  for (size_t length = 0; length < whole.size(); ++length) {
    write("w", whole.substr(0, length));
    nncc_safetensors *file;
    EXPECT_EQ(nncc_safetensors_open(path("w").c_str(), &file, nullptr), NNCC_ERROR_FORMAT);
  }
  nncc_safetensors *file;
  EXPECT_EQ(nncc_safetensors_open(path("missing").c_str(), &file, nullptr), NNCC_ERROR_OPEN);
  EXPECT_EQ(nncc_safetensors_open(directory.c_str(), &file, nullptr), NNCC_ERROR_OPEN);
}

TEST_F(CoreFiles, MetadataAndEmptyTensors) {
  write("w", tensorFile(R"({"__metadata__":{"k":"v"},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)"
                        R"("s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  )", 4));
  nncc_safetensors *file;
  Message message;
  ASSERT_EQ(nncc_safetensors_open(path("w").c_str(), &file, &message.raw), NNCC_OK) << message.text();
  ASSERT_EQ(file->metadata_count, 1);
  EXPECT_STREQ(file->metadata[0].value, "v");
  EXPECT_EQ(nncc_safetensors_find(file, "s")->elements, 1);
  nncc_safetensors_close(file);
}

// --- instances -----------------------------------------------------------------------------------------------------------

TEST_F(CoreFiles, RunsAnEntryAndChecksItsCalls) {
  nncc_instance_initialize(instance, 1, nullptr);
  EXPECT_EQ(nncc_run(instance, NNCC_ENTRY_PREDICT, 2), NNCC_ERROR_ARGUMENT); // not reserved
  EXPECT_EQ(nncc_reserve(instance, NNCC_ENTRY_GRADIENTS_TRAINING, 2), NNCC_ERROR_NO_ENTRY);
  EXPECT_EQ(nncc_reserve(instance, NNCC_ENTRY_PREDICT, 0), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_reserve(instance, NNCC_ENTRY_PREDICT, INT64_MAX / 8), NNCC_ERROR_MEMORY);
  ASSERT_EQ(nncc_reserve(instance, NNCC_ENTRY_PREDICT, 2), NNCC_OK);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(instance->arena) % 64, 0u);
  const nncc_entry *entry = nncc_instance_entry(instance, NNCC_ENTRY_PREDICT);
  std::vector<float> x(2 * features, 0.0f), y(2 * classes);
  nncc_copy_in(instance, &entry->inputs[0], 2, x.data());
  ASSERT_EQ(nncc_run(instance, NNCC_ENTRY_PREDICT, 2), NNCC_OK);
  nncc_copy_out(instance, &entry->output, 2, y.data());
  for (float value : y)
    EXPECT_FLOAT_EQ(value, 1.0f / 3);
}

TEST(Instance, PartsOfARunAreTheRun) {
  nncc_program program = linearProgram();
  nncc_instance *instance;
  ASSERT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_reserve(instance, NNCC_ENTRY_TRAIN_STEP, 4), NNCC_OK);
  const nncc_entry &entry = *nncc_instance_entry(instance, NNCC_ENTRY_TRAIN_STEP);
  std::vector<float> x(4 * features, 0.5f), y{0, 1, 2, 1}, whole, parts;
  for (std::vector<float> *result : {&whole, &parts}) {
    std::fill_n(instance->parameters, program.parameter_floats, 0.25f);
    nncc_instance_scalars(instance)->learning_rate = 0.5f;
    nncc_copy_in(instance, &entry.inputs[0], 4, x.data());
    nncc_copy_in(instance, &entry.target, 4, y.data());
    if (result == &whole) {
      ASSERT_EQ(nncc_run(instance, NNCC_ENTRY_TRAIN_STEP, 4), NNCC_OK);
    } else {
      ASSERT_EQ(nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, 4, 0, entry.forward_steps), NNCC_OK);
      EXPECT_FLOAT_EQ(*nncc_region_data(instance, &entry.loss, 4), std::log(3.0f));
      EXPECT_EQ(instance->parameters[0], 0.25f); // not updated yet
      ASSERT_EQ(nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, 4, entry.forward_steps, entry.step_count), NNCC_OK);
    }
    result->assign(instance->parameters, instance->parameters + program.parameter_floats);
  }
  EXPECT_EQ(whole, parts);
  EXPECT_NE(whole[0], 0.25f);
  EXPECT_EQ(nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, 4, 0, entry.step_count + 1), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, 4, 2, 1), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, 4000, 0, 1), NNCC_ERROR_ARGUMENT);
  nncc_instance_destroy(instance);
}

/// Counts its calls in the parameters.
void countCalls(uint8_t *, float *parameters, float *, float *, int64_t, int64_t begin, int64_t, int64_t) {
  parameters[begin] += 1;
}

// Waking another thread would take longer than a small step; both run all their units once.
TEST(Instance, SmallStepsStayOnTheCallingThread) {
  nncc_program program = linearProgram();
  nncc_instance *instance;
  ASSERT_EQ(nncc_instance_create(&program, 2, &instance, nullptr), NNCC_OK);
  std::vector<float> calls(2, 0.0f);
  nncc_frame frame{nullptr, calls.data(), nullptr, nullptr, 1};
  nncc_step step{"", "count", countCalls, {2, 0}, {100, 0}, {100, 0}};
  nncc_run_step(instance, &step, &frame);
  EXPECT_EQ(calls, (std::vector<float>{1, 0}));
  for (nncc_affine *work : {&step.flops, &step.bytes}) {
    calls.assign(2, 0.0f);
    *work = {0, 10000000};
    nncc_run_step(instance, &step, &frame);
    EXPECT_EQ(calls, (std::vector<float>{1, 1}));
    *work = {100, 0};
  }
  step.units = {0, 0};
  nncc_run_step(instance, &step, &frame);
  EXPECT_EQ(calls, (std::vector<float>{1, 1}));
  nncc_instance_destroy(instance);
}

TEST(Instance, KeptStepsRunAgainOnlyWhenSomethingChanged) {
  nncc_program program = linearProgram();
  nncc_entry predict = *program.entries[NNCC_ENTRY_PREDICT], evaluate = *program.entries[NNCC_ENTRY_EVALUATE];
  nncc_step step{"", "count", countCalls, {1, 0}, {0, 0}, {0, 0}, /*kept=*/1};
  for (nncc_entry *entry : {&predict, &evaluate}) {
    entry->steps = &step;
    entry->step_count = 1;
  }
  program.entries[NNCC_ENTRY_PREDICT] = &predict;
  program.entries[NNCC_ENTRY_EVALUATE] = &evaluate;
  nncc_instance *instance;
  ASSERT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_reserve(instance, NNCC_ENTRY_EVALUATE, 4), NNCC_OK);
  ASSERT_EQ(nncc_reserve(instance, NNCC_ENTRY_PREDICT, 4), NNCC_OK);
  // How often the step runs in `runs` runs.
  auto calls = [&](nncc_entry_kind kind, int64_t batch, int runs) {
    instance->parameters[0] = 0;
    for (int i = 0; i < runs; ++i)
      EXPECT_EQ(nncc_run(instance, kind, batch), NNCC_OK);
    return instance->parameters[0];
  };
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 4, 3), 1);
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 4, 2), 0);
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 3, 2), 1);
  EXPECT_EQ(calls(NNCC_ENTRY_EVALUATE, 3, 2), 1);
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 3, 2), 1);
  nncc_instance_parameters_changed(instance);
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 3, 2), 1);
  ASSERT_EQ(nncc_instance_initialize(instance, 1, nullptr), NNCC_OK);
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 3, 2), 1);
  ASSERT_EQ(nncc_reserve(instance, NNCC_ENTRY_PREDICT, 4000), NNCC_OK); // another arena
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 3, 2), 1);
  // Training changes the parameters.
  EXPECT_EQ(nncc_reserve(instance, NNCC_ENTRY_TRAIN_STEP, 3), NNCC_OK);
  EXPECT_EQ(nncc_run(instance, NNCC_ENTRY_TRAIN_STEP, 3), NNCC_OK);
  EXPECT_EQ(calls(NNCC_ENTRY_PREDICT, 3, 2), 1);
  nncc_instance_destroy(instance);
}

TEST(Instance, RefusesOtherVersionsAndCpus) {
  nncc_program program = linearProgram();
  nncc_instance *instance;
  program.abi_version = 99;
  EXPECT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_ERROR_ABI);
  program = linearProgram();
  program.parameter_floats = 12; // the bias lies outside
  program.trainable_floats = 12;
  EXPECT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_ERROR_ABI);
  if (nncc_cpu_has("xop", 3) == 0) {
    program = linearProgram();
    program.cpu_features = "+sse3,xop,fma4";
    Message message;
    EXPECT_EQ(nncc_instance_create(&program, 1, &instance, &message.raw), NNCC_ERROR_CPU);
    EXPECT_EQ(message.text(), "this CPU lacks xop, fma4, which the model was compiled for; compile it for this one with -mcpu=");
  }
}

TEST(Cpu, Names) {
  EXPECT_EQ(nncc_cpu_check(nullptr, nullptr), NNCC_OK);
  EXPECT_EQ(nncc_cpu_check("+fast-unaligned-move,64bit,-avx512f", nullptr), NNCC_OK);
  EXPECT_EQ(nncc_cpu_has("no-such-thing", 13), -1);
#if defined(__x86_64__)
  for (const char *name : {"avx2", "fma", "avx512f", "avx512vl", "bmi2", "sse4.2"})
    SCOPED_TRACE(name);
  EXPECT_EQ(nncc_cpu_has("avx2", 4), __builtin_cpu_supports("avx2") ? 1 : 0);
  EXPECT_EQ(nncc_cpu_has("fma", 3), __builtin_cpu_supports("fma") ? 1 : 0);
  EXPECT_EQ(nncc_cpu_has("avx512f", 7), __builtin_cpu_supports("avx512f") ? 1 : 0);
  EXPECT_EQ(nncc_cpu_has("avx512vbmi2", 11), __builtin_cpu_supports("avx512vbmi2") ? 1 : 0);
  EXPECT_EQ(nncc_cpu_has("sse4.2", 6), __builtin_cpu_supports("sse4.2") ? 1 : 0);
#endif
}

TEST(Status, EveryOneHasAText) {
  for (int i = 0; i < NNCC_STATUS_COUNT; ++i)
    EXPECT_STRNE(nncc_status_string(static_cast<nncc_status>(i)), "unknown status");
}

} // namespace
