// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Trainer.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Core/Random.h"
#include "nncc/Runtime/Report/History.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unistd.h>

namespace nncc::runtime {

/// The order of an epoch's samples: Fisher and Yates' shuffle from the stream of (seed, epoch).
static void shuffle(std::vector<int64_t> &order, uint64_t seed, int64_t epoch) {
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int64_t>(i);
  nncc_random random;
  nncc_random_start(&random, seed, nncc_hash_text("shuffle") + static_cast<uint64_t>(epoch));
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[nncc_random_below(&random, i)]);
}

/// What a file holds; nothing where there is none.
static std::string contentsOf(const std::string &path) {
  std::string text;
  if (FILE *file = fopen(path.c_str(), "rb")) {
    char buffer[4096];
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, file)) > 0;)
      text.append(buffer, count);
    fclose(file);
  }
  return text;
}

void Command::train() {
  needTraining("training");
  Trainer(*this).run();
}

Trainer::Trainer(Command &command)
    : command(command), options(command.options), training(command.program->training), callbacks(training),
      metrics(*command.program) {}

void Trainer::run() {
  checkOutputs();
  command.checkWeights();
  loadData();
  prepare();
  while (epoch < epochs && !isStopped)
    trainEpoch();
  if (!history.empty() && !std::isfinite(history.back().logs[0].second))
    warn(format("the loss is %s: training diverged; try a smaller --learning-rate, or callbacks = [TerminateOnNaN] to stop early",
                shortest(history.back().logs[0].second).c_str()));
  showPredictions();
  writeFiles();
}

// --- before the first step: everything that can be wrong ---------------------------------------------------------------------

void Trainer::checkOutputs() const {
  if (options.data.empty() && !training.data)
    fail(exitUsage, "nothing to train on: the model '%s' names no data; give --data SRC", command.program->name);
  OutputFile::checkPath(options.save);
  OutputFile::checkPath(historyPath());
}

void Trainer::loadData() {
  // --validation-data, --validation-split, the train section's own, the test part: the first of these that is given.
  std::string validationText = options.validationData;
  if (validationText.empty() && !options.validationSplit && training.validation_data)
    validationText = training.validation_data;
  if (!validationText.empty())
    parseSource(validationText, !options.validationData.empty()); // wrong usage is wrong before minutes of reading
  data.data = command.load(options.data.empty() ? training.data : options.data, !options.data.empty(), false);
  data.trainCount = data.data.train.count;
  double split = options.validationSplit ? *options.validationSplit : training.validation_split;
  if (!validationText.empty()) {
    data.other = command.load(validationText, !options.validationData.empty(), true);
    data.validation = data.other.hasTest ? &data.other.test : &data.other.train;
    data.validationCount = data.validation->count;
  } else if (split > 0) {
    data.trainCount = static_cast<int64_t>(std::floor(static_cast<double>(data.data.train.count) * (1 - split)));
    data.validation = &data.data.train;
    data.validationFirst = data.trainCount;
    data.validationCount = data.data.train.count - data.trainCount;
    if (data.trainCount < 1 || data.validationCount < 1)
      fail(exitBadInput, "a validation split of %s leaves %lld samples to train on and %lld to validate on", shortest(split).c_str(),
           static_cast<long long>(data.trainCount), static_cast<long long>(data.validationCount));
  } else if (data.data.hasTest) {
    data.validation = &data.data.test;
    data.validationCount = data.data.test.count;
  }
}

void Trainer::prepare() {
  batch = command.batchSize(data.trainCount);
  steps = (data.trainCount + batch - 1) / batch;
  epochs = options.epochs ? *options.epochs : training.epochs;
  learningRate = options.learningRate ? *options.learningRate : nncc_call_number(&training.optimizer, "learning_rate", 0.001);
  schedule = options.learningRate ? nncc_call{} : training.schedule;
  scheduledRate(schedule, learningRate, 0); // refuses unknown schedules

  command.start({batch, data.validation != nullptr});
  entry = &command.entry(NNCC_ENTRY_TRAIN_STEP, "training");
  command.reserve(NNCC_ENTRY_TRAIN_STEP, batch);
  if (data.validation) {
    validationBatch = command.batchSize(data.validationCount);
    command.reserve(NNCC_ENTRY_EVALUATE, validationBatch);
  }
  terminal = isatty(STDERR_FILENO) != 0;
  verbose = options.verbose ? *options.verbose : terminal ? 1 : 2;
  if (training.shuffle)
    order.resize(static_cast<size_t>(data.trainCount));

  const char *source = options.data.empty() ? training.data : options.data.c_str();
  std::string validationSource = options.validationData;
  if (validationSource.empty() && !options.validationSplit && training.validation_data)
    validationSource = training.validation_data;
  TrainingSetup setup{command.program, command.instance.get(), options, data.trainCount, data.validationCount, batch, steps,
                      epochs,          command.seed(),         source,  validationSource};
  for (auto &observer : observers)
    observer->atStart(setup);
}

