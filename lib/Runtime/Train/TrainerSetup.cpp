// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens before the first step of a training: everything that can be wrong is found here.
#include "Trainer.h"

#include "nncc/Runtime/Core/Initializers.h"

#include <algorithm>
#include <cmath>
#include <unistd.h>

namespace nncc::runtime {

void Trainer::checkUsage() const {
  if (options.data.empty() && !training.data)
    fail(exitUsage, "nothing to train on: the model '%s' names no data; give --data SRC", command.program->name);
  if (!options.resume.empty() && !options.weights.empty())
    fail(exitUsage, "--resume takes the weights of its checkpoint: --weights beside it means two starts");
  if (options.checkpointSteps && options.checkpoint.empty())
    fail(exitUsage, "--checkpoint-steps needs --checkpoint FILE");
  OutputFile::checkPath(options.save);
  OutputFile::checkPath(options.history);
  OutputFile::checkPath(options.report);
  OutputFile::checkPath(options.checkpoint);
  OutputFile::checkPath(options.trackFile);
  for (const HistoryFile &file : callbacks.historyFiles)
    OutputFile::checkPath(file.path);
  if (!options.resume.empty())
    Checkpoint{options.resume}; // a wrong file is wrong before minutes of reading
}

std::string Trainer::validationSource() const {
  if (!options.validationData.empty())
    return options.validationData;
  return !options.validationSplit && training.validation_data ? training.validation_data : "";
}

void Trainer::loadData() {
  // --validation-data, --validation-split, the train section's own, the test part: the first of these that is given.
  std::string validationText = validationSource();
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
      fail(exitBadInput, "a validation split of %s leaves %lld samples to train on and %lld to validate on",
           shortest(split).c_str(), static_cast<long long>(data.trainCount),
           static_cast<long long>(data.validationCount));
  } else if (data.data.hasTest) {
    data.validation = &data.data.test;
    data.validationCount = data.data.test.count;
  }
}

void Trainer::prepare() {
  batch = command.batchSize(data.trainCount);
  steps = (data.trainCount + batch - 1) / batch;
  epochs = options.epochs ? *options.epochs : training.epochs;
  learningRate = initialRate =
      options.learningRate ? *options.learningRate : nncc_call_number(&training.optimizer, "learning_rate", 0.001);
  schedule = options.learningRate ? nncc_call{} : training.schedule;
  scheduledRate(schedule, learningRate, 0); // refuses unknown schedules
  Logs names = metrics.logs();
  if (data.validation)
    for (auto &log : metrics.logs("val_"))
      names.push_back(std::move(log));
  callbacks.check(names);
  if (training.shuffle)
    order.resize(static_cast<size_t>(data.trainCount));
  if (!options.resume.empty() || !options.checkpoint.empty())
    fixed = settings();
  if (!options.resume.empty())
    openCheckpoint();
}

void Trainer::start() {
  // Observers see predictions even where nothing is validated: on the training data.
  const bool evaluates = data.validation || std::any_of(observers.begin(), observers.end(), [](const auto &observer) {
                           return observer->wantsPredictions();
                         });
  command.start({batch, evaluates});
  entry = &command.entry(NNCC_ENTRY_TRAIN_STEP, "training");
  command.reserve(NNCC_ENTRY_TRAIN_STEP, batch);
  if (data.validation) {
    validationBatch = command.batchSize(data.validationCount);
    command.reserve(NNCC_ENTRY_EVALUATE, validationBatch);
  }
  if (resumed)
    loadCheckpoint();
  verbose = options.verbose ? *options.verbose : isatty(STDERR_FILENO) ? 1 : 2;

  command.setClassNames(data.data.classNames);
  TrainingSetup setup{command.program,
                      command.instance.get(),
                      options,
                      data.trainCount,
                      data.validationCount,
                      batch,
                      steps,
                      epochs,
                      command.seed(),
                      epoch,
                      options.data.empty() ? training.data : options.data,
                      validationSource(),
                      data.data.classNames};
  for (auto &observer : observers) {
    observer->atStart(setup);
    for (const EpochRecord &record : history)
      observer->atEpochEnd(record);
  }
}

} // namespace nncc::runtime
