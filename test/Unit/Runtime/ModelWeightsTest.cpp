// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of a model behind the C interface: files, memory, single variables, and what was compiled in.
#include "Files.h"
#include "ModelFixture.h"
#include "nncc/Runtime/Core/Weights.h"

#include <cmath>

namespace nncc::test {
namespace {

class ModelWeights : public FileTest {};

std::string saved(const nncc_model *model) {
  size_t size = 0;
  EXPECT_EQ(nncc_model_save_memory(model, nullptr, 0, &size), NNCC_ERROR_ARGUMENT);
  std::string bytes(size, '\0');
  EXPECT_EQ(nncc_model_save_memory(model, bytes.data(), bytes.size(), &size), NNCC_OK) << nncc_model_last_error(model);
  EXPECT_EQ(size, bytes.size());
  return bytes;
}

TEST_F(ModelWeights, FilesAndMemoryHaveTheSameBytes) {
  nncc_program program = linearProgram();
  Model model(program, {.seed = 3}), other(program, {.seed = 4});
  ASSERT_NE(kernelOf(model), kernelOf(other));
  ASSERT_EQ(nncc_model_save(model, path("w").c_str()), NNCC_OK);
  std::string bytes = saved(model);
  EXPECT_EQ(read("w"), bytes);
  EXPECT_EQ(list(), std::vector<std::string>{"w"});
  ASSERT_EQ(nncc_model_load_memory(other, bytes.data(), bytes.size()), NNCC_OK) << other.error();
  EXPECT_EQ(kernelOf(model), kernelOf(other));
  Model third(program, {.seed = 5});
  ASSERT_EQ(nncc_model_load(third, path("w").c_str()), NNCC_OK) << third.error();
  EXPECT_EQ(predict(third), predict(model));
}

TEST_F(ModelWeights, TheBufferMayBeTooSmall) {
  Model model(linearProgram());
  std::string bytes = saved(model), small(bytes.size() - 1, 'x');
  size_t size = 0;
  EXPECT_EQ(nncc_model_save_memory(model, small.data(), small.size(), &size), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(size, bytes.size());
  EXPECT_EQ(model.error(), "the file takes " + std::to_string(size) + " bytes, there is room for " + std::to_string(size - 1));
}

TEST_F(ModelWeights, ErrorsLeaveTheModelAsItWas) {
  Model model(linearProgram());
  std::vector<float> before = kernelOf(model);
  EXPECT_EQ(nncc_model_load(model, path("missing").c_str()), NNCC_ERROR_OPEN);
  EXPECT_EQ(model.error(), "cannot read '" + path("missing") + "': No such file or directory");
  EXPECT_EQ(nncc_model_load_memory(model, "abc", 3), NNCC_ERROR_FORMAT);
  EXPECT_EQ(model.error(), "'(memory)' is not a valid safetensors file: it is shorter than the 8 bytes of header length");
  std::string none = little(8, 8) + "{}      ";
  EXPECT_EQ(nncc_model_load_memory(model, none.data(), none.size()), NNCC_ERROR_MISMATCH);
  EXPECT_EQ(model.error(), "the weights in '(memory)' do not fit the model:\n  missing: 'dense/kernel' (4, 3)\n"
                           "  missing: 'dense/bias' (3,)");
  EXPECT_EQ(nncc_model_save(model, path("no/such/place").c_str()), NNCC_ERROR_WRITE);
  EXPECT_EQ(kernelOf(model), before);
  // Every file that ends too early.
  std::string whole = saved(model);
  for (size_t length = 0; length < whole.size(); ++length) {
    std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)); // reads behind it would be seen
    EXPECT_NE(nncc_model_load_memory(model, length ? exact.data() : "", length), NNCC_OK) << length;
  }
  size_t size;
  EXPECT_EQ(nncc_model_load(model, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_load(nullptr, "w"), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_load_memory(model, nullptr, 4), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_load_memory(nullptr, "", 0), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save(model, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save(nullptr, "w"), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save_memory(model, nullptr, 0, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save_memory(nullptr, nullptr, 0, &size), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(model.error(), "invalid argument");
}

TEST_F(ModelWeights, LongErrorsAreCutOff) {
  Model model(linearProgram());
  std::string header = "{";
  for (int i = 0; i < 100; ++i)
    header += (i ? ",\"" : "\"") + std::string(40, 'n') + std::to_string(i) + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  header += "}";
  std::string bytes = little(header.size(), 8) + header;
  EXPECT_EQ(nncc_model_load_memory(model, bytes.data(), bytes.size()), NNCC_ERROR_MISMATCH);
  EXPECT_GT(model.error().size(), 900u);
  EXPECT_LT(model.error().size(), 1024u);
}

TEST_F(ModelWeights, SingleVariables) {
  nncc_program program = linearProgram();
  Model model(program);
  std::vector<float> bias{1, 2, 3};
  ASSERT_EQ(nncc_model_set_parameter(model, "dense/bias", bias.data(), bias.size()), NNCC_OK);
  EXPECT_EQ(biasOf(model), bias);
  EXPECT_EQ(kernelOf(model), kernelOf(Model(program)));
  for (auto access : {+[](nncc_model *m, const char *p, float *v, size_t n) { return nncc_model_get_parameter(m, p, v, n); },
                      +[](nncc_model *m, const char *p, float *v, size_t n) { return nncc_model_set_parameter(m, p, v, n); }}) {
    EXPECT_EQ(access(nullptr, "dense/bias", bias.data(), 3), NNCC_ERROR_ARGUMENT);
    EXPECT_EQ(access(model, nullptr, bias.data(), 3), NNCC_ERROR_ARGUMENT);
    EXPECT_EQ(model.error(), "the path is NULL");
    EXPECT_EQ(access(model, "dense/bias", nullptr, 3), NNCC_ERROR_ARGUMENT);
    EXPECT_EQ(model.error(), "the values are NULL");
    EXPECT_EQ(access(model, "dense/other", bias.data(), 3), NNCC_ERROR_ARGUMENT);
    EXPECT_EQ(model.error(), "the model has no variable 'dense/other'");
    EXPECT_EQ(access(model, "dense/bias", bias.data(), 2), NNCC_ERROR_ARGUMENT);
    EXPECT_EQ(model.error(), "the variable 'dense/bias' has 3 elements, 2 are asked for");
  }
  EXPECT_EQ(biasOf(model), (std::vector<float>{1, 2, 3}));
}

/// Counts its runs in the first parameter behind the variables.
void countRuns(uint8_t *, float *parameters, float *, float *, int64_t, int64_t, int64_t, int64_t) { parameters[31] += 1; }

// What a run keeps is made of the parameters: whoever changes them makes it anew.
TEST_F(ModelWeights, ChangesAreSeenByTheNextRun) {
  nncc_program program = linearProgram();
  nncc_entry entry = *program.entries[NNCC_ENTRY_PREDICT];
  nncc_step steps[] = {{"", "keep", countRuns, {1, 0}, {0, 0}, {0, 0}, /*kept=*/1}, entry.steps[0]};
  entry.steps = steps;
  entry.step_count = 2;
  program.entries[NNCC_ENTRY_PREDICT] = &entry;
  nncc_variable variables[] = {program.variables[0], program.variables[1], program.variables[1]};
  variables[2].path = "runs";
  variables[2].offset = 31;
  variables[2].elements = variables[2].extents[0] = 1;
  program.variables = variables;
  program.variable_count = 3;
  Model model(program);
  auto runs = [&] {
    predict(model);
    return parameter(model, "runs", 1)[0];
  };
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(runs(), 1);
  float three = 3;
  nncc_model_set_parameter(model, "dense/bias", std::vector<float>(3, 1.0f).data(), 3);
  EXPECT_EQ(runs(), 2);
  nncc_model_set_parameter(model, "runs", &three, 1);
  EXPECT_EQ(runs(), 4);
  std::string bytes = saved(model);
  nncc_model_load_memory(model, bytes.data(), bytes.size());
  EXPECT_EQ(runs(), 5);
}

TEST_F(ModelWeights, ClassesComeAlong) {
  const std::string names = R"(["a \"b\"","\u00e4\ud83d\ude00","c\\d\n"])";
  std::string quoted;
  for (char c : names)
    quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  std::string header = R"({"__metadata__":{"classes":")" + quoted +
                       R"("},"dense/bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
                       R"("dense/kernel":{"dtype":"F32","shape":[4,3],"data_offsets":[12,60]}})";
  std::string bytes = little(header.size(), 8) + header + std::string(60, '\0');
  nncc_program program = linearProgram();
  Model model(program), other(program);
  ASSERT_EQ(nncc_model_load_memory(model, bytes.data(), bytes.size()), NNCC_OK) << model.error();
  std::string again = saved(model);
  EXPECT_NE(again.find(R"("__metadata__":{"classes":"[\"a \\\"b\\\"\",\")" "\u00e4\U0001f600" R"(\",\"c\\\\d\\u000a\"]"})"), std::string::npos)
      << again;
  ASSERT_EQ(nncc_model_load_memory(other, again.data(), again.size()), NNCC_OK);
  EXPECT_EQ(saved(other), again);

  // The same for who has no instance.
  write("w", again);
  std::vector<float> values(static_cast<size_t>(program.parameter_floats), 9.0f);
  char **classNames = nullptr;
  int64_t count = 0;
  ASSERT_EQ(nncc_weights_read(&program, path("w").c_str(), values.data(), &classNames, &count, nullptr), NNCC_OK);
  EXPECT_EQ(values, std::vector<float>(values.size(), 0.0f));
  ASSERT_EQ(count, 3);
  EXPECT_STREQ(classNames[0], "a \"b\"");
  EXPECT_STREQ(classNames[1], "\u00e4\U0001f600");
  EXPECT_STREQ(classNames[2], "c\\d\n");
  free(classNames);
  nncc_message message{};
  EXPECT_EQ(nncc_weights_read(&program, path("other").c_str(), values.data(), &classNames, &count, &message), NNCC_ERROR_OPEN);
  EXPECT_EQ(classNames, nullptr);
  nncc_message_free(&message);
}

// --- embedded weights ------------------------------------------------------------------------------------------

class EmbeddedWeights : public ::testing::Test {
protected:
  /// The numbers of which all three types have the same.
  static float number(size_t i) { return static_cast<float>(i % 9) * 0.25f - 1; }
  void SetUp() override {
    for (size_t i = 0; i < 32; ++i)
      floats[i] = number(i);
    embedded = {NNCC_STORAGE_F32, floats, 2, names};
    program.embedded = &embedded;
  }
  std::vector<float> kernel() const { return {floats, floats + features * classes}; }
  const char *names[2] = {"cat", "dog"};
  alignas(64) float floats[32];
  nncc_embedded embedded;
  nncc_program program = linearProgram();
};

TEST_F(EmbeddedWeights, AreTheFirstValues) {
  Model model(program);
  EXPECT_EQ(kernelOf(model), kernel());
  train(model, 1);
  EXPECT_NE(kernelOf(model), kernel());
  EXPECT_EQ(floats[0], number(0));
  EXPECT_NE(saved(model).find(R"([\"cat\",\"dog\"])"), std::string::npos);
}

TEST_F(EmbeddedWeights, AreReadInPlaceWhereNothingWrites) {
  program.entries[NNCC_ENTRY_TRAIN_STEP] = nullptr;
  nncc_instance *instance;
  ASSERT_EQ(nncc_instance_create(&program, 1, &instance, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_instance_start(instance, 0, nullptr), NNCC_OK);
  EXPECT_EQ(instance->parameters, floats);
  nncc_instance_destroy(instance);
  Model model(program), other(program);
  std::vector<float> before = predict(model), bias{1, 2, 3};
  ASSERT_EQ(nncc_model_set_parameter(model, "dense/bias", bias.data(), 3), NNCC_OK);
  EXPECT_EQ(biasOf(model), bias);
  EXPECT_EQ(kernelOf(model), kernel());
  EXPECT_NE(predict(model), before);
  EXPECT_EQ(floats[16], number(16));
  EXPECT_EQ(predict(other), before);
  std::string bytes = saved(model);
  ASSERT_EQ(nncc_model_load_memory(other, bytes.data(), bytes.size()), NNCC_OK);
  EXPECT_EQ(predict(other), predict(model));
  EXPECT_EQ(floats[16], number(16));
}

TEST_F(EmbeddedWeights, ShorterNumbersBecomeFloats) {
  uint16_t bfloats[32], halves[32];
  for (size_t i = 0; i < 32; ++i) {
    uint32_t bits;
    memcpy(&bits, &floats[i], 4);
    bfloats[i] = static_cast<uint16_t>(bits >> 16);
    _Float16 half = static_cast<_Float16>(floats[i]);
    memcpy(&halves[i], &half, 2);
  }
  for (bool trains : {true, false}) {
    if (!trains)
      program.entries[NNCC_ENTRY_TRAIN_STEP] = nullptr;
    embedded.storage = NNCC_STORAGE_BF16;
    embedded.values = bfloats;
    EXPECT_EQ(kernelOf(Model(program)), kernel());
    embedded.storage = NNCC_STORAGE_F16;
    embedded.values = halves;
    EXPECT_EQ(kernelOf(Model(program)), kernel());
  }
  embedded.storage = 3;
  EXPECT_EQ(Model(program).status, NNCC_ERROR_ABI);
}

// All 65536 of them.
TEST_F(EmbeddedWeights, EveryHalf) {
  std::vector<uint16_t> halves(65536);
  for (size_t i = 0; i < halves.size(); ++i)
    halves[i] = static_cast<uint16_t>(i);
  nncc_variable variable = program.variables[0];
  variable.rank = 1;
  variable.extents[0] = variable.elements = 65536;
  program.variables = &variable;
  program.variable_count = 1;
  program.parameter_floats = program.trainable_floats = 65536;
  embedded.storage = NNCC_STORAGE_F16;
  embedded.values = halves.data();
  std::vector<float> values = parameter(Model(program), "dense/kernel", 65536);
  for (size_t i = 0; i < values.size(); ++i) {
    _Float16 half;
    memcpy(&half, &halves[i], 2);
    float expected = static_cast<float>(half);
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(values[i])) << i;
    else
      EXPECT_EQ(memcmp(&expected, &values[i], 4), 0) << i;
  }
}

} // namespace
} // namespace nncc::test
