// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Puts a mistake into an otherwise legal model.
#include "Sweep/IllegalGenerator.h"
#include "Frontend/TestSource.h"
#include "Sweep/LayerGenerator.h"

#include "llvm/ADT/STLExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using namespace nncc::sweep;

namespace {

constexpr ClassFamily kTrainFamilies[] = {ClassFamily::Schedule, ClassFamily::Optimizer, ClassFamily::Loss,
                                          ClassFamily::Metric, ClassFamily::Callback, ClassFamily::Augmentation};

/// Where a mistake may be: an argument of a layer, class or of the train section, what is given to a layer, or the lists.
struct Site {
  enum class Kind { LayerArgument, LayerUse, LayerInputs, ClassArgument, ClassUse, Setting, Shapes, Texts };
  Kind kind;
  const LayerSpec *layer = nullptr;
  const ArgumentSpec *argument = nullptr;
  const ClassSpec *spec = nullptr;
  ClassFamily family = ClassFamily::Initializer;
};

std::vector<Site> makeSites() {
  std::vector<Site> sites;
  for (const LayerSpec &layer : layers()) {
    for (const ArgumentSpec &argument : layer.arguments)
      sites.push_back({Site::Kind::LayerArgument, &layer, &argument});
    sites.push_back({Site::Kind::LayerUse, &layer});
    sites.push_back({Site::Kind::LayerInputs, &layer});
  }
  for (ClassFamily family : kTrainFamilies)
    for (const ClassSpec &spec : classesOf(family)) {
      for (const ArgumentSpec &argument : spec.arguments)
        sites.push_back({Site::Kind::ClassArgument, nullptr, &argument, &spec, family});
      sites.push_back({Site::Kind::ClassUse, nullptr, nullptr, &spec, family});
    }
  for (const ArgumentSpec &setting : trainSignature())
    sites.push_back({Site::Kind::Setting, nullptr, &setting});
  // The lists are long: one mistake in five is of them.
  const size_t count = sites.size();
  for (size_t i = 0; i < count / 10; ++i) {
    sites.push_back({Site::Kind::Shapes});
    sites.push_back({Site::Kind::Texts});
  }
  return sites;
}

const std::vector<Site> &sites() {
  static const std::vector<Site> all = makeSites();
  return all;
}

/// "model M(x: f32[4]) {\n  x -> LAYER\n}\n".
std::string modelText(llvm::ArrayRef<Extents> inputs, const std::string &layer) {
  std::string head = "model M(", source;
  for (const auto &[index, shape] : llvm::enumerate(inputs)) {
    const std::string name = inputs.size() == 1 ? "x" : "x" + std::to_string(index);
    head += (index ? ", " : "") + name + ": f32[" + nn::formatExtents(shape) + "]";
    source += (index ? ", " : "") + name;
  }
  return head + ") {\n  " + (inputs.size() == 1 ? source : "[" + source + "]") + " -> " + layer + "\n}\n";
}

/// A use that Sema takes, with its inputs.
std::pair<std::vector<Extents>, Use> drawLegal(const LayerSpec &spec, Draw &draw) {
  for (;;) {
    std::vector<Extents> inputs = drawInputs(spec, draw);
    const DrawnLayer layer = drawLayer(spec, inputs, draw);
    if (TestSource(modelText(inputs, layer.text())).diagnostics.sorted().empty())
      return {inputs, {spec.name, &spec.arguments, spec.spatialRank, layer.arguments, layer.positional}};
  }
}

/// The wrong number of tensors, or tensors of the wrong rank.
std::vector<Wrong> wrongInputs(const LayerSpec &spec, std::vector<Extents> inputs, const Use &use) {
  const std::string layer = "^" + use.text();
  std::vector<Wrong> result;
  auto add = [&](llvm::ArrayRef<Extents> wrong) { result.push_back({modelText(wrong, layer), {spec.name}}); };
  if (spec.isMerge || spec.leastTensors > 1)
    add({inputs.front()});
  if (spec.mostTensors)
    add({inputs.front(), inputs.front(), inputs.front(), inputs.front()});
  else if (!spec.isMerge)
    add({inputs.front(), inputs.front()});
  if (spec.spatialRank) {
    Extents more = inputs.front(), less = inputs.front();
    more.push_back(1);
    less.pop_back();
    add({more});
    if (!less.empty())
      add({less});
  }
  return result;
}

/// "optimizer = SGD" and the like: with `value` for one of the settings.
std::string trainText(llvm::StringRef setting, const std::string &value) {
  std::string text = "model M(x: f32[8x8x3]) { x -> Flatten -> Dense(10) }\ntrain {\n";
  for (auto [name, usual] : {std::pair("optimizer", "SGD"), std::pair("loss", "MeanSquaredError")})
    if (setting != name)
      text += std::string("  ") + name + " = " + usual + "\n";
  return text + "  " + setting.str() + " = " + value + "\n}\n";
}

/// A class where the train section takes it.
std::string inTrain(ClassFamily family, const std::string &use) {
  switch (family) {
  case ClassFamily::Schedule: return trainText("optimizer", "Adam(learning_rate=" + use + ")");
  case ClassFamily::Optimizer: return trainText("optimizer", use);
  case ClassFamily::Loss: return trainText("loss", use);
  case ClassFamily::Metric: return trainText("metrics", "[" + use + "]");
  case ClassFamily::Augmentation: return trainText("augment", use);
  default: return trainText("callbacks", use);
  }
}

Use drawLegalClass(const Site &site, Draw &draw) {
  for (;;) {
    Use use = drawClassUse(*site.spec, draw);
    if (TestSource(inTrain(site.family, use.text())).diagnostics.sorted().empty())
      return use;
  }
}

std::vector<Wrong> wrongsAt(const Site &site, Draw &draw) {
  auto inside = [](std::vector<Wrong> wrongs, llvm::function_ref<std::string(const std::string &)> around) {
    for (Wrong &wrong : wrongs)
      wrong.text = around(wrong.text);
    return wrongs;
  };
  switch (site.kind) {
  case Site::Kind::LayerArgument:
  case Site::Kind::LayerUse: {
    const auto [inputs, use] = drawLegal(*site.layer, draw);
    return inside(site.argument ? withWrongValue(use, *site.argument, draw) : wrongUses(use, draw),
                  [&, &inputs = inputs](const std::string &text) { return modelText(inputs, text); });
  }
  case Site::Kind::LayerInputs: {
    const auto [inputs, use] = drawLegal(*site.layer, draw);
    return wrongInputs(*site.layer, inputs, use);
  }
  case Site::Kind::ClassArgument:
  case Site::Kind::ClassUse: {
    const Use use = drawLegalClass(site, draw);
    return inside(site.argument ? withWrongValue(use, *site.argument, draw) : wrongUses(use, draw),
                  [&](const std::string &text) { return inTrain(site.family, text); });
  }
  case Site::Kind::Setting:
    return inside(wrongValues(*site.argument, 0, "train", draw),
                  [&](const std::string &text) { return trainText(site.argument->name, text); });
  case Site::Kind::Shapes: return wrongShapes(draw);
  case Site::Kind::Texts: return wrongTexts();
  }
  return {};
}

} // namespace

size_t sweep::illegalSites() { return sites().size(); }

IllegalModel sweep::generateIllegal(uint64_t seed) {
  Draw draw(seed);
  std::vector<Wrong> wrongs = wrongsAt(sites()[seed % sites().size()], draw);
  // Layers that take tensors of every number and rank have no wrong ones.
  if (wrongs.empty())
    wrongs = wrongTexts();
  Wrong wrong = draw.oneOf(llvm::ArrayRef(wrongs));
  const size_t guilty = wrong.text.find('^');
  return {wrong.text.erase(guilty, 1), guilty, std::move(wrong.names)};
}
