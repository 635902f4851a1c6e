// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Models around a layer: what stands before and behind it, what is joined with it, how it is trained.
#include "Sweep/ModelGenerator.h"

#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"
#include "nncc/Frontend/Sema.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace nncc;
using namespace nncc::frontend;
using namespace nncc::sweep;

namespace {

/// Elements of a sample of any tensor, at most.
constexpr int64_t kMaxElements = 5000;

/// The shape of a model's result; none where Sema finds an error.
std::optional<Extents> shapeOfResult(const std::string &text) {
  auto file = std::make_shared<const SourceFile>("sweep.nn", text);
  Diagnostics diagnostics;
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  const ast::File tree = parse(*file, tokens, diagnostics);
  const std::optional<Model> model = analyze(*file, tree, {}, diagnostics);
  if (!model)
    return std::nullopt;
  const nn::Shape &shape = model->shapeOf(model->output);
  return Extents(shape.begin(), shape.end());
}

/// A tensor of the model.
struct Tensor {
  std::string name;
  Extents shape;
  bool isRead = false;
};

/// Writes a model statement by statement, each checked by Sema before it stays.
class ModelWriter {
public:
  explicit ModelWriter(Draw &draw) : draw(draw) {}

  std::vector<Feed> feeds;
  std::vector<Tensor> tensors;
  std::string train;

  size_t input(Extents shape, int64_t classes = 0) {
    feeds.push_back({std::string("x") + std::to_string(feeds.size()), std::move(shape), classes});
    tensors.push_back({feeds.back().name, feeds.back().shape});
    return tensors.size() - 1;
  }

  /// Adds a layer; none where Sema rejects it or its result is too large.
  std::optional<size_t> add(llvm::ArrayRef<size_t> inputs, const std::string &layer) {
    std::string source;
    for (size_t one : inputs)
      source += (source.empty() ? "" : ", ") + tensors[one].name;
    std::string name = "t" + std::to_string(statements.size());
    std::string statement = "  let " + name + " = " + (inputs.size() == 1 ? source : "[" + source + "]") + " -> " + layer + "\n";
    statements.push_back(statement);
    std::optional<Extents> shape = shapeOfResult(text(name));
    int64_t elements = 1;
    if (shape)
      for (int64_t extent : *shape)
        elements *= extent;
    if (!shape || elements > kMaxElements) {
      statements.pop_back();
      return std::nullopt;
    }
    for (size_t one : inputs)
      tensors[one].isRead = true;
    tensors.push_back({name, *shape});
    return tensors.size() - 1;
  }

  /// The whole source, with this tensor as its result.
  std::string text(const std::string &result) const {
    std::string text = "model Sweep(";
    for (auto [index, feed] : llvm::enumerate(feeds))
      text += (index ? ", " : "") + feed.name + ": f32[" + nn::formatExtents(feed.shape) + "]";
    text += ") {\n";
    for (const std::string &statement : statements)
      text += statement;
    return text + "  " + result + "\n}\n" + train;
  }

  /// A layer that may stand behind a tensor, with the tensor as its only input.
  std::optional<size_t> addNeighbour(size_t behind) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const LayerSpec &spec = drawNeighbour();
      if (spec.isMerge || spec.leastTensors > 1 || spec.kind == LayerKind::Embedding ||
          (spec.spatialRank && spec.spatialRank + 1 != tensors[behind].shape.size()))
        continue;
      if (std::optional<size_t> added = add({behind}, drawLayer(spec, {tensors[behind].shape}, draw).text()))
        return added;
    }
    return std::nullopt;
  }

private:
  /// Any layer; those that fusion and planning look for more often than others.
  const LayerSpec &drawNeighbour() {
    if (draw.chance(45))
      return *findLayer(draw.oneOf({"ReLU", "Activation", "Activation", "BatchNormalization", "BatchNormalization",
                                    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Conv2D", "Conv1D", "Dense", "Dropout",
                                    "Flatten"}));
    return draw.oneOf(layers());
  }

  Draw &draw;
  std::vector<std::string> statements;
};

