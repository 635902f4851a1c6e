// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Divergence.h"
#include "Command.h"
#include "Watch.h"

#include "nncc/Runtime/Core/Initializers.h"
#include "nncc/Runtime/Data/Sort.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

namespace nncc::runtime {
namespace {

/// Inputs beyond this are no data that initial weights are made for.
constexpr float largeInput = 30;
/// Gradients beyond this are worth clipping.
constexpr float largeGradient = 1;

class Diagnosis {
public:
  explicit Diagnosis(const DivergedStep &step)
      : step(step), instance(*step.instance), program(*step.instance->program),
        entry(*nncc_instance_entry(step.instance, NNCC_ENTRY_TRAIN_STEP)) {}

  std::string text() {
    measureData();
    std::optional<std::string> first = firstInData();
    if (!first)
      first = firstInGradients();
    if (!first)
      first = firstInWeights();
    if (!first)
      first = firstInForward();
    isLossAlone = !first;
    return "\n  first that is not finite: " +
           first.value_or(format("the loss itself; what it is computed from goes up to %.3g",
                                 static_cast<double>(largestActivation))) +
           "\n  largest weights: " + largestWeights() + "\n  try: " + advice();
  }

private:
  static std::string some(const TensorSize &size) {
    return format("%lld of %lld numbers", static_cast<long long>(size.notFinite), static_cast<long long>(size.count));
  }

  /// "conv2d (Conv2D)"
  std::string describeLayer(const std::string &name) const {
    for (int64_t i = 0; i < program.layer_count; ++i)
      if (name == program.layers[i].name)
        return name + " (" + program.layers[i].class_name + ")";
    return name;
  }

  void measureData() {
    for (int64_t i = 0; i < program.input_count; ++i)
      input.add(measureRegion(entry.inputs[i]));
    if (nncc_region_elements(&entry.target, step.batch) > 0)
      target = measureRegion(entry.target);
    for (int64_t i = 0; i < program.variable_count; ++i)
      if (const nncc_variable &v = program.variables[i]; v.trainable && step.hasGradients)
        gradient.add(measure(instance.gradients + v.offset, v.elements));
  }

  TensorSize measureRegion(const nncc_region &region) const {
    return measure(nncc_region_data(&instance, &region, step.batch), nncc_region_elements(&region, step.batch));
  }

  std::optional<std::string> firstInData() {
    isDataWrong = input.notFinite || target.notFinite;
    if (input.notFinite)
      return "the batch's input, " + some(input);
    if (target.notFinite)
      return "the batch's labels, " + some(target);
    return std::nullopt;
  }

  /// Of the step before: from the last layer to the first, which is how they are computed.
  std::optional<std::string> firstInGradients() const {
    for (int64_t i = program.variable_count - 1; i >= 0 && step.hasGradients; --i) {
      const nncc_variable &v = program.variables[i];
      if (!v.trainable)
        continue;
      if (TensorSize size = measure(instance.gradients + v.offset, v.elements); size.notFinite)
        return format("the gradient of '%s' of layer %s in the step before, %s; its loss was still finite", v.path,
                      describeLayer(layerOf(program, v)).c_str(), some(size).c_str());
    }
    return std::nullopt;
  }

  std::optional<std::string> firstInWeights() const {
    for (int64_t i = 0; i < program.variable_count; ++i) {
      const nncc_variable &v = program.variables[i];
      if (TensorSize size = measure(instance.parameters + v.offset, v.elements); size.notFinite)
        return format("the weights '%s' of layer %s, %s, %s", v.path, describeLayer(layerOf(program, v)).c_str(),
                      some(size).c_str(),
                      step.hasGradients
                          ? format("made by the update of the step before; its gradients were finite, up to %.3g",
                                   static_cast<double>(gradient.largest))
                                .c_str()
                          : "with which the training began");
    }
    return std::nullopt;
  }

