// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trainings that are stopped in every way and go on: the end has the same bits.
#include "Commands.h"
#include "nncc/Runtime/Core/Model.h"
#include "nncc/Runtime/Core/Safetensors.h"
#include "nncc/Runtime/Data/Npy.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <random>
#include <regex>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace nncc::runtime;
using namespace nncc::test;
using ::testing::HasSubstr;

namespace {

class Checkpoints : public Commands {
protected:
  void SetUp() override {
    Commands::SetUp();
    program = statefulProgram();
    program.model_hash = 17;
    program.training.callbacks = callbacks;
    program.training.callback_count = 3;
    program.training.metrics = metrics;
    program.training.metric_count = 2;
    data = clusters();
  }

  /// The arguments of a training whose end is known by its two files.
  std::vector<std::string> training(int epochs, const std::string &name, std::vector<std::string> more = {}) const {
    std::vector<std::string> all{
        "train",  "--data",          data,        "--validation-split=0.2", "--epochs", std::to_string(epochs),
        "--save", path(name + ".w"), "--history", path(name + ".csv")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  bool sameEnd(const std::string &a, const std::string &b) const {
    return !read(a + ".w").empty() && read(a + ".w") == read(b + ".w") && read(a + ".csv") == read(b + ".csv");
  }
  /// Lines of progress without their times.
  static std::string timeless(const std::string &text) {
    return std::regex_replace(text, std::regex(" [0-9]+(s|ms|us)\\b"), "");
  }
  bool hasTemporaries() const {
    std::vector<std::string> names = list();
    return std::any_of(names.begin(), names.end(),
                       [](const auto &name) { return name.find(".tmp-") != std::string::npos; });
  }

  std::string data;
  nncc_argument stopping[2] = {{"patience", 4, nullptr, 0, nullptr}, {"restore_best_weights", 1, nullptr, 0, nullptr}};
  nncc_argument plateau[2] = {{"patience", 1, nullptr, 0, nullptr}, {"min_delta", 0.05, nullptr, 0, nullptr}};
  nncc_argument logger[1] = {{"filename", NAN, "/dev/null", 0, nullptr}};
  nncc_call callbacks[3] = {
      {"EarlyStopping", 2, stopping}, {"ReduceLROnPlateau", 2, plateau}, {"CSVLogger", 1, logger}};
  nncc_argument label[1] = {{"k", 2, nullptr, 0, nullptr}};
  nncc_call metrics[2] = {{"Accuracy", 0, nullptr}, {"TopKCategoricalAccuracy", 1, label}};
};

// What a library goes on with has the same bits, too: nncc_model_load_state.
TEST_F(Checkpoints, TheCInterfaceGoesOn) {
  program.training.callback_count = 0;
  program.training.shuffle = 0;
  auto arguments = [&](const char *epochs, const char *name) {
    return std::vector<std::string>{"train", "--data", data,     "--epochs",          epochs, "--batch-size",
                                    "20",    "--seed", "123456", "--learning-rate=0.125", "--save", path(name)};
  };
  std::vector<std::string> part = arguments("2", "part.w");
  part.insert(part.end(), {"--checkpoint", path("c")});
  ASSERT_EQ(run(part).status, 0);
  ASSERT_EQ(run(arguments("3", "whole.w")).status, 0);

  const nncc_program *list[] = {&program};
  const nncc_programs programs{1, list};
  nncc_model *model;
  ASSERT_EQ(nncc_model_create(&programs, &model, nullptr), NNCC_OK);
  ASSERT_EQ(nncc_model_load_state(model, path("c").c_str()), NNCC_OK) << nncc_model_last_error(model);
  EXPECT_EQ(nncc_model_get_learning_rate(model), 0.125f);
  NpzFile arrays(path("data.npz"));
  Floats inputs = arrays.read("x").values, labels = arrays.read("y").values;
  for (size_t first : {0, 20}) {
    const float *batch[] = {inputs.data() + first * features};
    EXPECT_EQ(nncc_model_train_step(model, batch, labels.data() + first, 20, nullptr), NNCC_OK);
  }
  ASSERT_EQ(nncc_model_save(model, path("model.w").c_str()), NNCC_OK);
  nncc_model_destroy(model);
  EXPECT_EQ(read("model.w"), read("whole.w"));
}

TEST_F(Checkpoints, AResumedTrainingEndsTheSame) {
  Result whole = run(training(6, "whole"));
  ASSERT_EQ(whole.status, 0) << whole.err;
  ASSERT_EQ(run(training(2, "part", {"--checkpoint", path("c")})).status, 0);
  Result rest = run(training(6, "part", {"--resume", path("c"), "--checkpoint", path("c"), "--threads=1"}));
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_TRUE(sameEnd("whole", "part"));
  size_t third = whole.err.find("Epoch 3/6");
  ASSERT_NE(third, std::string::npos);
  EXPECT_EQ(timeless(rest.err), timeless(whole.err.substr(third)));
  // Code for another CPU may compute other bits.
  program.compiler = "another";
  EXPECT_THAT(run(training(6, "other", {"--resume", path("c")})).err,
              HasSubstr("warning: the checkpoint '" + path("c") + "' was written by code"));
  program.compiler = "by hand";
  // One that is at its end already only writes its files.
  Result done = run(training(6, "done", {"--resume", path("c")}));
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(sameEnd("whole", "done"));
  EXPECT_THAT(done.err, ::testing::Not(HasSubstr("Epoch")));
  // It is weights, too.
  Result other = run({"evaluate", "--data", data, "--weights", path("c")}),
         same = run({"evaluate", "--data", data, "--weights", path("whole.w")});
  EXPECT_EQ(other.status, 0) << other.err;
  EXPECT_EQ(other.out, same.out);
}

TEST_F(Checkpoints, EarlyStoppingStaysStopped) {
  stopping[0].number = 1;
  program.training.callback_count = 1;
  Result whole = run(training(400, "whole", {"--learning-rate=0.9"}));
  ASSERT_EQ(whole.status, 0) << whole.err;
  std::string csv = read("whole.csv");
  const auto epochs = std::count(csv.begin(), csv.end(), '\n') - 1;
  ASSERT_LT(epochs, 400);
  ASSERT_GT(epochs, 2);
  // The best weights are in the checkpoint that stands before the last epoch.
  ASSERT_EQ(
      run(training(static_cast<int>(epochs) - 1, "part", {"--learning-rate=0.9", "--checkpoint", path("c")})).status,
      0);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(
        run(training(400, "part", {"--learning-rate=0.9", "--resume", path("c"), "--checkpoint", path("c")})).status,
        0);
    EXPECT_TRUE(sameEnd("whole", "part"));
  }
}

TEST_F(Checkpoints, SignalsLeaveACheckpointWithinTheEpoch) {
  ASSERT_EQ(run(training(3000, "whole")).status, 0);
  program.training.callback_count = 2;
  program.training.callbacks = callbacks + 1; // no early end
  ASSERT_EQ(run(training(3000, "whole")).status, 0);
  for (auto [signal, status] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    Result r = run(training(3000, "part", {"--checkpoint", path("c")}), signal);
    ASSERT_EQ(r.status, status) << r.err.substr(r.err.size() > 500 ? r.err.size() - 500 : 0);
    EXPECT_THAT(r.err, ::testing::ContainsRegex(
                           "error: interrupted in epoch [0-9]+, after batch [0-9]+ of 4 - loss: .* - accuracy: .*; "
                           "no file was written but the checkpoint: go on with --resume /"));
    EXPECT_EQ(read("part.w"), "");
    ASSERT_EQ(run(training(3000, "part", {"--resume", path("c")})).status, 0);
    EXPECT_TRUE(sameEnd("whole", "part"));
    unlink(path("part.w").c_str());
  }
}

/// SIGKILL at random moments; NNCC_KILLS says how many.
TEST_F(Checkpoints, KilledAtAnyMoment) {
  const char *asked = getenv("NNCC_KILLS");
  const int wanted = asked ? atoi(asked) : 100, epochs = 60;
  program.training.callback_count = 2;
  program.training.callbacks = callbacks + 1;
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(run(training(epochs, "whole", {"--checkpoint", path("c"), "--checkpoint-steps=1"})).status, 0);
  // A share of a whole training: with a fixed time, one on a slow machine or with sanitizers would never get anywhere.
  const std::chrono::duration<double> longest = (std::chrono::steady_clock::now() - begin) / 10.0;
  std::mt19937 random(1);
  for (int kills = 0; kills < wanted;) {
    unlink(path("c").c_str());
    for (bool isDone = false; !isDone;) {
      std::vector<std::string> more{"--checkpoint", path("c"), "--checkpoint-steps=1", "--threads",
                                    std::to_string(1 + kills % 2)};
      if (access(path("c").c_str(), F_OK) == 0)
        more.insert(more.end(), {"--resume", path("c")});
      pid_t child = start(training(epochs, "part", more));
      std::this_thread::sleep_for(longest * double(random()) / double(random.max()));
      kill(child, SIGKILL);
      Result r = wait(child);
      isDone = r.status == 0;
      kills += !isDone;
      ASSERT_TRUE(isDone || r.status == 1000 + SIGKILL) << r.status << r.err;
    }
    ASSERT_TRUE(sameEnd("whole", "part")) << kills;
    ASSERT_FALSE(hasTemporaries());
    unlink(path("part.w").c_str());
  }
}

TEST_F(Checkpoints, AnotherTrainingIsRefused) {
  ASSERT_EQ(run(training(2, "part", {"--checkpoint", path("c")})).status, 0);
  std::string before = read("c");
  program.model_hash = 18;
  Result r = run({"train", "--data", data, "--epochs=4", "--batch-size=5", "--seed=3", "--learning-rate=0.25",
                  "--resume", path("c"), "--checkpoint", path("c")});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("is of another training:\n  model: expected Linear, hash 0000000000000012, found "
                               "Linear, hash 0000000000000011\n"
                               "  training data: expected 40 samples, hash "));
  EXPECT_THAT(r.err, HasSubstr("\n  validation data: expected none, found 8 samples, hash "));
  EXPECT_THAT(r.err, HasSubstr("\n  batch size: expected 5, found 8\n  seed: expected 3, found 0\n  learning rate: "
                               "expected 0.25, found 0.5\n"));
  EXPECT_EQ(read("c"), before);
  program.model_hash = 17;
  r = run(training(1, "part", {"--resume", path("c")}));
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("stands behind epoch 2, and the training is to have 1; give more --epochs"));
  r = run(training(4, "part", {"--resume", path("part.w")}));
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("is no checkpoint: it holds weights alone, from which --weights starts"));
}