class Generator {
public:
  Generator(uint64_t seed, const LayerSpec &layer) : layer(layer), draw(seed), model(draw) {}

  /// False where the layer found no legal place.
  bool generate() {
    std::optional<size_t> main = addLayer();
    if (!main)
      return false;
    size_t end = *main;
    if (draw.chance(15))
      end = grow(end);
    if (draw.chance(45))
      end = model.addNeighbour(end).value_or(end);
    if (draw.chance(25))
      join(end);
    if (draw.chance(10) && model.tensors[end].shape.size() >= 2)
      squeeze(end);
    if (draw.chance(12))
      model.addNeighbour(*main); // a second reader
    if (draw.chance(20))
      end = model.addNeighbour(end).value_or(end);
    result = joinLeaves(end);
    trainSection();
    return true;
  }

  std::string text() const { return model.text(model.tensors[result].name); }
  const std::vector<Feed> &feeds() const { return model.feeds; }

private:
  /// The layer, on inputs that are the model's or come out of another layer.
  std::optional<size_t> addLayer() {
    const std::vector<Extents> shapes = drawInputs(layer, draw);
    std::vector<size_t> inputs;
    DrawnLayer drawn = drawLayer(layer, shapes, draw);
    int64_t classes = 0;
    for (const auto &[name, value] : drawn.arguments)
      if (name == "input_dim")
        classes = std::stoll(value);
    for (const Extents &shape : shapes) {
      // Now and then one tensor in the place of two.
      const bool isSame = !inputs.empty() && model.tensors[inputs.back()].shape == shape && draw.chance(8);
      inputs.push_back(isSame ? inputs.back() : addInput(shape, classes));
    }
    return model.add(inputs, drawn.text());
  }

  /// An input of the model or, now and then, what a layer makes of one of the same shape.
  size_t addInput(const Extents &shape, int64_t classes) {
    size_t input = model.input(shape, classes);
    if (classes || draw.chance(50))
      return input;
    const std::string channels = std::to_string(shape.back());
    std::string before = draw.oneOf<std::string>(
        {"Dense(" + channels + ")", "Dense(" + channels + ", activation=relu)", "BatchNormalization", "ReLU",
         "Activation(tanh)", "Dropout(0.3)", "LayerNormalization", "PReLU"});
    if (shape.size() == 3 && draw.chance(50))
      before = "Conv2D(" + channels + ", 3, padding=same" + (draw.chance(50) ? ", activation=relu)" : ")");
    return model.add({input}, before).value_or(input);
  }

  /// A random graph of some layers more: each behind any tensor, the newest mostly, or a join of two.
  size_t grow(size_t end) {
    for (int64_t layers = draw.in(2, 6); layers > 0; --layers) {
      if (draw.chance(35)) {
        join(end);
        continue;
      }
      const size_t behind = draw.chance(60) ? end : size_t(draw.in(0, int64_t(model.tensors.size()) - 1));
      if (!isIndex(behind))
        end = model.addNeighbour(behind).value_or(end);
    }
    return end;
  }

  /// `end` joined with an earlier tensor, where they fit: a shortcut, a gate.
  void join(size_t &end) {
    for (int attempt = 0; attempt < 6; ++attempt) {
      const size_t number = draw.in(0, int64_t(model.tensors.size()) - 1);
      std::string merge = draw.oneOf<std::string>({"Add", "Add", "Add", "Multiply", "Average", "Maximum", "Minimum",
                                                   "Subtract", "Concatenate"});
      if (number == end || isIndex(number))
        continue;
      if (std::optional<size_t> joined = model.add(draw.chance(50) ? llvm::ArrayRef<size_t>{end, number}
                                                                   : llvm::ArrayRef<size_t>{number, end}, merge)) {
        end = *joined;
        return;
      }
    }
  }

  /// Squeeze and excite: channels weighted by what their means say.
  void squeeze(size_t &end) {
    const size_t axes = model.tensors[end].shape.size() - 1;
    if (axes > 3)
      return;
    std::optional<size_t> means =
        model.add({end}, "GlobalAveragePooling" + std::to_string(axes) + "D(keepdims=true)");
    if (!means)
      return;
    const std::string channels = std::to_string(model.tensors[end].shape.back());
    std::optional<size_t> weights = model.add({*means}, "Dense(" + channels + ", activation=sigmoid)");
    if (weights)
      end = model.add({end, *weights}, "Multiply").value_or(end);
  }