// --- epochs ------------------------------------------------------------------------------------------------------------------

void Trainer::trainEpoch() {
  double start = now();
  if (verbose)
    writeProgress(format("Epoch %lld/%lld\n", static_cast<long long>(epoch + 1), static_cast<long long>(epochs)));
  progress = Progress(verbose, terminal, steps, start);
  if (training.shuffle)
    shuffle(order, command.seed(), epoch);
  metrics.reset();
  for (batchesDone = 0; batchesDone < steps;)
    step();
  EpochRecord record;
  record.epoch = epoch;
  record.learningRate = scheduledRate(schedule, learningRate, globalStep() - 1);
  record.logs = finishEpoch();
  record.seconds = now() - start;
  for (auto &observer : observers)
    observer->atEpochEnd(record);
  history.push_back(std::move(record));
  ++epoch;
  batchesDone = 0;
}

void Trainer::step() {
  int64_t first = batchesDone * batch, part = std::min(batch, data.trainCount - first);
  command.reserve(NNCC_ENTRY_TRAIN_STEP, part);
  command.setScalars(globalStep(), scheduledRate(schedule, learningRate, globalStep()));
  command.gather(*entry, data.data.train, order.empty() ? nullptr : order.data(), first, part);
  check(nncc_run(command.instance.get(), NNCC_ENTRY_TRAIN_STEP, part));
  float loss = command.lossOf(*entry, part);
  metrics.update(loss, nncc_region_data(command.instance.get(), &entry->output, part), command.batchTargets.data(), part);
  if (callbacks.wantsBatches())
    callbacks.atBatchEnd({epoch, batchesDone, metrics.logs(), command.instance.get()});
  ++batchesDone;
  if (verbose == 1)
    writeProgress(progress.update(batchesDone, metrics.logs(), now()));
  stopIfDiverged(loss);
  if (interrupted())
    stopIfInterrupted();
}

Logs Trainer::finishEpoch() {
  Logs logs = metrics.logs();
  if (data.validation)
    for (auto &log : command.evaluateSet(*data.validation, data.validationFirst, data.validationCount, validationBatch, "val_"))
      logs.push_back(std::move(log));
  callbacks.atEpochEnd({epoch, logs, command.instance.get(), learningRate, isStopped});
  writeProgress(progress.finish(logs, now()));
  return logs;
}

void Trainer::stopIfDiverged(float loss) {
  if (!callbacks.terminateOnNaN || std::isfinite(loss))
    return;
  if (verbose == 1)
    writeProgress("\n");
  fail(exitDiverged, "training diverged: the loss is %s in epoch %lld, batch %lld (TerminateOnNaN); try a smaller --learning-rate",
       shortest(loss).c_str(), static_cast<long long>(epoch + 1), static_cast<long long>(batchesDone));
}

void Trainer::stopIfInterrupted() {
  runtime::stopIfInterrupted(format("in epoch %lld, after batch %lld of %lld; no file was written", static_cast<long long>(epoch + 1),
                                    static_cast<long long>(batchesDone), static_cast<long long>(steps)),
                             verbose == 1);
}

// --- results -----------------------------------------------------------------------------------------------------------------

void Trainer::showPredictions() {
  std::vector<TrainingObserver *> interested;
  for (auto &observer : observers)
    if (observer->wantsPredictions())
      interested.push_back(observer.get());
  if (interested.empty())
    return;
  bool isValidated = data.validation != nullptr;
  command.evaluateSet(isValidated ? *data.validation : data.data.train, isValidated ? data.validationFirst : 0,
                      isValidated ? data.validationCount : data.trainCount, isValidated ? validationBatch : batch, "",
                      [&](const PredictionBatch &predictions) {
                        for (TrainingObserver *observer : interested)
                          observer->atPredictions(predictions);
                      });
}

void Trainer::writeFiles() {
  OutputFiles files;
  if (!options.save.empty()) {
    nncc_message message{};
    nncc_status status = nncc_weights_write(command.instance.get(), files.add(options.save).get(), &message);
    check(status, message);
  }
  if (std::string path = historyPath(); !path.empty()) {
    History table;
    for (const EpochRecord &record : history)
      table.add(record.logs);
    // --history is a file of its own; CSVLogger's may go on with the one that is there.
    const bool isLoggers = options.history.empty();
    std::string before = isLoggers && callbacks.appends ? contentsOf(path) : "";
    files.add(path, before + table.csv(isLoggers ? callbacks.separator : ",", before.empty()));
  }
  for (auto &observer : observers)
    observer->atEnd(files);
  files.commit();
}

} // namespace nncc::runtime
