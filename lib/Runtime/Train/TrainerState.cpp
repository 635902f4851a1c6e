// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a checkpoint holds of a training, and going on from one.
#include "Trainer.h"

#include <algorithm>

namespace nncc::runtime {

// --- what must agree ---------------------------------------------------------------------------------------

/// FNV-1a over the bytes of numbers.
static uint64_t hashFloats(uint64_t hash, const float *values, int64_t count) {
  const auto *bytes = reinterpret_cast<const unsigned char *>(values);
  for (size_t i = 0; i < static_cast<size_t>(count) * sizeof(float); ++i)
    hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash;
}

/// The number of samples, and a hash of all their labels and of some of their inputs, which does not take long for
/// large sets.
static std::string describeSamples(const SampleSet &set, int64_t first, int64_t count) {
  constexpr int64_t probes = 16;
  uint64_t hash = 0xcbf29ce484222325;
  int64_t width = set.count ? static_cast<int64_t>(set.targets.size()) / set.count : 0;
  hash = hashFloats(hash, set.targets.data() + first * width, count * width);
  std::vector<float> row;
  for (const auto &rows : set.inputs)
    for (int64_t i = 0, step = std::max<int64_t>(1, count / probes); i < count; i += step) {
      row.resize(static_cast<size_t>(rows->elements()));
      rows->read(first + i, row.data());
      hash = hashFloats(hash, row.data(), rows->elements());
    }
  return format("%lld samples, hash %016llx", static_cast<long long>(count), static_cast<unsigned long long>(hash));
}

Settings Trainer::settings() const {
  const nncc_program &program = *command.program;
  auto listText = [](const nncc_call *calls, int64_t count) {
    std::string text;
    for (int64_t i = 0; i < count; ++i)
      text += (i ? ", " : "") + callText(calls[i]);
    return "[" + text + "]";
  };
  return {
      {"model", format(NNCC_CHECKPOINT_MODEL, program.name, static_cast<unsigned long long>(program.model_hash))},
      {"training data", describeSamples(data.data.train, 0, data.trainCount)},
      {"validation data",
       data.validation ? describeSamples(*data.validation, data.validationFirst, data.validationCount) : "none"},
      {"batch size", std::to_string(batch)},
      {"seed", std::to_string(command.seed())},
      {"shuffle", training.shuffle ? "true" : "false"},
      {"optimizer", callText(training.optimizer, "learning_rate")},
      {"learning rate", schedule.name ? callText(schedule) : shortest(initialRate)},
      {"loss", callText(training.loss)},
      {"metrics", listText(training.metrics, training.metric_count)},
      {"callbacks", listText(training.callbacks, training.callback_count)},
      {"augment", listText(training.augment, training.augment_count)},
  };
}

// --- the state ---------------------------------------------------------------------------------------------

static void visitRecord(State &state, EpochRecord &record) {
  state.real("learning_rate", record.learningRate);
  state.real("seconds", record.seconds);
  auto logs = static_cast<int64_t>(record.logs.size()), layers = static_cast<int64_t>(record.layers.size());
  state.integer("logs", logs, 0, 1000);
  record.logs.resize(static_cast<size_t>(logs));
  for (int64_t i = 0; i < logs; ++i) {
    auto &[name, value] = record.logs[static_cast<size_t>(i)];
    state.text("name" + std::to_string(i), name);
    state.real("value" + std::to_string(i), value);
  }
  state.integer("layers", layers, 0, 100000);
  record.layers.resize(static_cast<size_t>(layers));
  for (int64_t i = 0; i < layers; ++i) {
    LayerSizes &layer = record.layers[static_cast<size_t>(i)];
    std::vector<double> sizes{layer.activation, layer.zeros,    layer.dead,
                              layer.weight,     layer.gradient, layer.inputGradient};
    state.text("layer" + std::to_string(i), layer.layer);
    state.reals("sizes" + std::to_string(i), sizes);
    layer = {layer.layer, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]};
  }
}

void Trainer::visitState(State &state) {
  // The bounds of what is counted with or allocated for; an epoch's record takes some bytes of the file.
  constexpr int64_t mostEpochs = 100000000;
  state.integer("epoch", epoch, 0, mostEpochs);
  state.integer("batches_done", batchesDone, 0, steps);
  state.boolean("stopped", isStopped);
  std::string code = state.reads() ? "" : describeCode();
  state.text("code", code);
  resumedCode = code;
  state.real("learning_rate", learningRate);
  if (int64_t step = globalStep(); !state.reads()) // for the C interface, which counts no epochs
    state.integer("step", step);
  for (int64_t i = 0; i < epoch; ++i) {
    if (state.reads())
      history.emplace_back();
    State::Scope scope(state, "history." + std::to_string(i));
    history[static_cast<size_t>(i)].epoch = i;
    visitRecord(state, history[static_cast<size_t>(i)]);
  }
  {
    State::Scope scope(state, "metrics");
    metrics.visitState(state);
  }
  State::Scope scope(state, "callbacks");
  callbacks.visitState(state, *command.program);
}

std::string Trainer::describeCode() const {
  auto known = [](const char *text) { return std::string(text ? text : ""); };
  return known(command.program->compiler) + ", " + known(command.program->cpu_features);
}

void Trainer::loadCheckpoint() {
  if (resumedCode != describeCode())
    warn(format("the checkpoint '%s' was written by code of another compiler or for another CPU: the last bits may "
                "differ from those of a "
                "training that was never stopped",
                options.resume.c_str()));
  resumed->load(*command.instance, resumedState);
  resumed.reset();
}

void Trainer::saveCheckpoint() {
  State state;
  visitState(state);
  writeCheckpoint(options.checkpoint, *command.instance, fixed, state);
}

void Trainer::openCheckpoint() {
  resumed = std::make_unique<Checkpoint>(options.resume);
  resumed->check(fixed);
  resumedState = resumed->state();
  visitState(resumedState);
  resumed->check(*command.program, resumedState);
  if (epoch > epochs)
    fail(exitBadInput,
         "the checkpoint '%s' stands behind epoch %lld, and the training is to have %lld; give more --epochs",
         options.resume.c_str(), static_cast<long long>(epoch), static_cast<long long>(epochs));
}

} // namespace nncc::runtime