  /// All tensors that nothing reads, as one.
  size_t joinLeaves(size_t end) {
    std::vector<size_t> leaves;
    for (size_t number = 0; number < model.tensors.size(); ++number)
      if (!model.tensors[number].isRead)
        leaves.push_back(number);
    if (leaves.size() == 1)
      return leaves.front();
    for (size_t &leaf : leaves)
      if (model.tensors[leaf].shape.size() > 1)
        leaf = model.add({leaf}, "Flatten").value_or(leaf);
    return model.add(leaves, "Concatenate").value_or(end);
  }

  /// Whether the tensor holds the numbers of rows.
  bool isIndex(size_t number) const {
    return llvm::any_of(model.feeds, [&](const Feed &feed) { return feed.classes && feed.name == model.tensors[number].name; });
  }

  void trainSection() {
    // Probabilities for the losses that take them; the others take anything.
    std::string loss;
    const std::string smoothing = draw.chance(40) ? "label_smoothing=" + numberText(draw.uniform(0, 0.5)) : "";
    const std::string more = smoothing.empty() ? "" : ", " + smoothing;
    switch (draw.in(0, 7)) {
    case 0: loss = "MeanSquaredError"; break;
    case 1: loss = "MeanAbsoluteError"; break;
    case 2: loss = "Huber(delta=" + numberText(draw.uniform(0.1, 2)) + ")"; break;
    case 3: loss = "BinaryCrossentropy(from_logits=true" + more + ")"; break;
    case 4: loss = "CategoricalCrossentropy(from_logits=true" + more + ")"; break;
    case 5: loss = "SparseCategoricalCrossentropy(from_logits=true)"; break;
    case 6:
      if (auto probability = model.add({result}, "Activation(sigmoid)"))
        result = *probability, loss = "BinaryCrossentropy(" + smoothing + ")";
      break;
    case 7:
      if (auto probability = model.add({result}, "Softmax"))
        result = *probability,
        loss = draw.chance(50) ? "SparseCategoricalCrossentropy" : "CategoricalCrossentropy(" + smoothing + ")";
      break;
    }
    const std::string sgd = "SGD(learning_rate=0.05)";
    const std::string optimizer = draw.chance(40) ? drawOptimizer() : sgd;
    for (const auto &[optimizer, loss] : {std::pair(optimizer, loss), {sgd, loss}, {sgd, "MeanSquaredError"}}) {
      model.train = "train {\n  optimizer = " + optimizer + "\n  loss = " + loss + "\n}\n";
      if (!loss.empty() && shapeOfResult(text()))
        return;
    }
  }

  std::string drawOptimizer() {
    const ClassSpec &spec = draw.oneOf(classesOf(ClassFamily::Optimizer));
    std::string text = "learning_rate=0.05";
    for (const ArgumentSpec &argument : spec.arguments) {
      // Without an epsilon a gradient of 0 is divided by 0.
      if (argument.name == "learning_rate" || argument.name == "epsilon" || draw.chance(60))
        continue;
      text += ", " + argument.name.str() + "=" + *drawValue(argument, 0, draw);
    }
    return spec.name.str() + "(" + text + ")";
  }

  const LayerSpec &layer;
  Draw draw;
  ModelWriter model;
  size_t result = 0;
};

} // namespace

GeneratedModel sweep::generateModel(uint64_t seed) {
  const LayerSpec &layer = layers()[seed % layers().size()];
  GeneratedModel result{seed, &layer, "", {}, 0};
  Draw draw(seed);
  result.batch = draw.oneOf<int64_t>({1, 1, 2, 3, 3, 4, 5, 9});
  for (int attempt = 0; attempt < 8; ++attempt) {
    Generator generator(draw.seed(), layer);
    if (!generator.generate())
      continue;
    result.text = generator.text();
    result.feeds = generator.feeds();
    break;
  }
  return result;
}