/// No file, however it is damaged, does anything but exit 1 or train on.
TEST_F(Checkpoints, DamagedFilesAreRefusedWhole) {
  ASSERT_EQ(run(training(1, "part", {"--checkpoint", path("c")})).status, 0);
  const std::string good = read("c");
  auto resume = [&] { return run(training(2, "damaged", {"--resume", path("c"), "--verbose=0"})); };
  for (size_t length = 0; length < good.size(); length += 1 + good.size() / 60) {
    write("c", good.substr(0, length));
    Result r = resume();
    EXPECT_EQ(r.status, 1) << length << r.err;
  }
  EXPECT_EQ(access(path("damaged.w").c_str(), F_OK), -1);
  struct Change {
    const char *from, *to, *text;
  };
  for (const Change &change :
       {Change{"state.epoch\":\"1\"", "state.epoch\":\"7\"",
               "'history.1.learning_rate' should be there, found nothing"},
        Change{"state.epoch\":\"1\"", "state.epoch\":\"-1\"", "'epoch' should be from 0 to 100000000, found '-1'"},
        Change{"state.epoch\":\"1\"", "state.epoch\":\"x\"", "'epoch' should be an integer, found 'x'"},
        Change{"batches_done\":\"0\"", "batches_done\":\"5\"", "'batches_done' should be from 0 to 4"},
        Change{"metrics.0.sum\":\"", "metrics.0.sum\":\"z", "should be a number"},
        Change{"callbacks.0.best_weights\":\"1\"", "callbacks.0.best_weights\":\"0\"",
               "\n  extra:   'checkpoint/callbacks.0.best_weights/dense/bias'"},
        Change{"checkpoint/optimizer/0/dense/bias", "checkpoint/optimizer/1/dense/bias",
               "\n  missing: 'checkpoint/optimizer/0/dense/bias' (3,)"},
        Change{"\"F32\"", "\"I32\"", " F32 in the model, "},
        Change{"nncc_checkpoint\":\"1\"", "nncc_checkpoint\":\"2\"", "is a checkpoint of format '2', expected 1"}}) {
    std::string bad = good;
    size_t at = bad.find(change.from);
    ASSERT_NE(at, std::string::npos) << change.from;
    bad.replace(at, strlen(change.from), change.to);
    // The header's length, so that it is the change alone that is wrong.
    uint64_t header = 0;
    memcpy(&header, bad.data(), 8);
    header += strlen(change.to) - strlen(change.from);
    memcpy(bad.data(), &header, 8);
    write("c", bad);
    Result r = resume();
    EXPECT_EQ(r.status, 1);
    EXPECT_THAT(r.err, HasSubstr(change.text));
  }
  std::mt19937 random(5);
  for (int i = 0; i < 150; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
    write("c", bad);
    Result r = resume();
    EXPECT_TRUE(r.status == 0 || r.status == 1) << r.status << r.err;
  }
}

