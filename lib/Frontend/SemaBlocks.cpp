// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Blocks, bodies and repetitions.

#include "Analyzer.h"

#include "nncc/Frontend/Parser.h"
#include "nncc/Support/NearestName.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

/// Blocks and repetitions that may be expanded, whether or not layers come of it.
static constexpr size_t kMaxSteps = 1'000'000;
/// The same in the check of one block without a use; what is beyond is left to its uses.
static constexpr size_t kMaxGenericSteps = 2'000;
/// Blocks that are expanded in all such checks together.
static constexpr size_t kMaxGenericExpansions = 200'000;

/// False, and an error, where the nesting of blocks, lists, parentheses and repetitions becomes too deep. Else one level
/// deeper; the caller decrements `depth`.
bool Analyzer::enter(SourceRange where) {
  if (depth < kMaxNesting) {
    ++depth;
    return true;
  }
  if (!isGeneric && !isAborted) {
    reporter.error(where, "blocks and pipelines are nested more than " + Twine(kMaxNesting) + " deep here");
    isAborted = true;
  }
  return false;
}

/// False where the model becomes too large.
bool Analyzer::countStep(SourceRange where) {
  if (isAborted)
    return false;
  if (isGeneric)
    return ++steps <= kMaxGenericSteps;
  if (++steps <= kMaxSteps && namings.size() < kMaxLayers)
    return true;
  isAborted = true;
  if (namings.size() >= kMaxLayers)
    reporter.error(where, "the model has more than 100,000 layers after expansion");
  else
    reporter.error(where, "the model expands more than 1,000,000 blocks and repetitions");
  return false;
}

//===----------------------------------------------------------------------===//
// Recursion
//===----------------------------------------------------------------------===//

static void collectStages(llvm::ArrayRef<ast::Stage> stages, std::vector<const ast::Name *> &found);

static void collectStages(const ast::Pipeline &pipeline, std::vector<const ast::Name *> &found) {
  for (const ast::Pipeline &element : pipeline.source.elements)
    collectStages(element, found);
  collectStages(pipeline.stages, found);
}

static void collectStages(llvm::ArrayRef<ast::Stage> stages, std::vector<const ast::Name *> &found) {
  for (const ast::Stage &stage : stages) {
    if (stage.isRepeat())
      collectStages(stage.body, found);
    else
      found.push_back(&stage.name);
  }
}

