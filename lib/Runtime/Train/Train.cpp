// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Divergence.h"
#include "Tracker.h"
#include "Trainer.h"
#include "Watch.h"

#include "nncc/Runtime/Core/Random.h"
#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Report/History.h"
#include "nncc/Runtime/Report/TrainingReport.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

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
  Trainer trainer(*this);
  if (!options.report.empty())
    trainer.addObserver(std::make_unique<report::TrainingReport>(options.report));
  if (options.track)
    trainer.addObserver(std::make_unique<Tracker>(options.trackFile));
  trainer.run();
}

Trainer::Trainer(Command &command)
    : command(command), options(command.options), training(command.program->training), callbacks(training),
      augmentation(*command.program, command.seed()), metrics(*command.program) {}

void Trainer::run() {
  checkUsage();
  command.checkWeights();
  loadData();
  prepare();
  start();
  tellFailure([&] { trainToEnd(); },
              [&](const Error &error) {
                for (auto &observer : observers)
                  observer->atFailure(error.message);
              });
}

void Trainer::trainToEnd() {
  while (epoch < epochs && !isStopped)
    trainEpoch();
  callbacks.atTrainingEnd();
  // What the last update broke, no loss has shown.
  if (std::string wrong = describeBrokenWeights(*command.instance); !wrong.empty() && !hasDiverged)
    warn("at the end of the training " + wrong);
  showPredictions();
  writeFiles();
}

// --- epochs ------------------------------------------------------------------------------------------------

void Trainer::trainEpoch() {
  double start = now();
  if (verbose && epochs > 1) // as Keras does it
    writeProgress(format("Epoch %lld/%lld\n", static_cast<long long>(epoch + 1), static_cast<long long>(epochs)));
  progress = Progress(verbose, steps, start);
  if (training.shuffle)
    shuffle(order, command.seed(), epoch);
  if (batchesDone == 0) // not in an epoch that a checkpoint began
    metrics.reset();
  {
    const int64_t first = batchesDone * batch;
    BatchLoader loader({&data.data.train, order.empty() ? nullptr : order.data(), first, data.trainCount - first, batch,
                        augmentation.isEmpty() ? nullptr : &augmentation, epoch},
                       command.loaderThreads());
    while (batchesDone < steps)
      step(loader);
  }
  EpochRecord record;
  record.epoch = epoch;
  record.learningRate = scheduledRate(schedule, learningRate, globalStep() - 1);
  record.logs = finishEpoch();
  record.seconds = now() - start;
  record.layers = std::move(layerSizes);
  for (auto &observer : observers)
    observer->atEpochEnd(record);
  history.push_back(std::move(record));
  ++epoch;
  batchesDone = 0;
  if (!options.checkpoint.empty())
    saveCheckpoint();
}

void Trainer::step(BatchLoader &loader) {
  int64_t part = loader.nextSize();
  command.reserve(NNCC_ENTRY_TRAIN_STEP, part);
  command.setScalars(globalStep(), scheduledRate(schedule, learningRate, globalStep()));
  command.gather(*entry, loader);
  runStep(part);
  float loss = command.lossOf(*entry, part);
  metrics.update(loss, nncc_region_data(command.instance.get(), &entry->output, part), command.batchTargets.data(),
                 part);
  for (auto &observer : observers)
    observer->atStep(globalStep(), loss);
  if (callbacks.wantsBatches())
    callbacks.atBatchEnd({epoch, batchesDone, metrics.logs(), command.instance.get()});
  ++batchesDone;
  if (verbose == 1)
    writeProgress(progress.update(batchesDone, metrics.logs(), now()));
  stopIfInterrupted();
  if (options.checkpointSteps && globalStep() % options.checkpointSteps == 0 && batchesDone < steps)
    saveCheckpoint();
}

Logs Trainer::finishEpoch() {
  Logs logs = metrics.logs();
  if (data.validation)
    for (auto &log :
         command.evaluateSet(*data.validation, data.validationFirst, data.validationCount, validationBatch, "val_"))
      logs.push_back(std::move(log));
  stopIfInterrupted();
  callbacks.atEpochEnd({epoch, logs, command.instance.get(), learningRate, isStopped});
  writeProgress(progress.finish(logs, now()));
  return logs;
}