TEST_F(Checkpoints, AFileThatCannotGrowLeavesTheOldOne) {
  ASSERT_EQ(run(training(2, "part", {"--checkpoint", path("c")})).status, 0);
  std::string before = read("c");
  auto goOn = [&] { return run(training(4, "more", {"--resume", path("c"), "--checkpoint", path("c")})); };
  prepare = [] {
    rlimit limit{600, 600};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  Result r = goOn();
  EXPECT_EQ(r.status, 3) << r.err;
  EXPECT_THAT(r.err, HasSubstr("cannot write '" + path("c") + "': File too large"));
  EXPECT_EQ(read("c"), before);
  EXPECT_FALSE(hasTemporaries());
  // A folder that must not be written to. What root may do is no test.
  prepare = [] {
    if (geteuid() == 0 && setuid(65534) != 0)
      _exit(77);
  };
  chmod(path("data.npz").c_str(), 0644);
  chmod(path("c").c_str(), 0644);
  chmod(directory.c_str(), 0555);
  r = goOn();
  chmod(directory.c_str(), 0755);
  EXPECT_EQ(r.status, 3) << r.err;
  EXPECT_EQ(read("c"), before);
  prepare = nullptr;
  unlink(path("data.npz").c_str());
  r = goOn();
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("cannot read '" + path("data.npz") + "': No such file or directory"));
  EXPECT_EQ(read("c"), before);
  EXPECT_FALSE(hasTemporaries());
}

TEST_F(Checkpoints, AFullDiskLeavesTheOldOne) {
  std::string disk = path("disk");
  mkdir(disk.c_str(), 0700);
  if (mount("none", disk.c_str(), "tmpfs", 0, "size=12k") != 0) {
    rmdir(disk.c_str());
    GTEST_SKIP() << "SKIPPED: no right to mount a small tmpfs here; that a full disk leaves the old checkpoint is NOT "
                    "tested by this run";
  }
  std::string checkpoint = disk + "/c";
  EXPECT_EQ(run(training(2, "part", {"--checkpoint", checkpoint})).status, 0);
  std::string before = read("disk/c");
  EXPECT_NE(before, "");
  write("disk/filler", std::string(12 * 1024, 'x'));
  Result r = run(training(4, "more", {"--resume", checkpoint, "--checkpoint", checkpoint}));
  EXPECT_EQ(r.status, 3) << r.err;
  EXPECT_THAT(r.err, HasSubstr("No space left on device"));
  EXPECT_EQ(read("disk/c"), before);
  umount(disk.c_str());
  rmdir(disk.c_str());
}

} // namespace
