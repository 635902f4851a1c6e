// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Pipelines and layers.

#include "Analyzer.h"

#include "nncc/Support/NearestName.h"
#include "nncc/Support/SnakeCase.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

/// A source with more errors is something else, not a model: the rest is not looked at.
static constexpr size_t kMaxErrors = 1'000;

Tensors Analyzer::evaluatePipeline(const ast::Pipeline &pipeline, Frame &frame) {
  Tensors current = evaluateSource(pipeline.source, frame);
  for (const ast::Stage &stage : pipeline.stages) {
    if (isAborted)
      return Tensors::broken();
    current = applyStage(stage, current, frame);
  }
  current.isBroken |= pipeline.broken;
  return current;
}

Tensors Analyzer::evaluateSource(const ast::Source &source, Frame &frame) {
  if (source.kind == ast::Source::Kind::Name)
    return lookUpTensor(source.name, frame);
  // Where the list or parentheses do not end, what stands in them may not be what was meant.
  if (source.kind == ast::Source::Kind::Broken || !enter(source.where))
    return Tensors::broken();
  Tensors result;
  if (source.kind == ast::Source::Kind::Paren) {
    result = evaluatePipeline(source.elements[0], frame);
  } else {
    for (const ast::Pipeline &element : source.elements) {
      Tensors one = evaluatePipeline(element, frame);
      if (one.isCountKnown && one.list.size() > 1) {
        reporter.error(element.where, "an element of a list is one tensor, found " + Twine(one.list.size()));
        one = Tensors::broken();
      }
      // One tensor, whatever went wrong in it.
      result.isBroken |= one.isBroken;
      result.list.push_back(one.list.front());
    }
  }
  --depth;
  return result;
}

Tensors Analyzer::lookUpTensor(const ast::Name &name, Frame &frame) {
  if (auto found = frame.tensors.find(name.text); found != frame.tensors.end()) {
    if (auto local = frame.locals.find(name.text); local != frame.locals.end())
      local->second.isUsed = true;
    return found->second;
  }
  // A name whose own declaration was reported.
  if (auto local = frame.locals.find(name.text); local != frame.locals.end() && !frame.parameters.count(name.text))
    return Tensors::broken();
  if (frame.misdeclared.contains(name.text) || misdeclared.contains(name.text))
    return Tensors::broken();
  if (frame.parameters.count(name.text)) {
    // The tensor may be among what could not be read.
    if (frame.isIncomplete)
      return Tensors::broken();
    reporter.error(name.where, "'" + name.text + "' is a parameter, not a tensor")
        .note("a tensor parameter is written '" + name.text + ": tensor'");
    return Tensors::broken();
  }
  if (auto global = globals.find(name.text); global != globals.end()) {
    const bool isBlock = global->second.isBlock;
    global->second.isUsed = true;
    reporter.error(name.where, "'" + name.text + "' is a " + (isBlock ? "block" : "constant") + ", not a tensor")
        .note(isBlock ? "a pipeline starts with a tensor; is a '->' missing?" : "a pipeline starts with a tensor");
    return Tensors::broken();
  }
  if (findLayer(name.text)) {
    reporter.error(name.where, "'" + name.text + "' is a layer, not a tensor")
        .note("a pipeline starts with a tensor; is a '->' missing?");
    return Tensors::broken();
  }
  if (frame.body)
    for (const ast::Let &let : frame.body->lets)
      if (let.name.text == name.text && let.name.where.begin > name.where.begin) {
        reporter.error(name.where, "'" + name.text + "' is used before it is declared")
            .note("it is declared", let.name.where);
        return Tensors::broken();
      }
  if (frame.isIncomplete)
    return Tensors::broken();
  std::vector<StringRef> names;
  if (frame.tensors.size() <= kMostCandidates)
    for (const auto &tensor : frame.tensors)
      names.push_back(tensor.first());
  llvm::sort(names);
  Report report = reporter.error(name.where, "unknown tensor '" + name.text + "'");
  const StringRef nearest = nearestName(name.text, names);
  if (nearest.empty() && !names.empty())
    report.note("known here are " + llvm::join(names, ", "));
  report.hint(nearest);
  return Tensors::broken();
}

