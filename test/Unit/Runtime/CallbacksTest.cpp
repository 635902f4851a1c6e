// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Callbacks on series of values, worked by hand from Keras' rules.

#include "FakeProgram.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Train/Callbacks.h"

#include <cmath>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace nncc::runtime;
using namespace nncc::test;

namespace {

nncc_argument number(const char *name, double value) { return {name, value, nullptr, 0, nullptr}; }
nncc_argument text(const char *name, const char *value) { return {name, NAN, value, 0, nullptr}; }

struct FileForOneTest {
  char path[32] = "/tmp/nncc-test-XXXXXX";
  FileForOneTest() { close(mkstemp(path)); }
  ~FileForOneTest() { unlink(path); }
};

/// One callback, and a model that it may write and restore.
struct OneCallback {
  nncc_call call;
  nncc_training training{};
  nncc_program program = linearProgram();
  std::vector<float> parameters;
  nncc_instance instance{};
  double rate;
  bool stop = false;

  OneCallback(const char *name, const std::vector<nncc_argument> &arguments, double rate)
      : call{name, static_cast<int64_t>(arguments.size()), arguments.data()},
        parameters(static_cast<size_t>(program.parameter_floats)), rate(rate) {
    training.callback_count = 1;
    training.callbacks = &call;
    instance.program = &program;
    instance.parameters = parameters.data();
  }
  OneCallback(const OneCallback &) = delete;

  void endEpoch(Callbacks &callbacks, size_t epoch, Logs &logs) {
    callbacks.atEpochEnd({static_cast<int64_t>(epoch), logs, &instance, rate, stop});
  }
};

/// Epochs that one callback watches: parameter 0 is the epoch's number.
struct Watched {
  std::vector<double> rates; ///< behind each epoch
  double parameter;          ///< at the end
  Logs logs;                 ///< of the last epoch