  /// Runs the forward part again, and looks behind every step. It gives the same activations, and moving statistics
  /// that have to be put back.
  std::optional<std::string> firstInForward() {
    std::vector<float> parameters(instance.parameters, instance.parameters + program.parameter_floats);
    std::optional<std::string> first;
    float before = input.largest; // magnitude of what was computed last
    auto see = [&](const nncc_watch &watch, const float *values, int64_t count) {
      if (first || (watch.region.offset.fixed == entry.loss.offset.fixed &&
                    watch.region.offset.per_sample == entry.loss.offset.per_sample))
        return;
      TensorSize size = measure(values, count, watch.width, watch.distance);
      if (!size.notFinite) {
        before = size.largest;
        return;
      }
      const nncc_step &at = entry.steps[watch.step];
      first = format("the output of %s (step '%s'), %s; what was computed before it goes up to %.3g",
                     *watch.layer ? ("layer " + describeLayer(watch.layer)).c_str() : "no layer",
                     at.what ? at.what : "", some(size).c_str(), static_cast<double>(before));
    };
    check(runWatched(step.instance, step.batch, 0, entry.forward_steps, see));
    std::copy(parameters.begin(), parameters.end(), instance.parameters);
    largestActivation = before;
    return first;
  }

  std::string largestWeights() const {
    constexpr size_t shown = 3;
    std::vector<std::pair<float, std::string>> sizes;
    for (int64_t i = 0; i < program.variable_count; ++i) {
      const nncc_variable &v = program.variables[i];
      TensorSize size = measure(instance.parameters + v.offset, v.elements);
      sizes.emplace_back(size.notFinite ? INFINITY : size.largest, v.path);
    }
    sortList(sizes, [](const auto &a, const auto &b) { return a.first > b.first; });
    std::string text;
    for (size_t i = 0; i < std::min(shown, sizes.size()); ++i)
      text += (i ? ", " : "") + sizes[i].second + " " +
              (std::isinf(sizes[i].first) ? "not finite" : format("%.3g", static_cast<double>(sizes[i].first)));
    return sizes.empty() ? "none" : text;
  }

  std::string rateAdvice() const {
    const char *optimizer = program.training.optimizer.name,
               *where = step.isScheduled ? ", in the schedule" : " (--learning-rate)";
    double usual = strcmp(optimizer, "SGD") == 0 ? 0.01 : 0.001; // Keras' defaults
    return step.learningRate / 10 > usual
               ? format("a learning rate of %g, the default of %s%s", usual, optimizer, where)
               : format("a learning rate of %.2g, a tenth of this step's%s", step.learningRate / 10, where);
  }

  std::string advice() const {
    if (isDataWrong)
      return "data without NaN and infinity";
    std::string text = rateAdvice();
    if (input.largest > largeInput)
      text += format("; inputs that are smaller than %.3g, e.g. Rescaling(1/255)", static_cast<double>(input.largest));
    const nncc_call &optimizer = program.training.optimizer;
    auto isSet = [&](const char *name) { return std::isfinite(nncc_call_number(&optimizer, name, NAN)); };
    bool isLarge = gradient.notFinite || gradient.largest > largeGradient;
    if (isLarge && !isSet("clipnorm") && !isSet("clipvalue") && !isSet("global_clipnorm"))
      text += format("; %s(..., clipnorm=1.0)", optimizer.name);
    const nncc_call &loss = program.training.loss;
    if (isLossAlone && strstr(loss.name, "Crossentropy") && nncc_call_number(&loss, "from_logits", 0) == 0)
      text += format("; %s(from_logits=true) behind a last layer without activation", loss.name);
    return text;
  }

  const DivergedStep &step;
  nncc_instance &instance;
  const nncc_program &program;
  const nncc_entry &entry;
  TensorSize input, target, gradient;
  float largestActivation = 0; ///< the last one's
  bool isDataWrong = false, isLossAlone = false;
};

} // namespace

std::string describeBrokenWeights(const nncc_instance &instance) {
  for (int64_t i = 0; i < instance.program->variable_count; ++i) {
    const nncc_variable &v = instance.program->variables[i];
    if (TensorSize size = measure(instance.parameters + v.offset, v.elements); size.notFinite)
      return format("the weights '%s' are not finite (%lld of %lld numbers)", v.path,
                    static_cast<long long>(size.notFinite), static_cast<long long>(size.count));
  }
  return "";
}

std::string explainDivergence(const DivergedStep &step) { return Diagnosis(step).text(); }

} // namespace nncc::runtime
