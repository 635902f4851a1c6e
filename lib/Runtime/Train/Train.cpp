// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The training loop: Keras 2.15's Model.fit.
#include "Command.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Core/Random.h"
#include "nncc/Runtime/Report/History.h"
#include "nncc/Runtime/Train/Callbacks.h"
#include <cmath>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace nncc::runtime {

namespace {

/// What is trained and validated on: ranges of sets.
struct Plan {
  Dataset data, other;
  const SampleSet *validation = nullptr;
  int64_t trainCount = 0, validationFirst = 0, validationCount = 0;
};

/// The order of an epoch's samples: Fisher and Yates' shuffle from the stream of (seed, epoch).
void shuffle(std::vector<int64_t> &order, uint64_t seed, int64_t epoch) {
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int64_t>(i);
  nncc_random random;
  nncc_random_start(&random, seed, nncc_hash_text("shuffle") + static_cast<uint64_t>(epoch));
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[nncc_random_below(&random, i)]);
}

/// What a file holds; nothing where there is none.
std::string contentsOf(const std::string &path) {
  std::string text;
  if (FILE *file = fopen(path.c_str(), "rb")) {
    char buffer[4096];
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, file)) > 0;)
      text.append(buffer, count);
    fclose(file);
  }
  return text;
}

} // namespace