Tensors Analyzer::applyStage(const ast::Stage &stage, const Tensors &inputs, Frame &frame) {
  isAborted |= reporter.errorCount() > kMaxErrors;
  if (isAborted)
    return Tensors::broken();
  if (stage.isRepeat())
    return applyRepeat(stage, inputs, frame);
  if (stage.name.text.empty())
    return Tensors::broken();
  if (auto global = globals.find(stage.name.text); global != globals.end() && global->second.isBlock) {
    global->second.isUsed = true;
    if (stage.broken) {
      evaluateArgumentsIn(stage.arguments, &frame);
      return Tensors::broken();
    }
    const size_t index = global->second.index;
    return expandBlock(tree.blocks[index], index, stage, inputs, frame);
  }
  if (const LayerSpec *spec = findLayer(stage.name.text))
    return applyLayer(*spec, stage, inputs, frame);
  return unknownStage(stage, frame);
}

Tensors Analyzer::unknownStage(const ast::Stage &stage, Frame &frame) {
  evaluateArgumentsIn(stage.arguments, &frame);
  const StringRef name = stage.name.text;
  const bool isTensor = frame.tensors.count(name);
  auto global = globals.find(name);
  if (isTensor || frame.parameters.count(name) || global != globals.end()) {
    if (global != globals.end())
      global->second.isUsed = true;
    reporter.error(stage.name.where, "'" + name + "' is a " +
                                         (isTensor ? "tensor" : frame.parameters.count(name) ? "parameter" : "constant") +
                                         ", not a layer or block");
    return Tensors::broken();
  }
  // A block whose declaration was reported.
  if (llvm::any_of(tree.blocks, [&](const ast::Block &block) { return block.name.text == name; }))
    return Tensors::broken();
  std::vector<StringRef> names = layerNames();
  if (globals.size() <= kMostCandidates)
    for (const auto &global : globals)
      if (global.second.isBlock)
        names.push_back(global.first());
  llvm::sort(names);
  reporter.error(stage.name.where, "unknown layer '" + name + "'").hint(nearestName(name, names));
  return Tensors::broken();
}

std::string Analyzer::automaticName(const LayerSpec &spec) {
  const std::string base = snakeCase(spec.name);
  const unsigned count = automaticCounts[base]++;
  return count == 0 ? base : base + "_" + std::to_string(count);
}

/// "its input has the shape (None, 4, 4, 32), from MaxPooling2D 'max_pooling2d_2' at model.nn:6:6".
void Analyzer::noteInputs(Report &report, const Tensors &inputs) {
  constexpr size_t kMostNotes = 8;
  for (const auto &[index, tensor] : llvm::enumerate(inputs.list)) {
    if (!tensor.shape.isComplete() || !tensor.number || index == kMostNotes)
      return;
    const std::string which = inputs.list.size() == 1 ? "its input" : "input " + std::to_string(index + 1);
    const std::string text = which + " has the shape " + nn::formatShape(tensor.shape.extents) + ", from ";
    if (*tensor.number < model.inputs.size()) {
      const ModelInput &input = model.inputs[*tensor.number];
      report.note(text + "the input '" + input.name + "'", input.where);
    } else {
      const Layer &layer = model.layers[*tensor.number - model.inputs.size()];
      report.note(text + layer.spec->name + " '" + layer.name + "'", layer.where);
    }
  }
}

/// The number of tensors and their rank.
bool Analyzer::checkInputs(const LayerSpec &spec, const std::string &title, const ast::Stage &stage,
                           const Tensors &inputs) {
  if (spec.mostTensors != 0) {
    if (!inputs.isCountKnown || (inputs.list.size() >= spec.leastTensors && inputs.list.size() <= spec.mostTensors))
      return true;
    reporter.error(stage.name.where, title + ": it takes " + Twine(spec.leastTensors) + " to " +
                                         Twine(spec.mostTensors) + " tensors, found " + Twine(inputs.list.size()))
        .note(std::string("a list passes several: [query, value] -> ") + spec.name + ", or [query, value, key]" +
              (spec.leastTensors == 1 ? "; one tensor attends to itself" : ""));
    return false;
  }
  if (spec.isMerge && inputs.isCountKnown && inputs.list.size() < 2) {
    reporter.error(stage.name.where, title + ": it takes two or more tensors, found one")
        .note("a list passes several: [a, b] -> " + spec.name);
    return false;
  }
  if (!spec.isMerge && inputs.isCountKnown && inputs.list.size() != 1) {
    Report report =
        reporter.error(stage.name.where, title + ": it takes one tensor, found " + Twine(inputs.list.size()));
    report.note("join them first, e.g. with '-> Concatenate'");
    return false;
  }
  if (spec.spatialRank == 0)
    return true;
  const Tensor &tensor = inputs.list.front();
  const size_t wanted = spec.spatialRank + 1;
  if (!tensor.shape.isRankKnown || tensor.shape.extents.size() == wanted)
    return true;
  static constexpr StringRef axes[] = {"", "steps, channels", "rows, columns, channels", "depth, rows, columns, channels"};
  Report report = reporter.error(stage.name.where, title + ": it takes samples of " + Twine(wanted) + " axes (" +
                                                       axes[spec.spatialRank] + "), found " +
                                                       Twine(tensor.shape.extents.size()));
  noteInputs(report, inputs);
  return false;
}