void Trainer::runStep(int64_t part) {
  nncc_instance *instance = command.instance.get();
  const bool measures =
      batchesDone + 1 == steps &&
      std::any_of(observers.begin(), observers.end(), [](const auto &observer) { return observer->wantsLayerSizes(); });
  std::optional<LayerSizesOf> sizes;
  if (measures)
    sizes.emplace(*command.program);
  auto run = [&](int64_t first, int64_t last) {
    auto see = [&](const nncc_watch &watch, const float *values, int64_t count) { sizes->see(watch, values, count); };
    check(sizes ? runWatched(instance, part, first, last, see)
                : nncc_run_part(instance, NNCC_ENTRY_TRAIN_STEP, part, first, last));
  };
  run(0, entry->forward_steps);
  // Before the update: a loss that is not finite is explained by the weights that it was computed with.
  if (float loss = command.lossOf(*entry, part); !std::isfinite(loss) && !hasDiverged)
    diverge(loss, part);
  run(entry->forward_steps, entry->step_count);
  hasGradients = true;
  if (sizes)
    layerSizes = sizes->finish(*instance);
}

void Trainer::diverge(float loss, int64_t part) {
  hasDiverged = true;
  double rate = scheduledRate(schedule, learningRate, globalStep());
  std::string text = format("the loss is %s in epoch %lld, batch %lld of %lld (step %lld), at a learning rate of %s",
                            shortest(loss).c_str(), static_cast<long long>(epoch + 1),
                            static_cast<long long>(batchesDone + 1), static_cast<long long>(steps),
                            static_cast<long long>(globalStep() + 1), shortest(static_cast<float>(rate)).c_str());
  text += explainDivergence({command.instance.get(), part, rate, schedule.name != nullptr, hasGradients});
  if (verbose == 1)
    writeProgress("\n");
  if (callbacks.terminateOnNaN) {
    writeProgress(format("Batch %lld: Invalid loss, terminating training\n", static_cast<long long>(batchesDone)));
    fail(exitDiverged, "training diverged: %s", text.c_str());
  }
  warn(text + "\n  callbacks = [TerminateOnNaN] would stop here");
}

void Trainer::stopIfInterrupted() {
  if (!interrupted())
    return;
  std::string where =
      format("in epoch %lld, after batch %lld of %lld%s; ", static_cast<long long>(epoch + 1),
             static_cast<long long>(batchesDone), static_cast<long long>(steps), logsText(metrics.logs()).c_str());
  if (options.checkpoint.empty()) {
    where += "no file was written, which --checkpoint FILE would change";
  } else {
    saveCheckpoint();
    where += "no file was written but the checkpoint: go on with --resume " + options.checkpoint;
  }
  runtime::stopIfInterrupted(where, verbose == 1);
}

// --- results -----------------------------------------------------------------------------------------------

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
  // The checkpoint, if there is one, is that of the last epoch.
  runtime::stopIfInterrupted("after the last epoch, before files were written" +
                             (options.checkpoint.empty() ? "" : "; --resume " + options.checkpoint + " writes them"));
}

void Trainer::writeFiles() {
  OutputFiles files;
  if (!options.save.empty()) {
    nncc_message message{};
    nncc_status status = nncc_weights_write(command.instance.get(), files.add(options.save).get(), &message);
    check(status, message);
  }
  History table;
  for (const EpochRecord &record : history)
    table.add(record.logs);
  if (!options.history.empty())
    files.add(options.history, table.csv());
  for (const HistoryFile &file : callbacks.historyFiles) {
    std::string before = file.appends ? contentsOf(file.path) : "";
    files.add(file.path, before + table.csv(file.separator, before.empty()));
  }
  for (auto &observer : observers)
    observer->atEnd(files);
  files.commit();
}

} // namespace nncc::runtime

const nncc_command nncc_command_train = {"train", "train; --save FILE keeps the weights",
                                          [](nncc::runtime::Command &command) { command.train(); }};
