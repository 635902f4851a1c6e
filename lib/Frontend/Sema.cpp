// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Declarations, and the order in which a file is checked.

#include "nncc/Frontend/Sema.h"

#include "Analyzer.h"

#include "nncc/Support/CheckedMath.h"
#include "nncc/Support/NearestName.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

const Value &Training::setting(StringRef name) const {
  const Signature &signature = trainSignature();
  for (size_t i = 0; i < signature.size(); ++i)
    if (signature[i].name == name)
      return settings[i];
  llvm_unreachable("there is no such setting");
}

std::optional<Model> frontend::analyze(const SourceFile &file, const ast::File &tree, const FrontendOptions &options,
                                       Diagnostics &diagnostics) {
  return Analyzer(file, tree, options, diagnostics).run();
}

std::optional<Model> Analyzer::run() {
  declareGlobals();
  applyDefines();
  evaluateConstants();
  findRecursion();
  for (const ast::Block &block : tree.blocks)
    checkBlock(block);
  checkModel();
  checkTrain();
  warnUnused();
  if (diagnostics.hasErrors())
    return std::nullopt;
  markUsed();
  return std::move(model);
}

/// Declares a name: none that is visible may be declared again, and none of a layer at all. A global has no frame.
bool Analyzer::declare(const ast::Name &name, Frame *frame, bool isLet) {
  if (name.text.empty())
    return false; // a syntax error
  const bool isGood = checkDeclaration(name, frame, isLet);
  if (!isGood)
    (frame ? frame->misdeclared : misdeclared).insert(name.text);
  return isGood;
}

bool Analyzer::checkDeclaration(const ast::Name &name, Frame *frame, bool isLet) {
  if (findLayer(name.text)) {
    reporter.error(name.where, "'" + name.text + "' is the name of a layer and cannot be declared");
    return false;
  }
  if (auto found = globals.find(name.text); found != globals.end()) {
    reporter.error(name.where, "'" + name.text + "' is already declared")
        .note(found->second.isBlock ? "it is a block, declared" : "it is a constant, declared", found->second.where);
    return false;
  }
  if (!frame)
    return true;
  auto [local, isNew] = frame->locals.insert({name.text, {name.where, isLet, false}});
  if (!isNew) {
    reporter.error(name.where, "'" + name.text + "' is already declared").note("it was declared first", local->second.where);
    return false;
  }
  return true;
}

void Analyzer::declareGlobals() {
  for (const ast::File::Entry &entry : tree.order) {
    const bool isBlock = entry.kind == ast::File::Kind::Block;
    if (!isBlock && entry.kind != ast::File::Kind::Const)
      continue;
    const ast::Name &name = isBlock ? tree.blocks[entry.index].name : tree.consts[entry.index].name;
    if (declare(name, nullptr, false))
      globals[name.text] = {isBlock, entry.index, name.where, false};
  }

  // One model, at most one train section.
  const uint32_t end = static_cast<uint32_t>(file.text().rtrim().size());
  if (tree.models.empty() && !tree.broken)
    reporter.error({end, end}, "the file has no model").note("a model is written 'model NAME(image: f32[32x32x3]) { ... }'");
  for (size_t i = 1; i < tree.models.size(); ++i)
    reporter.error(tree.models[i].name.where, "a second model; a file has one").note("the first stands", tree.models[0].name.where);
  for (size_t i = 1; i < tree.trains.size(); ++i)
    reporter.error(tree.trains[i].keyword, "a second train section; a file has at most one")
        .note("the first stands", tree.trains[0].keyword);
}

void Analyzer::checkModel() {
  if (tree.models.empty())
    return;
  const ast::Model &source = tree.models.front();
  model.name = source.name.text;
  model.where = source.name.where;
  Frame frame;
  frame.body = &source.body;
  frame.checksDeclarations = true;
  frame.isIncomplete = source.broken;
  for (const ast::Input &input : source.inputs) {
    declare(input.name, &frame, false);
    KnownShape shape = KnownShape::of(nn::Shape(input.extents.begin(), input.extents.end()));
    bool isGood = !input.broken;
    if (llvm::is_contained(input.extents, 0)) {
      reporter.error(input.extentsWhere, "an extent of the input '" + input.name.text + "' is 0")
          .note("extents are integers >= 1");
      isGood = false;
    } else if (shape.extents.size() > kMaxRank) {
      reporter.error(input.extentsWhere, "the input '" + input.name.text + "' has " + Twine(shape.extents.size()) +
                                             " axes; at most " + Twine(kMaxRank) + " are supported");
      isGood = false;
    } else if (llvm::Expected<int64_t> count = nn::elementCount(shape.extents); !count) {
      reporter.error(input.extentsWhere, llvm::toString(count.takeError()));
      isGood = false;
    }
    const TensorNumber number = static_cast<TensorNumber>(model.inputs.size());
    model.inputs.push_back({input.name.text, input.name.where, shape.extents});
    Tensors tensors;
    tensors.list.push_back({number, isGood ? shape : KnownShape{}});
    tensors.isBroken = !isGood;
    frame.tensors[input.name.text] = tensors;
  }

  const Tensors result = evaluateBody(source.body, frame);
  if (result.isCountKnown && result.list.size() > 1)
    reporter.error(source.body.result->source.where, "the result of the model is " + Twine(result.list.size()) +
                                                         " tensors; a model has one output in version 1")
        .note("join them, e.g. with '-> Concatenate'");
  isOutputKnown = !result.isBroken && result.list.size() == 1 && result.list[0].number && !isAborted;
  if (isOutputKnown)
    model.output = *result.list[0].number;
  checkNames();
  checkTotals();
  if (!tree.broken && !isAborted)
    warnUnusedLets(frame);
}