Tensors Analyzer::applyLayer(const LayerSpec &spec, const ast::Stage &stage, const Tensors &inputs, Frame &frame) {
  // 1. The arguments. `name` and `trainable` are every layer's.
  std::vector<NamedValue> given = evaluateArgumentsIn(stage.arguments, &frame);
  if (!countStep(stage.name.where))
    return Tensors::broken();
  if (stage.broken)
    return Tensors::broken();
  if (!spec.isSupported()) {
    reporter.error(stage.name.where, spec.name + " is a layer of the language, but this version does not support it yet");
    return Tensors::broken();
  }
  Bound bound = bind({spec.name, stage.name.where, FrameScope(*this, &frame), spec.spatialRank}, spec.arguments, given, reporter);

  // 2. The name. It counts even where the layer has an error, so that later messages have the right names.
  const size_t nameIndex = spec.arguments.size() - 2;
  const Value &name = bound.values[nameIndex];
  const Value &trainable = bound.values[nameIndex + 1];
  SourceRange nameWhere;
  for (const NamedValue &argument : given)
    if (argument.name == "name")
      nameWhere = argument.nameWhere;
  Naming naming = {"", {}, spec.name, stage.name.where};
  const bool isNamed = bound.isGiven[nameIndex] && !name.isNone();
  if (isNamed && name.is(Value::Kind::String)) {
    naming.name = name.text().str();
    naming.explicitWhere = nameWhere;
    if (naming.name.empty() || llvm::any_of(naming.name, [](char c) { return static_cast<uint8_t>(c) < 0x20; })) {
      reporter.error(name.where, naming.name.empty() ? "the name of a layer is empty"
                                                     : "the name of a layer has a control character");
      bound.isBroken = true;
    }
  } else if (!isNamed && !isGeneric) {
    naming.name = automaticName(spec);
  }
  const std::string title = naming.name.empty() || isGeneric ? spec.name : spec.name + " '" + naming.name + "'";
  if (!naming.name.empty())
    namings.push_back(naming);

  // 3. The inputs, then what the layer makes of them.
  if (!checkInputs(spec, title, stage, inputs))
    return Tensors::brokenOne({});
  llvm::SmallVector<KnownShape> shapes;
  for (const Tensor &tensor : inputs.list)
    shapes.push_back(tensor.shape);
  LayerResult result = applyRule(spec, bound, shapes, stage.name.where, reporter);
  if (!result.shapeError.empty()) {
    Report report = reporter.error(stage.name.where, title + ": " + result.shapeError);
    noteInputs(report, inputs);
    return Tensors::brokenOne(result.output);
  }
  if (bound.isBroken || result.isBroken || inputs.isBroken)
    return Tensors::brokenOne(result.output);

  Tensor output;
  output.shape = result.output;
  if (!isGeneric) {
    if (!result.output.isComplete() || !trainable.isKnown())
      return Tensors::brokenOne(result.output);
    Layer layer;
    layer.spec = &spec;
    layer.name = naming.name;
    layer.where = stage.name.where;
    for (const Tensor &tensor : inputs.list)
      layer.inputs.push_back(*tensor.number);
    layer.output = result.output.extents;
    layer.isTrainable = trainable.integer;
    layer.block = block;
    layer.arguments = std::move(bound.values);
    layer.variables = std::move(result.variables);
    output.number = static_cast<TensorNumber>(model.inputs.size() + model.layers.size());
    model.layers.push_back(std::move(layer));
  }
  Tensors tensors;
  tensors.list.push_back(std::move(output));
  return tensors;
}