  Watched(const char *name, std::vector<nncc_argument> arguments, const char *monitor, std::vector<double> values) {
    OneCallback one(name, arguments, 1);
    Callbacks callbacks(one.training);
    for (size_t epoch = 0; epoch < values.size() && !one.stop; ++epoch) {
      one.parameters[0] = static_cast<float>(epoch);
      logs = {{monitor, values[epoch]}};
      one.endEpoch(callbacks, epoch, logs);
      rates.push_back(one.rate);
    }
    parameter = one.parameters[0];
  }
  size_t epochs() const { return rates.size(); }
};

TEST(Callbacks, EarlyStopping) {
  std::vector<double> losses{5, 3, 4, 3.5, 2.9, 3, 3, 3, 3};
  // Patience 2: epochs 2 and 3 are two without progress. Restored is epoch 1.
  EXPECT_EQ(Watched("EarlyStopping", {number("patience", 2)}, "val_loss", losses).epochs(), 4u);
  EXPECT_EQ(Watched("EarlyStopping", {number("patience", 2)}, "val_loss", losses).parameter, 3);
  EXPECT_EQ(Watched("EarlyStopping", {number("patience", 2), number("restore_best_weights", 1)}, "val_loss", losses)
                .parameter,
            1);
  EXPECT_EQ(Watched("EarlyStopping", {number("patience", 3)}, "val_loss", losses).epochs(), 8u);
  // Progress of less than min_delta is none.
  EXPECT_EQ(Watched("EarlyStopping", {number("patience", 3), number("min_delta", 0.5)}, "val_loss", losses).epochs(),
            5u);
  // Patience 0 stops in epoch 2, never in the first.
  EXPECT_EQ(Watched("EarlyStopping", {}, "val_loss", losses).epochs(), 3u);
  EXPECT_EQ(Watched("EarlyStopping", {number("start_from_epoch", 4)}, "val_loss", losses).epochs(), 6u);
  // An accuracy grows; "max" says so of any value. Without the value nothing happens.
  EXPECT_EQ(Watched("EarlyStopping", {text("monitor", "accuracy")}, "accuracy", {1, 2, 3, 2, 5}).epochs(), 4u);
  EXPECT_EQ(Watched("EarlyStopping", {text("monitor", "x"), text("mode", "max")}, "x", {1, 2, 3, 2, 5}).epochs(), 4u);
  EXPECT_EQ(Watched("EarlyStopping", {}, "loss", {1, 2, 3}).epochs(), 3u);
}

TEST(Callbacks, ReduceLROnPlateau) {
  using testing::ElementsAre;
  std::vector<double> losses{5, 3, 4, 3.5, 3, 3, 3};
  Watched plain("ReduceLROnPlateau", {number("patience", 2), number("factor", 0.5)}, "val_loss", losses);
  EXPECT_THAT(plain.rates, ElementsAre(1, 1, 1, 0.5, 0.5, 0.25, 0.25));
  // The rate that the last epoch had.
  EXPECT_EQ(plain.logs.back(), (std::pair<std::string, double>{"lr", 0.25}));
  Watched cooled("ReduceLROnPlateau", {number("patience", 1), number("factor", 0.5), number("cooldown", 2)}, "val_loss",
                 losses);
  EXPECT_THAT(cooled.rates, ElementsAre(1, 1, 0.5, 0.5, 0.25, 0.25, 0.125));
  Watched bounded("ReduceLROnPlateau", {number("patience", 1), number("factor", 0.1), number("min_lr", 0.4)},
                  "val_loss", losses);
  EXPECT_THAT(bounded.rates, ElementsAre(1, 1, 0.4, 0.4, 0.4, 0.4, 0.4));
}

/// What a callback tells over epochs of these values, as `monitor`.
std::string told(const char *name, std::vector<nncc_argument> arguments, const char *monitor,
                 std::vector<double> values) {
  arguments.push_back(number("verbose", 1));
  OneCallback one(name, arguments, 0.5);
  Callbacks callbacks(one.training);
  testing::internal::CaptureStderr();
  for (size_t epoch = 0; epoch < values.size() && !one.stop; ++epoch) {
    Logs logs{{"loss", 1}, {monitor, values[epoch]}};
    one.endEpoch(callbacks, epoch, logs);
  }
  callbacks.atTrainingEnd();
  return testing::internal::GetCapturedStderr();
}

// As Keras 2.15 prints them.
TEST(Callbacks, Messages) {
  EXPECT_EQ(told("EarlyStopping", {number("patience", 1), number("restore_best_weights", 1)}, "val_loss", {2, 1, 1.5}),
            "Restoring model weights from the end of the best epoch: 2.\nEpoch 3: early stopping\n");
  EXPECT_EQ(told("EarlyStopping", {number("patience", 5)}, "val_loss", {2, 1, 1.5}), "");
  EXPECT_EQ(told("EarlyStopping", {text("monitor", "auc")}, "val_loss", {2, 1}),
            "warning: Early stopping conditioned on metric `auc` which is not available. Available metrics are: "
            "loss,val_loss\n");
  EXPECT_EQ(told("ReduceLROnPlateau", {number("patience", 1), number("factor", 0.3)}, "val_loss", {2, 2}),
            "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.15.\n");
  FileForOneTest file;
  EXPECT_EQ(
      told("ModelCheckpoint", {text("filepath", file.path), number("save_best_only", 1)}, "val_loss", {2, 3, 1.25}),
      "\nEpoch 1: val_loss improved from inf to 2.00000, saving model to " + std::string(file.path) +
          "\n\nEpoch 2: val_loss did not improve from 2.00000\n\nEpoch 3: val_loss improved from 2.00000 to 1.25000, "
          "saving model to " +
          file.path + "\n");
  EXPECT_EQ(told("ModelCheckpoint", {text("filepath", file.path)}, "val_loss", {2}),
            "\nEpoch 1: saving model to " + std::string(file.path) + "\n");
  EXPECT_EQ(told("ModelCheckpoint",
                 {text("filepath", file.path), number("save_best_only", 1), text("monitor", "val_acc")}, "val_loss",
                 {2}),
            "warning: Can save best model only with val_acc available, skipping.\n");
}

TEST(Callbacks, CheckpointPaths) {
  Logs logs{{"loss", 1.5}, {"val_loss", 0.125}};
  EXPECT_EQ(checkpointPath("w.safetensors", 4, logs), "w.safetensors");
  EXPECT_EQ(checkpointPath("w{epoch}-{epoch:03d}-{val_loss:.2f}-{loss}", 4, logs), "w5-005-0.12-1.5");
  EXPECT_EQ(checkpointPath("w{epoch}-{batch:02d}", 4, logs, 6), "w5-07");
  EXPECT_EQ(checkpointPath("{{{epoch:4}}}-{loss:07.3f}-{val_loss:.1e}-{val_loss:.0%}-{loss:.3}", 4, logs),
            "{   5}-001.500-1.2e-01-12%-1.5");
  EXPECT_THROW(checkpointPath("w{epoch:.2f", 4, logs), Error);
  EXPECT_THROW(checkpointPath("w{loss:d}", 4, logs), Error);
  EXPECT_THROW(checkpointPath("w{loss:x}", 4, logs), Error);
  EXPECT_THROW(checkpointPath("w{accuracy}", 4, logs), Error);
  EXPECT_THROW(checkpointPath("w{batch}", 4, logs), Error);
}

} // namespace
