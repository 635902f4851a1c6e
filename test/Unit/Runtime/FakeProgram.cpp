// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeProgram.h"

#include <cmath>

namespace nncc::test {
namespace {

// The arena: scalars, then inputs, probabilities, targets, loss; all offsets affine in the batch.
constexpr nncc_region inputRegion{{64, 0}, {0, features}};
constexpr nncc_region outputRegion{{64, 4 * features}, {0, classes}};
constexpr nncc_region targetRegion{{64, 4 * (features + classes)}, {0, 1}};
constexpr nncc_region lossRegion{{64, 4 * (features + classes + 1)}, {1, 0}};
constexpr nncc_region inputGradientRegion{{128, 4 * (features + classes + 1)}, {0, features}};
constexpr nncc_region outputGradientRegion{{128, 4 * (2 * features + classes + 1)}, {0, classes}};
constexpr nncc_affine arenaBytes{256, 4 * (2 * features + 2 * classes + 1)};
constexpr int64_t biasOffset = 16;

float *at(uint8_t *arena, const nncc_region &region, int64_t batch) {
  return reinterpret_cast<float *>(arena + region.offset.fixed + region.offset.per_sample * batch);
}

void forward(uint8_t *arena, float *parameters, float *, float *, int64_t batch, int64_t begin, int64_t end, int64_t) {
  for (int64_t i = begin; i < end; ++i) {
    const float *x = at(arena, inputRegion, batch) + i * features;
    float *y = at(arena, outputRegion, batch) + i * classes, sum = 0;
    for (int64_t c = 0; c < classes; ++c) {
      float z = parameters[biasOffset + c];
      for (int64_t k = 0; k < features; ++k)
        z += x[k] * parameters[k * classes + c];
      sum += y[c] = std::exp(z);
    }
    for (int64_t c = 0; c < classes; ++c)
      y[c] /= sum;
  }
}

void loss(uint8_t *arena, float *, float *, float *, int64_t batch, int64_t, int64_t, int64_t) {
  const float *y = at(arena, outputRegion, batch), *t = at(arena, targetRegion, batch);
  float sum = 0;
  for (int64_t i = 0; i < batch; ++i)
    sum -= std::log(y[i * classes + static_cast<int64_t>(t[i])]);
  *at(arena, lossRegion, batch) = sum / static_cast<float>(batch);
}

/// A unit is one row of the kernel's gradient, the last one the bias'.
void gradient(uint8_t *arena, float *, float *gradients, float *, int64_t batch, int64_t begin, int64_t end, int64_t) {
  const float *x = at(arena, inputRegion, batch), *y = at(arena, outputRegion, batch), *t = at(arena, targetRegion, batch);
  for (int64_t k = begin; k < end; ++k)
    for (int64_t c = 0; c < classes; ++c) {
      float sum = 0;
      for (int64_t i = 0; i < batch; ++i)
        sum += (y[i * classes + c] - (static_cast<int64_t>(t[i]) == c)) * (k < features ? x[i * features + k] : 1.0f);
      gradients[k < features ? k * classes + c : biasOffset + c] = sum / static_cast<float>(batch);
    }
}

void update(uint8_t *arena, float *parameters, float *gradients, float *, int64_t, int64_t begin, int64_t end, int64_t) {
  float rate = reinterpret_cast<nncc_scalars *>(arena)->learning_rate;
  for (int64_t i = begin; i < end; ++i)
    parameters[i] -= rate * gradients[i];
}

/// Momentum, and steps that are now longer, now shorter, as the seed and the step's number have it: what dropout depends on.
void updateWithState(uint8_t *arena, float *parameters, float *gradients, float *state, int64_t, int64_t begin, int64_t end, int64_t) {
  const auto &scalars = *reinterpret_cast<nncc_scalars *>(arena);
  float noise = 0.5f + static_cast<float>((static_cast<uint64_t>(scalars.step) * 2654435761u + scalars.seed) % 7) / 7;
  for (int64_t i = begin; i < end; ++i) {
    state[i] = 0.9f * state[i] - scalars.learning_rate * noise * gradients[i];
    parameters[i] += state[i];
  }
}

/// Not the true derivative of a softmax: gradients of a linear output, which is enough to test the plumbing.
void linearGradient(uint8_t *arena, float *parameters, float *gradients, float *, int64_t batch, int64_t, int64_t, int64_t) {
  const float *x = at(arena, inputRegion, batch), *dy = at(arena, outputGradientRegion, batch);
  float *dx = at(arena, inputGradientRegion, batch);
  for (int64_t i = 0; i < batch; ++i)
    for (int64_t k = 0; k < features; ++k) {
      dx[i * features + k] = 0;
      for (int64_t c = 0; c < classes; ++c)
        dx[i * features + k] += dy[i * classes + c] * parameters[k * classes + c];
    }
  for (int64_t c = 0; c < classes; ++c) {
    gradients[biasOffset + c] = 0;
    for (int64_t i = 0; i < batch; ++i)
      gradients[biasOffset + c] += dy[i * classes + c];
    for (int64_t k = 0; k < features; ++k) {
      gradients[k * classes + c] = 0;
      for (int64_t i = 0; i < batch; ++i)
        gradients[k * classes + c] += dy[i * classes + c] * x[i * features + k];
    }
  }
}

constexpr nncc_step forwardStep{"dense", "dense forward", forward, {0, 1}, {0, 24}, {0, 28}};
constexpr nncc_step lossStep{"", "loss", loss, {1, 0}, {0, 1}, {0, 16}};
constexpr nncc_step predictSteps[] = {forwardStep};
constexpr nncc_step evaluateSteps[] = {forwardStep, lossStep};
constexpr nncc_step trainSteps[] = {forwardStep, lossStep, {"dense", "gradient", gradient, {features + 1, 0}, {0, 30}, {0, 28}},
                                    {"", "sgd", update, {32, 0}, {64, 0}, {384, 0}}};
constexpr nncc_step statefulSteps[] = {forwardStep, lossStep, {"dense", "gradient", gradient, {features + 1, 0}, {0, 30}, {0, 28}},
                                       {"", "sgd", updateWithState, {32, 0}, {64, 0}, {384, 0}}};
constexpr nncc_step gradientSteps[] = {forwardStep, {"dense", "gradient", linearGradient, {1, 0}, {0, 48}, {0, 40}}};
constexpr nncc_region inputs[] = {inputRegion}, inputGradients[] = {inputGradientRegion};
constexpr nncc_region none{};
constexpr nncc_watch watches[] = {{"dense", 0, 0, outputRegion, classes, classes}};
constexpr nncc_entry predict{1, predictSteps, arenaBytes, 0, inputs, outputRegion, none, none, none, nullptr};
constexpr nncc_entry evaluate{2, evaluateSteps, arenaBytes, 0, inputs, outputRegion, targetRegion, lossRegion, none, nullptr};
constexpr nncc_entry trainStep{4,    trainSteps, arenaBytes, 0, inputs, outputRegion, targetRegion, lossRegion,
                               none, nullptr,    2,          1, watches};
constexpr nncc_entry statefulStep{4,    statefulSteps, arenaBytes, 0, inputs, outputRegion, targetRegion, lossRegion,
                                  none, nullptr,       2,          1, watches};
constexpr nncc_entry gradientsEntry{2,    gradientSteps, arenaBytes,           128,           inputs, outputRegion,
                                    none, none,          outputGradientRegion, inputGradients};

constexpr nncc_tensor inputTensors[] = {{"x", 1, {features}, features}};
constexpr nncc_variable variables[] = {
    {"dense/kernel", 2, {features, classes}, features * classes, 0, 1, {"GlorotUniform", 0, nullptr}, features, classes, 11},
    {"dense/bias", 1, {classes}, classes, biasOffset, 1, {"Zeros", 0, nullptr}, classes, classes, 12},
};
constexpr nncc_layer layers[] = {{"dense", "Dense", 1, {classes}, (features + 1) * classes, 24}};
constexpr nncc_argument sgdArguments[] = {{"learning_rate", 0.5, nullptr, 0, nullptr}};
constexpr nncc_call metrics[] = {{"Accuracy", 0, nullptr}};

} // namespace

nncc_program linearProgram() {
  nncc_program p{};
  p.abi_version = NNCC_ABI_VERSION;
  p.name = "Linear";
  p.compiler = "by hand";
  p.cpu = "x86-64";
  p.cpu_features = "";
  p.summary = "Model: \"Linear\"\n";
  p.input_count = 1;
  p.inputs = inputTensors;
  p.output = {"dense", 1, {classes}, classes};
  p.target = {"target", 0, {}, 1};
  p.variable_count = 2;
  p.variables = variables;
  p.parameter_floats = 32;
  p.trainable_floats = 32;
  p.training.present = 1;
  p.training.optimizer = {"SGD", 1, sgdArguments};
  p.training.loss = {"SparseCategoricalCrossentropy", 0, nullptr};
  p.training.metric_count = 1;
  p.training.metrics = metrics;
  p.training.batch_size = 8;
  p.training.epochs = 3;
  p.training.shuffle = 1;
  p.layer_count = 1;
  p.layers = layers;
  p.entries[NNCC_ENTRY_PREDICT] = &predict;
  p.entries[NNCC_ENTRY_EVALUATE] = &evaluate;
  p.entries[NNCC_ENTRY_TRAIN_STEP] = &trainStep;
  p.entries[NNCC_ENTRY_GRADIENTS] = &gradientsEntry;
  return p;
}

nncc_program statefulProgram() {
  nncc_program p = linearProgram();
  p.optimizer_slots = 1;
  p.entries[NNCC_ENTRY_TRAIN_STEP] = &statefulStep;
  return p;
}

} // namespace nncc::test