/// Explicit names, each of which must be no other layer's or input's.
void Analyzer::checkExplicitNames(llvm::ArrayRef<Naming> given, llvm::StringMap<const Naming *> holders) {
  for (const Naming &naming : given) {
    if (!naming.isExplicit())
      continue;
    auto [holder, isNew] = holders.insert({naming.name, &naming});
    if (isNew || !reportedNames.insert(naming.explicitWhere.begin).second)
      continue;
    const Naming &other = *holder->second;
    Report report = reporter.error(naming.explicitWhere, "the name '" + naming.name + "' is already taken");
    if (other.explicitWhere == naming.explicitWhere)
      report.note("a layer in a 'repeat' or in a block that is used twice is made more than once; leave its name to nncc");
    else
      report.note("it is " + Twine(other.isExplicit() || other.className.empty() ? "the name of " : "the automatic name of ") +
                      (other.className.empty() ? Twine("an input") : Twine(other.className)),
                  other.where);
  }
}

void Analyzer::checkNames() {
  llvm::StringMap<const Naming *> holders;
  std::vector<Naming> inputs;
  inputs.reserve(model.inputs.size());
  for (const ModelInput &input : model.inputs) {
    inputs.push_back({input.name, {}, "", input.where});
    holders.insert({input.name, &inputs.back()});
  }
  for (const Naming &naming : namings) {
    if (naming.isExplicit())
      continue;
    auto [holder, isNew] = holders.insert({naming.name, &naming});
    if (!isNew)
      reporter.error(holder->second->where, "the input '" + naming.name + "' has the automatic name of a layer")
          .note("it is the name of " + naming.className, naming.where);
  }
  checkExplicitNames(namings, std::move(holders));
}

/// Sums over layers fit 63 bits as well, in bytes.
void Analyzer::checkTotals() {
  std::optional<int64_t> parameters = 0, activations = 0;
  auto grow = [](std::optional<int64_t> &total, llvm::ArrayRef<int64_t> shape) {
    std::optional<int64_t> bytes = checkedProduct(shape);
    if (bytes)
      bytes = checkedMultiply(*bytes, sizeof(float));
    total = bytes && total ? checkedAdd(*total, *bytes) : std::nullopt;
    return total.has_value();
  };
  for (const Layer &layer : model.layers) {
    for (const Variable &variable : layer.variables)
      if (!grow(parameters, variable.shape)) {
        reporter.error(layer.where, "the parameters of all layers up to " + layer.spec->name + " '" + layer.name +
                                        "' do not fit 63 bits of bytes");
        return;
      }
    if (!grow(activations, layer.output)) {
      reporter.error(layer.where, "the outputs of all layers up to " + layer.spec->name + " '" + layer.name +
                                      "' do not fit 63 bits of bytes");
      return;
    }
  }
}

void Analyzer::warnUnusedLets(const Frame &frame) {
  for (const auto &[name, local] : frame.locals)
    if (local.isLet && !local.isUsed)
      reporter.warning(local.where, "'" + name + "' is never used");
}

void Analyzer::warnUnused() {
  // A use may stand in what could not be read.
  if (tree.broken || isAborted)
    return;
  for (const auto &global : globals) {
    const Global &declaration = global.second;
    if (!declaration.isUsed)
      reporter.warning(declaration.where, (declaration.isBlock ? "block '" : "constant '") + global.first() + "' is never used");
  }
}

/// Marks the layers that the output depends on.
void Analyzer::markUsed() {
  llvm::SmallVector<TensorNumber> work = {model.output};
  const size_t inputs = model.inputs.size();
  while (!work.empty()) {
    const TensorNumber tensor = work.pop_back_val();
    if (tensor < inputs || model.layers[tensor - inputs].isUsed)
      continue;
    Layer &layer = model.layers[tensor - inputs];
    layer.isUsed = true;
    work.append(layer.inputs.begin(), layer.inputs.end());
  }
}