void Command::train() {
  // 1. Everything that can be wrong, before the work: usage, outputs, data, weights.
  needTraining("training");
  const nncc_training &training = program->training;
  Callbacks callbacks(training);
  Metrics metrics(*program); // refuses unknown metrics
  if (options.data.empty() && !training.data)
    fail(exitUsage, "nothing to train on: the model '%s' names no data; give --data SRC", program->name);
  std::string historyPath = options.history.empty() ? callbacks.historyFile : options.history;
  OutputFile::checkPath(options.save);
  OutputFile::checkPath(historyPath);
  checkWeights();

  Plan plan;
  // --validation-data, --validation-split, the train section's own, the test part: the first of these that is given.
  std::string validationText = options.validationData;
  if (validationText.empty() && !options.validationSplit && training.validation_data)
    validationText = training.validation_data;
  if (!validationText.empty())
    parseSource(validationText, !options.validationData.empty()); // wrong usage is wrong before minutes of reading
  plan.data = load(options.data.empty() ? training.data : options.data, !options.data.empty(), false);
  plan.trainCount = plan.data.train.count;
  double split = options.validationSplit ? *options.validationSplit : training.validation_split;
  if (!validationText.empty()) {
    plan.other = load(validationText, !options.validationData.empty(), true);
    plan.validation = plan.other.hasTest ? &plan.other.test : &plan.other.train;
    plan.validationCount = plan.validation->count;
  } else if (split > 0) {
    plan.trainCount = static_cast<int64_t>(std::floor(static_cast<double>(plan.data.train.count) * (1 - split)));
    plan.validation = &plan.data.train;
    plan.validationFirst = plan.trainCount;
    plan.validationCount = plan.data.train.count - plan.trainCount;
    if (plan.trainCount < 1 || plan.validationCount < 1)
      fail(exitBadInput, "a validation split of %s leaves %lld samples to train on and %lld to validate on", shortest(split).c_str(),
           static_cast<long long>(plan.trainCount), static_cast<long long>(plan.validationCount));
  } else if (plan.data.hasTest) {
    plan.validation = &plan.data.test;
    plan.validationCount = plan.data.test.count;
  }

  int64_t batch = batchSize(plan.trainCount);
  start({batch, plan.validation != nullptr});
  const nncc_entry &run = entry(NNCC_ENTRY_TRAIN_STEP, "training");
  int64_t epochs = options.epochs ? *options.epochs : training.epochs;
  int64_t steps = (plan.trainCount + batch - 1) / batch, step = 0;
  int64_t validationBatch = plan.validation ? batchSize(plan.validationCount) : 0;
  reserve(NNCC_ENTRY_TRAIN_STEP, batch);
  if (plan.validation)
    reserve(NNCC_ENTRY_EVALUATE, validationBatch);
  double rate = options.learningRate ? *options.learningRate : nncc_call_number(&training.optimizer, "learning_rate", 0.001);
  const nncc_call constant{};
  const nncc_call &schedule = options.learningRate ? constant : training.schedule;
  scheduledRate(schedule, rate, 0); // refuses unknown schedules
  bool terminal = isatty(STDERR_FILENO) != 0;
  int verbose = options.verbose ? *options.verbose : terminal ? 1 : 2;

  // 2. Epochs.
  History history;
  std::vector<int64_t> order;
  if (training.shuffle)
    order.resize(static_cast<size_t>(plan.trainCount));
  Logs logs;
  bool stop = false;
  for (int64_t epoch = 0; epoch < epochs && !stop; ++epoch) {
    if (verbose)
      writeProgress(format("Epoch %lld/%lld\n", static_cast<long long>(epoch + 1), static_cast<long long>(epochs)));
    Progress progress(verbose, terminal, steps, now());
    if (training.shuffle)
      shuffle(order, seed(), epoch);
    metrics.reset();
    for (int64_t i = 0; i < steps; ++i, ++step) {
      int64_t part = plan.trainCount - i * batch < batch ? plan.trainCount - i * batch : batch;
      reserve(NNCC_ENTRY_TRAIN_STEP, part);
      setScalars(step, scheduledRate(schedule, rate, step));
      gather(run, plan.data.train, order.empty() ? nullptr : order.data(), i * batch, part);
      check(nncc_run(instance.get(), NNCC_ENTRY_TRAIN_STEP, part));
      float loss = lossOf(run, part);
      metrics.update(loss, nncc_region_data(instance.get(), &run.output, part), batchTargets.data(), part);
      if (callbacks.wantsBatches())
        callbacks.atBatchEnd({epoch, i, metrics.logs(), instance.get()});
      if (verbose == 1)
        writeProgress(progress.update(i + 1, metrics.logs(), now()));
      if (callbacks.terminateOnNaN && !std::isfinite(loss)) {
        if (verbose == 1)
          writeProgress("\n");
        fail(exitDiverged, "training diverged: the loss is %s in epoch %lld, batch %lld (TerminateOnNaN); try a smaller --learning-rate",
             shortest(loss).c_str(), static_cast<long long>(epoch + 1), static_cast<long long>(i + 1));
      }
      if (interrupted())
        stopIfInterrupted(format("in epoch %lld, after batch %lld of %lld; no file was written", static_cast<long long>(epoch + 1),
                                 static_cast<long long>(i + 1), static_cast<long long>(steps)),
                          verbose == 1);
    }
    logs = metrics.logs();
    if (plan.validation)
      for (auto &log : evaluateSet(*plan.validation, plan.validationFirst, plan.validationCount, validationBatch, "val_"))
        logs.push_back(std::move(log));
    callbacks.atEpochEnd({epoch, logs, instance.get(), rate, stop});
    writeProgress(progress.finish(logs, now()));
    history.add(logs);
  }
  if (!logs.empty() && !std::isfinite(logs[0].second))
    warn(format("the loss is %s: training diverged; try a smaller --learning-rate, or callbacks = [TerminateOnNaN] to stop early",
                shortest(logs[0].second).c_str()));

  // 3. Results: both files are finished before either is put in place.
  std::unique_ptr<OutputFile> weightsFile, historyFile;
  if (!options.save.empty()) {
    weightsFile = std::make_unique<OutputFile>(options.save);
    nncc_message message{};
    nncc_status status = nncc_weights_write(instance.get(), weightsFile->get(), &message);
    check(status, message);
    weightsFile->finish();
  }
  if (!historyPath.empty()) {
    historyFile = std::make_unique<OutputFile>(historyPath);
    // --history is a file of its own; CSVLogger's may go on with the one that is there.
    const bool isLoggers = options.history.empty();
    std::string before = isLoggers && callbacks.appends ? contentsOf(historyPath) : "";
    historyFile->write(before + history.csv(isLoggers ? callbacks.separator : ",", before.empty()));
    historyFile->finish();
  }
  if (weightsFile)
    weightsFile->commit();
  if (historyFile)
    historyFile->commit();
}

} // namespace nncc::runtime
