// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Life and running of a model behind the C interface.
#include "ModelFixture.h"
#include "nncc/Runtime/Core/Cpu.h"
#include "nncc/Runtime/Core/Instance.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

namespace nncc::test {

const char *missingFeature() {
  for (const char *name : {"xop", "fma4", "avx512fp16", "amx-fp16", "avx512f"})
    if (nncc_cpu_has(name, strlen(name)) == 0)
      return name;
  return nullptr;
}

namespace {

/// A program whose steps are worth other threads.
class HeavyProgram {
public:
  HeavyProgram() : program(statefulProgram()) {
    for (int kind = 0; kind < NNCC_ENTRY_COUNT; ++kind) {
      if (!program.entries[kind])
        continue;
      entries[kind] = *program.entries[kind];
      steps[kind].assign(entries[kind].steps, entries[kind].steps + entries[kind].step_count);
      for (nncc_step &step : steps[kind])
        step.flops = {1000000000, 0};
      entries[kind].steps = steps[kind].data();
      program.entries[kind] = &entries[kind];
    }
  }
  nncc_program program;

private:
  nncc_entry entries[NNCC_ENTRY_COUNT];
  std::vector<nncc_step> steps[NNCC_ENTRY_COUNT];
};

// --- life ------------------------------------------------------------------------------------------------------

TEST(Model, StartsWithInitialValuesOfTheSeed) {
  nncc_program program = linearProgram();
  program.training.seed = 7;
  Programs programs{&program};
  nncc_model *model = nullptr;
  ASSERT_EQ(nncc_model_create(programs, &model, nullptr), NNCC_OK);
  nncc_instance *instance;
  ASSERT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_OK);
  auto expected = [&](uint64_t seed) {
    EXPECT_EQ(nncc_instance_initialize(instance, seed, nullptr), NNCC_OK);
    return std::vector<float>(instance->parameters, instance->parameters + features * classes);
  };
  EXPECT_EQ(kernelOf(model), expected(7)); // the train section's
  EXPECT_EQ(kernelOf(Model(programs, {.seed = 9})), expected(9));
  program.training.present = 0;
  EXPECT_EQ(kernelOf(Model(programs)), expected(0));
  nncc_instance_destroy(instance);
  nncc_model_destroy(model);
  nncc_model_destroy(nullptr);
}

TEST(Model, CreateChecksWhatItIsGiven) {
  nncc_program program = linearProgram();
  Programs programs{&program}, none{};
  nncc_model *model = reinterpret_cast<nncc_model *>(&program);
  EXPECT_EQ(nncc_model_create(nullptr, &model, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model, nullptr);
  EXPECT_EQ(nncc_model_create(none, &model, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_create(programs, nullptr, nullptr), NNCC_ERROR_ARGUMENT);
  program.abi_version = 99;
  EXPECT_EQ(nncc_model_create(programs, &model, nullptr), NNCC_ERROR_ABI);
  program = linearProgram();
  program.parameter_floats = program.trainable_floats = 12; // the bias lies outside
  EXPECT_EQ(nncc_model_create(programs, &model, nullptr), NNCC_ERROR_ABI);
  program = linearProgram();
  program.parameter_floats = std::numeric_limits<int64_t>::max() / 2;
  EXPECT_EQ(nncc_model_create(programs, &model, nullptr), NNCC_ERROR_MEMORY);
  program = linearProgram();
  EXPECT_EQ(Model(programs, {.max_batch = std::numeric_limits<size_t>::max()}).status, NNCC_ERROR_MEMORY);
  EXPECT_EQ(Model(programs, {.max_batch = std::numeric_limits<int64_t>::max() / 64}).status, NNCC_ERROR_MEMORY);
  nncc_variable variable = program.variables[0];
  variable.initializer.name = "Unknown";
  program.variables = &variable;
  program.variable_count = 1;
  EXPECT_EQ(nncc_model_create(programs, &model, nullptr), NNCC_ERROR_UNSUPPORTED);
  EXPECT_EQ(model, nullptr);
}

// --- running ---------------------------------------------------------------------------------------------------

TEST(Model, PredictsAsAnInstanceDoes) {
  nncc_program program = linearProgram();
  Model model(program);
  ASSERT_EQ(model.status, NNCC_OK);
  nncc_instance *instance;
  ASSERT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_OK);
  nncc_instance_initialize(instance, 0, nullptr);
  nncc_reserve(instance, NNCC_ENTRY_PREDICT, samples);
  const nncc_entry *entry = nncc_instance_entry(instance, NNCC_ENTRY_PREDICT);
  std::vector<float> x = exampleInput(), y(samples * classes);
  nncc_copy_in(instance, &entry->inputs[0], samples, x.data());
  nncc_run(instance, NNCC_ENTRY_PREDICT, samples);
  nncc_copy_out(instance, &entry->output, samples, y.data());
  EXPECT_EQ(predict(model), y);
  nncc_instance_destroy(instance);
}

TEST(Model, EvaluatesAndPassesOverWhatIsNotWanted) {
  Model model(linearProgram());
  std::vector<float> x = exampleInput(), labels = exampleLabels(), y(samples * classes);
  const float *inputs[] = {x.data()};
  float loss = -1;
  ASSERT_EQ(nncc_model_evaluate(model, inputs, labels.data(), samples, &loss, y.data()), NNCC_OK);
  EXPECT_EQ(y, predict(model));
  float expected = 0;
  for (size_t i = 0; i < samples; ++i)
    expected -= std::log(y[i * classes + static_cast<size_t>(labels[i])]);
  EXPECT_FLOAT_EQ(loss, expected / samples);
  EXPECT_EQ(nncc_model_evaluate(model, inputs, labels.data(), samples, nullptr, nullptr), NNCC_OK);
  EXPECT_EQ(nncc_model_train_step(model, inputs, labels.data(), samples, nullptr), NNCC_OK);
}

TEST(Model, GradientsOfTheOutputsSum) {
  Model model(linearProgram());
  std::vector<float> x = exampleInput(), ones(samples * classes, 1.0f), y(samples * classes), dx(samples * features);
  const float *inputs[] = {x.data()};
  float *gradients[] = {dx.data()};
  ASSERT_EQ(nncc_model_gradients(model, inputs, ones.data(), samples, y.data(), gradients), NNCC_OK);
  EXPECT_EQ(y, predict(model));
  std::vector<float> kernel = kernelOf(model);
  EXPECT_FLOAT_EQ(dx[0], kernel[0] + kernel[1] + kernel[2]); // the fake program's gradient is that of the linear part
  std::vector<float> again(dx.size());
  float *into[] = {again.data()};
  ASSERT_EQ(nncc_model_gradients(model, inputs, nullptr, samples, nullptr, into), NNCC_OK);
  EXPECT_EQ(again, dx);
  float *unwanted[] = {nullptr};
  EXPECT_EQ(nncc_model_gradients(model, inputs, nullptr, samples, nullptr, unwanted), NNCC_OK);
  EXPECT_EQ(nncc_model_gradients(model, inputs, nullptr, samples, nullptr, nullptr), NNCC_OK);
}

TEST(Model, ArgumentsAreChecked) {
  Model model(linearProgram());
  std::vector<float> x = exampleInput(), y(samples * classes);
  const float *inputs[] = {x.data()}, *missing[] = {nullptr};
  EXPECT_EQ(nncc_model_predict(nullptr, inputs, 1, y.data()), NNCC_ERROR_ARGUMENT);
  EXPECT_STREQ(nncc_model_last_error(nullptr), "");
  EXPECT_EQ(nncc_model_predict(model, nullptr, 1, y.data()), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model.error(), "the inputs are NULL");
  EXPECT_EQ(nncc_model_predict(model, missing, 1, y.data()), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model.error(), "the input 'x' is NULL");
  EXPECT_EQ(nncc_model_predict(model, inputs, 0, y.data()), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model.error(), "the batch is 0, must be 1 or more");
  EXPECT_EQ(nncc_model_predict(model, inputs, 1, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model.error(), "the output is NULL");
  EXPECT_EQ(nncc_model_evaluate(model, inputs, nullptr, 1, nullptr, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model.error(), "the labels are NULL");
  EXPECT_EQ(nncc_model_train_step(model, inputs, nullptr, 1, nullptr), NNCC_ERROR_ARGUMENT);
  for (size_t batch : {std::numeric_limits<size_t>::max(), std::numeric_limits<size_t>::max() / 2 + 1,
                       static_cast<size_t>(std::numeric_limits<int64_t>::max()), size_t{1} << 59}) {
    EXPECT_EQ(nncc_model_predict(model, inputs, batch, y.data()), NNCC_ERROR_MEMORY) << batch;
    EXPECT_EQ(model.error(), "out of memory: a batch of " + std::to_string(batch) + " does not fit");
  }
  EXPECT_EQ(predict(model).size(), y.size()); // as before
  EXPECT_EQ(model.error(), "");
}

TEST(Model, FunctionsThatWereNotCompiled) {
  nncc_program program = linearProgram();
  for (auto &entry : program.entries)
    entry = nullptr;
  Model model(program);
  ASSERT_EQ(model.status, NNCC_OK);
  std::vector<float> x = exampleInput(), labels = exampleLabels(), y(samples * classes);
  const float *inputs[] = {x.data()};
  EXPECT_EQ(nncc_model_predict(model, inputs, 1, y.data()), NNCC_ERROR_NO_ENTRY);
  EXPECT_EQ(model.error(), "the model was compiled without predict");
  EXPECT_EQ(nncc_model_evaluate(model, inputs, labels.data(), 1, nullptr, nullptr), NNCC_ERROR_NO_ENTRY);
  EXPECT_EQ(nncc_model_train_step(model, inputs, labels.data(), 1, nullptr), NNCC_ERROR_NO_ENTRY);
  EXPECT_EQ(model.error(), "the model was compiled without train_step");
  EXPECT_EQ(nncc_model_gradients(model, inputs, nullptr, 1, nullptr, nullptr), NNCC_ERROR_NO_ENTRY);
}

TEST(Model, MaxBatchIsReservedAndALimit) {
  nncc_program program = linearProgram();
  Model model(program, {.max_batch = samples});
  ASSERT_EQ(model.status, NNCC_OK);
  std::vector<float> x((samples + 1) * features), y((samples + 1) * classes);
  const float *inputs[] = {x.data()};
  for (size_t batch : {samples + 1, std::numeric_limits<size_t>::max()}) {
    EXPECT_EQ(nncc_model_predict(model, inputs, batch, y.data()), NNCC_ERROR_BATCH);
    EXPECT_EQ(model.error(), "the batch is " + std::to_string(batch) + ", the instance has memory for 5");
  }
  EXPECT_EQ(predict(model), predict(Model(program)));
  train(model, 1);
}

// --- threads ---------------------------------------------------------------------------------------------------

struct Host {
  std::atomic<size_t> calls = 0, tasks = 0;
  bool isSerial = false, isModeKept = true;
};

/// A host program's loop: threads of its own, or, as is allowed, none, in another order.
void hostLoop(void *context, size_t count, void (*task)(void *, size_t), void *argument) {
  auto &host = *static_cast<Host *>(context);
  ++host.calls;
  host.tasks += count;
  auto run = [&](size_t index) {
    task(argument, index);
    volatile float x = 1.2e-38f; // half of it is a denormal, which must not be flushed here
    x = x * 0.5f;
    if (x == 0)
      host.isModeKept = false;
  };
  std::vector<std::thread> threads;
  for (size_t index = count; index-- > 0;)
    if (host.isSerial)
      run(index);
    else
      threads.emplace_back(run, index);
  for (std::thread &thread : threads)
    thread.join();
}

TEST(Model, ResultsDoNotDependOnWhoRunsThem) {
  HeavyProgram heavy;
  Model reference(heavy.program, {.threads = 1, .seed = 3});
  std::vector<float> losses = train(reference, 4), output = predict(reference);
  for (size_t threads : {2, 3, 8}) {
    Model own(heavy.program, {.threads = threads, .seed = 3});
    EXPECT_EQ(train(own, 4), losses);
    EXPECT_EQ(predict(own), output);
    for (bool isSerial : {false, true}) {
      Host host;
      host.isSerial = isSerial;
      Model lent(heavy.program, {.threads = threads, .seed = 3, .parallel_for = hostLoop, .parallel_for_context = &host});
      ASSERT_EQ(lent.status, NNCC_OK);
      EXPECT_EQ(train(lent, 4), losses);
      EXPECT_EQ(predict(lent), output);
      EXPECT_GT(host.calls, 0u);
      EXPECT_LE(host.tasks, host.calls * threads);
      EXPECT_TRUE(host.isModeKept);
    }
  }
  Host host;
  Model alone(heavy.program, {.threads = 1, .seed = 3, .parallel_for = hostLoop, .parallel_for_context = &host});
  EXPECT_EQ(train(alone, 4), losses);
  EXPECT_EQ(host.calls, 0u); // one thread is the caller's
}

void flushes(uint8_t *, float *parameters, float *, float *, int64_t, int64_t begin, int64_t end, int64_t) {
  for (int64_t i = begin; i < end; ++i) {
    volatile float x = 1.2e-38f;
    x = x * 0.5f;
    parameters[i] = x == 0;
  }
}

TEST(Model, DenormalsAreFlushedOnTheHostsThreads) {
  HeavyProgram heavy;
  nncc_entry entry = *heavy.program.entries[NNCC_ENTRY_PREDICT];
  nncc_step step{"", "flush", flushes, {8, 0}, {1000000000, 0}, {0, 0}, 0};
  entry.steps = &step;
  heavy.program.entries[NNCC_ENTRY_PREDICT] = &entry;
  Host host;
  Model model(heavy.program, {.threads = 4, .parallel_for = hostLoop, .parallel_for_context = &host});
  predict(model);
  std::vector<float> kernel = kernelOf(model);
  kernel.resize(8);
  EXPECT_EQ(kernel, std::vector<float>(8, 1.0f));
  EXPECT_TRUE(host.isModeKept);
}

TEST(Model, TwoModelsInTwoThreads) {
  HeavyProgram heavy;
  std::vector<float> losses[2], outputs[2];
  auto work = [&](int index) {
    Model model(heavy.program, {.threads = 2, .seed = 11});
    losses[index] = train(model, 50);
    outputs[index] = predict(model);
  };
  std::thread other(work, 0);
  work(1);
  other.join();
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(outputs[0], outputs[1]);
}

// --- training --------------------------------------------------------------------------------------------------

/// What `nncc -jit train` does with each batch, by hand.
std::vector<float> trainByHand(const nncc_program &program, uint64_t seed, const std::vector<float> &rates) {
  nncc_instance *instance;
  EXPECT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_OK);
  nncc_instance_initialize(instance, seed, nullptr);
  nncc_reserve(instance, NNCC_ENTRY_TRAIN_STEP, samples);
  const nncc_entry &entry = *nncc_instance_entry(instance, NNCC_ENTRY_TRAIN_STEP);
  std::vector<float> x = exampleInput(), labels = exampleLabels(), losses;
  for (float rate : rates) {
    nncc_scalars &scalars = *nncc_instance_scalars(instance);
    scalars.seed = seed;
    scalars.step = static_cast<int64_t>(losses.size());
    scalars.learning_rate = rate;
    nncc_copy_in(instance, &entry.inputs[0], samples, x.data());
    nncc_copy_in(instance, &entry.target, samples, labels.data());
    nncc_run(instance, NNCC_ENTRY_TRAIN_STEP, samples);
    losses.push_back(*nncc_region_data(instance, &entry.loss, samples));
  }
  nncc_instance_destroy(instance);
  return losses;
}

TEST(Model, TrainsWithSeedStepAndRate) {
  nncc_program program = statefulProgram();
  program.training.seed = 5;
  Model model(program);
  EXPECT_EQ(nncc_model_get_learning_rate(model), 0.5f);
  EXPECT_EQ(train(model, 3), trainByHand(program, 5, {0.5f, 0.5f, 0.5f}));
  Model changed(program);
  std::vector<float> losses = train(changed, 1);
  ASSERT_EQ(nncc_model_set_learning_rate(changed, 0.125f), NNCC_OK);
  EXPECT_EQ(nncc_model_get_learning_rate(changed), 0.125f);
  for (float loss : train(changed, 2))
    losses.push_back(loss);
  EXPECT_EQ(losses, trainByHand(program, 5, {0.5f, 0.125f, 0.125f}));
}

TEST(Model, AScheduleSetsTheRate) {
  nncc_program program = statefulProgram();
  nncc_argument arguments[] = {{"initial_learning_rate", 0.5, nullptr, 0, nullptr},
                               {"decay_steps", 2, nullptr, 0, nullptr},
                               {"decay_rate", 0.25, nullptr, 0, nullptr}};
  program.training.schedule = {"ExponentialDecay", 3, arguments};
  Model model(program);
  EXPECT_EQ(train(model, 3), trainByHand(program, 0, {0.5f, 0.25f, 0.125f}));
  EXPECT_EQ(nncc_model_get_learning_rate(model), 0.0625f);
  EXPECT_EQ(nncc_model_set_learning_rate(model, 1), NNCC_ERROR_UNSUPPORTED);
  EXPECT_EQ(model.error(), "the schedule ExponentialDecay sets the learning rate");
  program.training.schedule.name = "Other";
  Model unknown(program);
  std::vector<float> x = exampleInput(), labels = exampleLabels(), before = kernelOf(unknown);
  const float *inputs[] = {x.data()};
  EXPECT_EQ(nncc_model_train_step(unknown, inputs, labels.data(), samples, nullptr), NNCC_ERROR_UNSUPPORTED);
  EXPECT_EQ(unknown.error(), "the learning rate schedule Other is not supported");
  EXPECT_EQ(kernelOf(unknown), before);
}

TEST(Model, LearningRatesAreNumbers) {
  nncc_program program = linearProgram();
  Model model(program);
  for (float wrong : {-1.0f, NAN, INFINITY, -INFINITY})
    EXPECT_EQ(nncc_model_set_learning_rate(model, wrong), NNCC_ERROR_ARGUMENT) << wrong;
  EXPECT_EQ(nncc_model_get_learning_rate(model), 0.5f);
  EXPECT_EQ(nncc_model_set_learning_rate(model, 0), NNCC_OK);
  EXPECT_EQ(nncc_model_set_learning_rate(nullptr, 0), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_get_learning_rate(nullptr), 0);
  program.training.present = 0;
  Model untrained(program);
  EXPECT_EQ(nncc_model_get_learning_rate(untrained), 0);
  EXPECT_EQ(nncc_model_set_learning_rate(untrained, 1), NNCC_ERROR_UNSUPPORTED);
  EXPECT_EQ(untrained.error(), "the model has no train section");
}

// --- which program ---------------------------------------------------------------------------------------------

/// NNCC_CPU while it lives.
struct ForcedCpu {
  explicit ForcedCpu(const char *name) { setenv("NNCC_CPU", name, 1); }
  ~ForcedCpu() { unsetenv("NNCC_CPU"); }
};

struct Chosen {
  nncc_status status;
  const nncc_program *program;
  std::string text;
};

Chosen choose(const nncc_programs *programs) {
  nncc_message message{};
  Chosen chosen{};
  chosen.status = nncc_select_program(programs, &chosen.program, &message);
  chosen.text = message.text ? message.text : "";
  nncc_message_free(&message);
  return chosen;
}

class Select : public ::testing::Test {
protected:
  void SetUp() override {
    missing = missingFeature();
    demanding.cpu = "demanding";
    demanding.cpu_features = missing ? missing : "";
    middle.cpu = "middle";
    plain.cpu = "plain";
  }
  nncc_program demanding = linearProgram(), middle = linearProgram(), plain = linearProgram();
  Programs programs{&demanding, &middle, &plain};
  const char *missing;
};

TEST_F(Select, TheFirstThatRunsHere) {
  EXPECT_EQ(choose(programs).program, missing ? &middle : &demanding);
  ForcedCpu empty("");
  EXPECT_EQ(choose(programs).program, missing ? &middle : &demanding);
}

TEST_F(Select, TheOneThatIsAskedFor) {
  ForcedCpu forced("plain");
  EXPECT_EQ(choose(programs).program, &plain);
  nncc_info info{};
  plain.info = &info;
  EXPECT_EQ(nncc_model_get_info(programs), &info);
}

TEST_F(Select, UnknownNamesListTheKnownOnes) {
  ForcedCpu forced("other");
  Chosen chosen = choose(programs);
  EXPECT_EQ(chosen.status, NNCC_ERROR_CPU);
  EXPECT_EQ(chosen.program, nullptr);
  EXPECT_EQ(chosen.text, "NNCC_CPU asks for 'other'; there is code for demanding, middle, plain");
  EXPECT_EQ(Model(programs).status, NNCC_ERROR_CPU);
}

TEST_F(Select, WhatIsAskedForMustRun) {
  if (!missing)
    GTEST_SKIP() << "this CPU has everything";
  ForcedCpu forced("demanding");
  Chosen chosen = choose(programs);
  EXPECT_EQ(chosen.status, NNCC_ERROR_CPU);
  EXPECT_EQ(chosen.text, "this CPU lacks " + std::string(missing) +
                             ", which the code for demanding needs that NNCC_CPU asks for; there is code for demanding, middle, plain");
}

TEST_F(Select, NoneRunsHere) {
  if (!missing)
    GTEST_SKIP() << "this CPU has everything";
  plain.cpu_features = middle.cpu_features = missing;
  Chosen chosen = choose(programs);
  EXPECT_EQ(chosen.status, NNCC_ERROR_CPU);
  EXPECT_EQ(chosen.text, "this CPU lacks " + std::string(missing) +
                             ", which the model was compiled for (demanding, middle, plain); compile it for this one with -mcpu=");
  nncc_info info{};
  plain.info = &info;
  EXPECT_EQ(nncc_model_get_info(programs), &info); // facts do not need the CPU
  EXPECT_EQ(Model(programs).status, NNCC_ERROR_CPU);
}

TEST_F(Select, OtherVersionsAreNotRead) {
  middle.abi_version = 4;
  Chosen chosen = choose(programs);
  EXPECT_EQ(chosen.status, NNCC_ERROR_ABI);
  EXPECT_EQ(chosen.text, "the compiled model has ABI version 4, this runtime needs 5; compile it again");
  EXPECT_EQ(choose(nullptr).status, NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_select_program(programs, nullptr, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_get_info(nullptr), nullptr);
}

} // namespace
} // namespace nncc::test
