// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The training state of a model behind the C interface.
#include "Files.h"
#include "ModelFixture.h"

namespace nncc::test {
namespace {

class ModelState : public FileTest {
protected:
  void SetUp() override {
    FileTest::SetUp();
    program.training.seed = 21;
    program.model_hash = 0x1234;
  }
  /// A file of tensors of zeros with these metadata, JSON members.
  std::string file(const std::string &metadata, bool hasSlots = true) const {
    std::string header = R"({"__metadata__":{)" + metadata + "}";
    size_t at = 0;
    auto add = [&](const std::string &name, const char *shape, size_t bytes) {
      header += ",\"" + name + R"(":{"dtype":"F32","shape":)" + shape + ",\"data_offsets\":[" + std::to_string(at) + "," +
                std::to_string(at + bytes) + "]}";
      at += bytes;
    };
    for (const char *prefix : {"", "checkpoint/optimizer/0/"})
      if (!*prefix || hasSlots) {
        add(std::string(prefix) + "dense/kernel", "[4,3]", 48);
        add(std::string(prefix) + "dense/bias", "[3]", 12);
      }
    header += "}";
    return little(header.size(), 8) + header + std::string(at, '\0');
  }
  nncc_program program = statefulProgram();
};

const std::string version = R"("nncc_checkpoint":"1")", model = R"(,"setting.model":"Linear, hash 0000000000001234")",
                  seed = R"(,"setting.seed":"77")", step = R"(,"state.step":"12")",
                  rate = R"(,"state.learning_rate":"0x1.8p-3")";

TEST_F(ModelState, TrainingGoesOnBitForBit) {
  Model first(program);
  train(first, 3);
  ASSERT_EQ(nncc_model_set_learning_rate(first, 0.3f), NNCC_OK);
  ASSERT_EQ(nncc_model_save_state(first, path("s").c_str()), NNCC_OK) << first.error();
  Model second(program, {.seed = 99});
  train(second, 1);
  ASSERT_EQ(nncc_model_load_state(second, path("s").c_str()), NNCC_OK) << second.error();
  EXPECT_EQ(nncc_model_get_learning_rate(second), 0.3f);
  EXPECT_EQ(train(second, 5), train(first, 5));
  EXPECT_EQ(kernelOf(second), kernelOf(first));
  EXPECT_EQ(biasOf(second), biasOf(first));
}

TEST_F(ModelState, IsAWeightsFileToo) {
  Model trained(program), fresh(program);
  train(trained, 2);
  ASSERT_EQ(nncc_model_save_state(trained, path("s").c_str()), NNCC_OK);
  ASSERT_EQ(nncc_model_load(fresh, path("s").c_str()), NNCC_OK) << fresh.error();
  EXPECT_EQ(predict(fresh), predict(trained));
  EXPECT_NE(train(fresh, 3), train(trained, 3)); // its optimizer is another
}

TEST_F(ModelState, SchedulesGoOn) {
  nncc_argument arguments[] = {{"initial_learning_rate", 0.5, nullptr, 0, nullptr},
                               {"decay_steps", 1, nullptr, 0, nullptr},
                               {"decay_rate", 0.5, nullptr, 0, nullptr}};
  program.training.schedule = {"ExponentialDecay", 3, arguments};
  Model first(program), second(program);
  train(first, 3);
  ASSERT_EQ(nncc_model_save_state(first, path("s").c_str()), NNCC_OK);
  ASSERT_EQ(nncc_model_load_state(second, path("s").c_str()), NNCC_OK) << second.error();
  EXPECT_EQ(nncc_model_get_learning_rate(second), 0.0625f);
}

// What nncc --checkpoint writes besides is passed over.
TEST_F(ModelState, OtherEntriesAreNoMatter) {
  Model taken(program);
  write("c", file(version + model + seed + step + rate + R"(,"setting.batch size":"8","state.epoch":"3")"));
  ASSERT_EQ(nncc_model_load_state(taken, path("c").c_str()), NNCC_OK) << taken.error();
  EXPECT_EQ(nncc_model_get_learning_rate(taken), 0.1875f);
  EXPECT_EQ(kernelOf(taken), std::vector<float>(features * classes, 0.0f));
  Model expected(program, {.seed = 77});
  ASSERT_EQ(nncc_model_load_memory(expected, read("c").data(), read("c").size()), NNCC_OK) << expected.error();
  nncc_model_set_learning_rate(expected, 0.1875f);
  EXPECT_NE(train(expected, 2), train(taken, 2)); // steps 0 and 1, steps 12 and 13
}

TEST_F(ModelState, WhatIsMissingIsNamedAndNothingChanges) {
  struct Case {
    std::string bytes;
    const char *lacks;
  } cases[] = {
      {file(R"("k":"v")"), "nncc_checkpoint"},
      {file(R"("nncc_checkpoint":"2")" + model + seed + step + rate), "nncc_checkpoint"},
      {file(version + seed + step + rate), "setting.model"},
      {file(version + model + step + rate), "setting.seed"},
      {file(version + model + R"(,"setting.seed":"18446744073709551616")" + step + rate), "setting.seed"},
      {file(version + model + seed + rate), "state.step"},
      {file(version + model + seed + rate + R"(,"state.step":"-1")"), "state.step"},
      {file(version + model + seed + rate + R"(,"state.step":"1x")"), "state.step"},
      {file(version + model + seed + rate + R"(,"state.step":"")"), "state.step"},
      {file(version + model + seed + rate + R"(,"state.step":"9223372036854775807")"), "state.step"},
      {file(version + model + seed + step), "state.learning_rate"},
      {file(version + model + seed + step + rate, false), "checkpoint/optimizer/0/dense/kernel"},
  };
  Model kept(program), untouched(program);
  for (const Case &c : cases) {
    write("c", c.bytes);
    EXPECT_EQ(nncc_model_load_state(kept, path("c").c_str()), NNCC_ERROR_MISMATCH) << c.lacks;
    EXPECT_EQ(kept.error(), "'" + path("c") + "' is no training state of this model: it lacks a valid '" + c.lacks + "'");
  }
  for (const char *wrong : {"", "1", "0x", "0x1", "0x1p", "0x1p5", "0x.p+0", "0x1.8p+9999", "0x1.8p+1999", "0x1.8p+3 ", "-0x1p+0", "nan", "inf",
                            "0x1..8p+0", "0x1g.p+0", "0x1.0000000000000000p+0"}) {
    write("c", file(version + model + seed + step + R"(,"state.learning_rate":")" + wrong + "\""));
    EXPECT_EQ(nncc_model_load_state(kept, path("c").c_str()), NNCC_ERROR_MISMATCH) << wrong;
  }
  write("c", file(version + R"(,"setting.model":"Linear, hash 0000000000001235")" + seed + step + rate));
  EXPECT_EQ(nncc_model_load_state(kept, path("c").c_str()), NNCC_ERROR_MISMATCH);
  EXPECT_EQ(kept.error(), "'" + path("c") + "' is the training state of another model: expected Linear, hash 0000000000001234, "
                          "found Linear, hash 0000000000001235");
  EXPECT_EQ(nncc_model_load_state(kept, path("none").c_str()), NNCC_ERROR_OPEN);
  EXPECT_EQ(nncc_model_load_state(kept, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_load_state(nullptr, "c"), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save_state(kept, nullptr), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save_state(nullptr, "c"), NNCC_ERROR_ARGUMENT);
  EXPECT_EQ(nncc_model_save_state(kept, path("no/such/place").c_str()), NNCC_ERROR_WRITE);
  EXPECT_EQ(train(kept, 3), train(untouched, 3));
}

TEST_F(ModelState, NeedsATrainStep) {
  program.entries[NNCC_ENTRY_TRAIN_STEP] = nullptr;
  Model untrained(program);
  for (auto call : {nncc_model_load_state, +[](nncc_model *m, const char *p) { return nncc_model_save_state(m, p); }}) {
    EXPECT_EQ(call(untrained, path("s").c_str()), NNCC_ERROR_NO_ENTRY);
    EXPECT_EQ(untrained.error(), "the model was compiled without train_step: it has no training state");
  }
}

// All bits of the rate: as printf writes them, and back.
TEST_F(ModelState, RatesAreWrittenAsHexadecimal) {
  Model model(program);
  for (float value : {0.0f, 1.0f, 0.1f, 1e-45f, 3.4e38f, 0.75f}) {
    ASSERT_EQ(nncc_model_set_learning_rate(model, value), NNCC_OK);
    ASSERT_EQ(nncc_model_save_state(model, path("s").c_str()), NNCC_OK);
    char text[64];
    snprintf(text, sizeof text, R"("state.learning_rate":"%a")", static_cast<double>(value));
    EXPECT_NE(read("s").find(text), std::string::npos) << text;
    nncc_model_set_learning_rate(model, 5);
    ASSERT_EQ(nncc_model_load_state(model, path("s").c_str()), NNCC_OK) << model.error();
    EXPECT_EQ(nncc_model_get_learning_rate(model), value);
  }
}

} // namespace
} // namespace nncc::test
