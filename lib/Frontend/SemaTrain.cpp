// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The train section.

#include "Analyzer.h"

#include "nncc/Support/NearestName.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

void Analyzer::checkTrain() {
  if (tree.trains.empty())
    return;
  const ast::Train &train = tree.trains.front();
  const Signature &signature = trainSignature();
  const FrameScope scope(*this, nullptr);
  std::vector<StringRef> names;
  for (const ArgumentSpec &spec : signature)
    names.push_back(spec.name);

  std::vector<const ast::Setting *> given(signature.size(), nullptr);
  Training training;
  training.settings.assign(signature.size(), Value());
  bool misspelt = false;
  for (const ast::Setting &setting : train.settings) {
    if (setting.key.text.empty())
      continue; // a syntax error
    const Value value = evaluateIn(setting.value, nullptr);
    const size_t index = llvm::find(names, setting.key.text) - names.begin();
    if (index == names.size()) {
      misspelt = true;
      Report report = reporter.error(setting.key.where, "unknown setting '" + setting.key.text + "' of the train section");
      const StringRef nearest = nearestName(setting.key.text, names);
      if (nearest.empty())
        report.note("settings are " + llvm::join(names, ", "));
      report.hint(nearest);
      continue;
    }
    if (given[index]) {
      reporter.error(setting.key.where, "the setting '" + setting.key.text + "' is given twice")
          .note("the first stands", given[index]->key.where);
      continue;
    }
    given[index] = &setting;
    const Callee callee = {"the train section", setting.key.where, scope};
    if (std::optional<Value> converted = convert(signature[index], value, callee, reporter))
      training.settings[index] = std::move(*converted);
  }

  // What is not given has its default; optimizer and loss have none. A misspelt one is not missing as well.
  std::vector<std::string> missing;
  for (size_t i = 0; i < signature.size(); ++i) {
    if (given[i])
      continue;
    if (signature[i].isRequired()) {
      missing.push_back("'" + signature[i].name.str() + "'");
      continue;
    }
    const Bound defaults = bind({"the train section", train.keyword, scope}, {signature[i]}, {}, reporter);
    training.settings[i] = defaults.values.front();
  }
  if (!missing.empty() && !misspelt && !train.broken)
    reporter.error(train.keyword, "the train section needs " + llvm::join(missing, " and "))
        .note("as in 'optimizer = Adam' and 'loss = SparseCategoricalCrossentropy'");

  const Value &split = training.setting("validation_split");
  const auto place = [&](StringRef name) { return llvm::find(names, name) - names.begin(); };
  if (given[place("validation_data")] && given[place("validation_split")] && split.isKnown() && split.toDouble() > 0 &&
      !training.setting("validation_data").isNone())
    reporter.warning(given[place("validation_split")]->key.where,
                     "validation_split has no effect beside validation_data");
  checkLoss(training.setting("loss"));
  checkOptimizer(training.setting("optimizer"));
  checkMetrics(training.setting("metrics"), training.setting("loss"));
  checkCallbacks(training.setting("callbacks"), training.setting("optimizer"));
  checkAugmentation(training.setting("augment"));
  checkClassWeight(training.setting("class_weight"), training.setting("loss"));
  model.training = std::move(training);
}

/// A loss must fit the model's output.
void Analyzer::checkLoss(const Value &loss) {
  if (!isOutputKnown || !loss.isKnown())
    return;
  const nn::Shape &output = model.shapeOf(model.output);
  const StringRef name = loss.text();
  const Value *axis = loss.argument("axis");
  const int64_t last = output.size(); // as Keras counts, with the batch in front
  if (axis && axis->is(Value::Kind::Integer) && axis->integer != -1 && axis->integer != last)
    reporter.error(axis->where, name + " is taken along the last axis, -1 or here " + Twine(last) + ", found axis=" +
                                    Twine(axis->integer))
        .note("classes stand in the last axis of an output; Permute brings another one there");
  if ((name == "SparseCategoricalCrossentropy" || name == "CategoricalCrossentropy") && output.back() < 2) {
    Report report = reporter.error(loss.where, name + " needs one output for each of two or more classes, but the model's output is " +
                                                   nn::formatShape(output));
    if (model.output >= model.inputs.size()) {
      const Layer &layer = model.layers[model.output - model.inputs.size()];
      report.note("it comes from " + layer.spec->name + " '" + layer.name + "'", layer.where);
    }
    report.note("for two classes and one output use BinaryCrossentropy");
  }
}

/// Keras' own conditions: keras/optimizers/optimizer.py, __init__; learning_rate_schedule.py, PiecewiseConstantDecay.
void Analyzer::checkOptimizer(const Value &optimizer) {
  if (!optimizer.is(Value::Kind::Call))
    return;
  const Value *each = optimizer.argument("clipnorm"), *all = optimizer.argument("global_clipnorm");
  if (each && all && each->isNumber() && all->isNumber())
    reporter.error(all->where, "an optimizer takes clipnorm or global_clipnorm, not both")
        .note("clipnorm is given too", each->where);

  const Value *rate = optimizer.argument("learning_rate");
  if (!rate || !rate->is(Value::Kind::Call) || rate->text() != "PiecewiseConstantDecay")
    return;
  const Value *boundaries = rate->argument("boundaries"), *values = rate->argument("values");
  if (!boundaries || !values || !boundaries->is(Value::Kind::List) || !values->is(Value::Kind::List))
    return;
  const llvm::ArrayRef<Value> places = boundaries->elements();
  if (places.size() + 1 != values->elements().size())
    reporter.error(values->where, "PiecewiseConstantDecay takes one value more than boundaries, found " +
                                      Twine(values->elements().size()) + " values")
        .note("there are " + Twine(places.size()) + " boundaries", boundaries->where);
  for (size_t i = 1; i < places.size(); ++i)
    if (places[i].toDouble() <= places[i - 1].toDouble()) {
      reporter.error(places[i].where, "each boundary of PiecewiseConstantDecay is larger than the one before it, found " +
                                          describe(places[i]) + " behind " + describe(places[i - 1]));
      return;
    }
}