/// Depth-first search over "block uses block", without recursion. A use of a block that is being visited closes a cycle.
void Analyzer::findRecursion() {
  isRecursive.assign(tree.blocks.size(), false);
  std::vector<State> states(tree.blocks.size(), State::New);
  struct Step {
    size_t block;
    std::vector<const ast::Name *> uses;
    size_t next = 0;
  };
  std::vector<Step> path;
  auto begin = [&](size_t block) {
    states[block] = State::Running;
    path.push_back({block, {}, 0});
    const ast::Body &body = tree.blocks[block].body;
    for (const ast::Let &let : body.lets)
      collectStages(let.pipeline, path.back().uses);
    if (body.result)
      collectStages(*body.result, path.back().uses);
  };
  for (size_t i = 0; i < tree.blocks.size(); ++i) {
    if (states[i] == State::New)
      begin(i);
    while (!path.empty()) {
      Step &step = path.back();
      if (step.next == step.uses.size()) {
        states[step.block] = State::Done;
        path.pop_back();
        continue;
      }
      const ast::Name &use = *step.uses[step.next++];
      auto found = globals.find(use.text);
      if (found == globals.end() || !found->second.isBlock)
        continue;
      const size_t used = found->second.index;
      if (states[used] == State::New) {
        begin(used);
      } else if (states[used] == State::Running) {
        const bool isKnown = isRecursive[used] && isRecursive[step.block];
        auto start = llvm::find_if(path, [&](const Step &on) { return on.block == used; });
        for (auto on = start; on != path.end(); ++on)
          isRecursive[on->block] = true;
        if (isKnown)
          continue;
        Report report = reporter.error(use.where, "block '" + use.text + "' uses itself; recursion is not possible");
        for (auto on = std::next(start); on != path.end(); ++on)
          report.note("by way of block '" + tree.blocks[on->block].name.text + "'", tree.blocks[on->block].name.where);
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

Tensors Analyzer::evaluateBody(const ast::Body &body, Frame &frame) {
  frame.isIncomplete |= body.broken;
  for (const ast::Let &let : body.lets) {
    Tensors tensors = evaluatePipeline(let.pipeline, frame);
    tensors.isBroken |= let.broken;
    if (let.name.text.empty())
      frame.isIncomplete = true;
    else if (!frame.checksDeclarations || declare(let.name, &frame, /*isLet=*/true))
      frame.tensors[let.name.text] = std::move(tensors);
  }
  if (!body.result)
    return Tensors::broken();
  Tensors result = evaluatePipeline(*body.result, frame);
  result.isBroken |= body.broken;
  return result;
}

/// Checks a block where it stands, whatever its uses: parameters and tensors are unknown.
void Analyzer::checkBlock(const ast::Block &block) {
  Frame frame;
  frame.body = &block.body;
  frame.checksDeclarations = true;
  frame.isIncomplete = block.broken;
  isGeneric = true;
  steps = 0;
  std::vector<Naming> outside;
  std::swap(outside, namings);
  for (const ast::Parameter &tensor : block.tensors) {
    declare(tensor.name, &frame, false);
    Tensors unknown;
    unknown.list.emplace_back();
    frame.tensors[tensor.name.text] = unknown;
  }
  for (const ast::Parameter &hyper : block.hypers) {
    if (hyper.defaultValue)
      checkSymbols(evaluateIn(*hyper.defaultValue, &frame), &frame);
    declare(hyper.name, &frame, false);
    frame.parameters[hyper.name.text] = Value::unknown(hyper.name.where);
  }
  evaluateBody(block.body, frame);
  checkExplicitNames(namings, {});
  if (!tree.broken)
    warnUnusedLets(frame);
  std::swap(outside, namings);
  isGeneric = false;
  steps = 0;
}

/// Gives a block's parameters their values for one use.
bool Analyzer::bindParameters(const ast::Block &block, const ast::Stage &stage, Frame &outer, Frame &inner) {
  const std::vector<NamedValue> given = evaluateArgumentsIn(stage.arguments, &outer);
  std::vector<const Value *> matched(block.hypers.size(), nullptr);
  std::vector<StringRef> names;
  for (const ast::Parameter &hyper : block.hypers)
    names.push_back(hyper.name.text);
  bool good = true;
  size_t position = 0;
  for (const NamedValue &argument : given) {
    size_t index;
    if (argument.name.empty()) {
      index = position++;
      if (index >= names.size()) {
        if (index == names.size())
          reporter.error(argument.value.where, "block '" + block.name.text + "' takes " +
                                                   (names.empty() ? Twine("no arguments")
                                                                  : "at most " + Twine(names.size()) +
                                                                        (names.size() == 1 ? " argument" : " arguments")) +
                                                   " besides its tensors")
              .note("it is declared", block.name.where);
        good = false;
        continue;
      }
    } else {
      index = llvm::find(names, argument.name) - names.begin();
      if (index == names.size()) {
        Report report = reporter.error(argument.nameWhere, "unknown argument '" + argument.name + "' of block '" +
                                                               block.name.text + "'");
        const StringRef nearest = nearestName(argument.name, names);
        if (nearest.empty())
          report.note(names.empty() ? "it has no parameters besides its tensors"
                                    : "its arguments are " + llvm::join(names, ", "));
        report.hint(nearest);
        good = false;
        continue;
      }
    }
    if (matched[index]) {
      reporter.error(argument.name.empty() ? argument.value.where : argument.nameWhere,
                     "the argument '" + names[index] + "' of block '" + block.name.text + "' is given twice");
      good = false;
      continue;
    }
    matched[index] = &argument.value;
    good &= checkSymbols(argument.value, &outer);
  }
  std::vector<std::string> missing;
  for (size_t i = 0; i < block.hypers.size(); ++i)
    if (!matched[i] && !block.hypers[i].defaultValue)
      missing.push_back("'" + names[i].str() + "'");
  if (!missing.empty() && good)
    reporter.error(stage.name.where, "block '" + block.name.text + "' needs the argument" +
                                         (missing.size() == 1 ? " " : "s ") + llvm::join(missing, " and "))
        .note("it is declared", block.name.where);
  if (!missing.empty() || !good)
    return false;
  const Reporter::Use use(reporter, block.name.text, stage.name.where);
  for (size_t i = 0; i < block.hypers.size(); ++i)
    inner.parameters[names[i]] = matched[i] ? *matched[i] : evaluateIn(*block.hypers[i].defaultValue, &inner);
  return true;
}

Tensors Analyzer::expandBlock(const ast::Block &block, size_t index, const ast::Stage &stage, const Tensors &inputs,
                              Frame &frame) {
  Frame inner;
  inner.body = &block.body;
  inner.isIncomplete = block.broken;
  if (block.broken || isRecursive[index]) {
    evaluateArgumentsIn(stage.arguments, &frame);
    return Tensors::broken();
  }
  bool good = bindParameters(block, stage, frame, inner);
  if (inputs.isCountKnown && inputs.list.size() != block.tensors.size()) {
    reporter.error(stage.name.where, "block '" + block.name.text + "' takes " + Twine(block.tensors.size()) +
                                         (block.tensors.size() == 1 ? " tensor" : " tensors") + ", found " +
                                         Twine(inputs.list.size()))
        .note("it is declared", block.name.where);
    good = false;
  }
  if (!good)
    return Tensors::broken();
  // Where nothing is known, the check of the used block by itself finds as much; and that of many blocks must end.
  if (isGeneric) {
    const bool knowsTensor = llvm::any_of(inputs.list, [](const Tensor &tensor) { return tensor.shape.isRankKnown; });
    const bool knowsValue = llvm::any_of(inner.parameters, [](const auto &entry) { return entry.second.isKnown(); });
    if ((!knowsTensor && !knowsValue) || ++genericExpansions > kMaxGenericExpansions)
      return {{Tensor{}}, inputs.isBroken, false};
  }
  if (!countStep(stage.name.where) || !enter(stage.name.where))
    return Tensors::broken();
  for (size_t i = 0; i < block.tensors.size(); ++i) {
    Tensors one;
    if (i < inputs.list.size())
      one.list.push_back(inputs.list[i]);
    else
      one.list.emplace_back();
    one.isBroken = inputs.isBroken;
    inner.tensors[block.tensors[i].name.text] = std::move(one);
  }
  const Reporter::Use use(reporter, block.name.text, stage.name.where);
  const size_t outer = this->block;
  if (!isGeneric) {
    model.blockUses.push_back({block.name.text, outer});
    this->block = model.blockUses.size();
  }
  Tensors result = evaluateBody(block.body, inner);
  this->block = outer;
  --depth;
  return result;
}

//===----------------------------------------------------------------------===//
// repeat
//===----------------------------------------------------------------------===//

Tensors Analyzer::applyRepeat(const ast::Stage &stage, const Tensors &inputs, Frame &frame) {
  const Value count = evaluateIn(*stage.count, &frame);
  bool good = count.isKnown() || isGeneric;
  if (count.isKnown() && (!count.is(Value::Kind::Integer) || count.integer < 0)) {
    reporter.error(count.where, "expected an integer >= 0 for the count of 'repeat', found " + describe(count));
    good = false;
  }
  if (!enter(stage.name.where))
    return Tensors::broken();

  Tensors current = inputs;
  auto once = [&] {
    for (const ast::Stage &inner : stage.body)
      current = applyStage(inner, current, frame);
  };
  if (good && count.isKnown() && count.integer == 0) {
    reporter.warning(count.where, "'repeat 0' applies nothing");
    // What it would apply is still checked, as in a block without a use.
    std::vector<Naming> outside;
    std::swap(outside, namings);
    const bool wasGeneric = isGeneric;
    const size_t stepsBefore = steps;
    isGeneric = true;
    for (Tensor &tensor : current.list)
      tensor = Tensor{};
    once();
    isGeneric = wasGeneric;
    steps = stepsBefore;
    std::swap(outside, namings);
    --depth;
    return inputs;
  }

  // Without a use once is enough to see every mistake; the shapes behind several times are not known.
  if (!good || isGeneric) {
    once();
    --depth;
    current.isBroken |= !good;
    if (!count.isKnown() || count.integer != 1)
      for (Tensor &tensor : current.list)
        tensor.shape = KnownShape{};
    return stage.broken ? Tensors::broken() : current;
  }
  for (int64_t i = 0; i < count.integer && !current.isBroken; ++i) {
    if (!countStep(stage.name.where)) {
      current = Tensors::broken();
      break;
    }
    once();
  }
  // The stages behind an error are not applied, but what stands in them is checked.
  --depth;
  current.isBroken |= stage.broken;
  return current;
}