/// Metrics that compare numbers with the output's need them to be as many; what picks a class needs one that exists.
void Analyzer::checkMetrics(const Value &metrics, const Value &loss) {
  if (!isOutputKnown || !metrics.is(Value::Kind::List))
    return;
  const int64_t classes = model.shapeOf(model.output).back();
  for (const Value &metric : metrics.elements()) {
    if (!metric.is(Value::Kind::Call))
      continue;
    const StringRef name = metric.text();
    if (name != "Accuracy" && name != "TopKCategoricalAccuracy" && loss.isKnown() &&
        loss.text() == "SparseCategoricalCrossentropy")
      reporter.error(metric.where, name + " compares the output with targets of its shape, but the targets of "
                                          "SparseCategoricalCrossentropy are class numbers")
          .note("use CategoricalCrossentropy, which takes one-hot targets");
    const Value *thresholds = name == "AUC" ? nullptr : metric.argument("thresholds");
    if (thresholds && thresholds->is(Value::Kind::List) && thresholds->elements().size() > 1)
      reporter.error(thresholds->where, name + " has one value for each of its thresholds, and a metric has one value; found " +
                                            Twine(thresholds->elements().size()) + " thresholds")
          .note("use a metric for each, as " + name + "(thresholds=0.3, name=\"" + name.lower() + "_30\")");
    for (const StringRef argument : {"top_k", "class_id"}) {
      const Value *given = metric.argument(argument);
      if (given && given->is(Value::Kind::Integer) && given->integer > classes - (argument == "class_id" ? 1 : 0))
        reporter.error(given->where, "'" + argument + "' of " + name + " is " + Twine(given->integer) +
                                         ", but the model's output has " + Twine(classes) + " classes");
    }
  }
}

/// A callback that sets the learning rate needs one that no schedule sets.
void Analyzer::checkCallbacks(const Value &callbacks, const Value &optimizer) {
  if (!callbacks.is(Value::Kind::List) || !optimizer.is(Value::Kind::Call))
    return;
  const Value *rate = optimizer.argument("learning_rate");
  if (!rate || !rate->is(Value::Kind::Call))
    return;
  for (const Value &callback : callbacks.elements())
    if (callback.is(Value::Kind::Call) && callback.text() == "ReduceLROnPlateau")
      reporter.error(callback.where, "ReduceLROnPlateau sets the learning rate, but a schedule does so too")
          .note("the schedule stands here", rate->where);
}

/// One weight for each class that the targets may name (keras/engine/data_adapter.py, _make_class_weight_map_fn).
void Analyzer::checkClassWeight(const Value &weights, const Value &loss) {
  if (!isOutputKnown || !weights.is(Value::Kind::List))
    return;
  const nn::Shape &output = model.shapeOf(model.output);
  if (output.size() != 1) {
    reporter.error(weights.where,
                   "class_weight takes a class for each sample, but the model's output is " + nn::formatShape(output));
    return;
  }
  const int64_t count = weights.elements().size(), classes = output.back() == 1 ? 2 : output.back();
  if (loss.isKnown() && loss.text().ends_with("Crossentropy") && count != classes)
    reporter.error(weights.where, "class_weight has a number for each class, from 0; there are " + Twine(classes) +
                                      " classes, found " + Twine(count) + " numbers");
}

/// Pictures can be changed, and a factor that is a list is a range (keras/layers/preprocessing/image_preprocessing.py).
void Analyzer::checkAugmentation(const Value &augment) {
  if (!augment.is(Value::Kind::List) || augment.elements().empty())
    return;
  const bool hasPicture = llvm::any_of(model.inputs, [](const ModelInput &input) { return input.shape.size() == 3; });
  if (!hasPicture && !model.inputs.empty())
    reporter
        .error(augment.elements().front().where,
               "augment changes pictures (height x width x channels), and no input of the model is one")
        .note("'" + model.inputs.front().name + "' is " + nn::formatShape(model.inputs.front().shape),
              model.inputs.front().where);
  for (const Value &layer : augment.elements())
    for (const StringRef name : {"height_factor", "width_factor", "factor"}) {
      const Value *factor = layer.is(Value::Kind::Call) ? layer.argument(name) : nullptr;
      if (!factor || !factor->is(Value::Kind::List))
        continue;
      const llvm::ArrayRef<Value> bounds = factor->elements();
      if (bounds.empty() || bounds.size() > 2)
        reporter.error(factor->where, "'" + name + "' of " + layer.text() +
                                          " is a number or a list of a lower and an upper bound, found " +
                                          Twine(bounds.size()) + " numbers");
      else if (bounds.size() == 2 && bounds[0].toDouble() > bounds[1].toDouble())
        reporter.error(factor->where, "the lower bound of '" + name + "' of " + layer.text() +
                                          " is above the upper one, found " + describe(*factor));
    }
}
