// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Constants: -D, evaluation in the order of dependence, names in values.

#include "Analyzer.h"
#include "Evaluator.h"

#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"
#include "nncc/Support/NearestName.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

void Analyzer::applyDefines() {
  for (const std::string &define : options.defines) {
    const auto [name, text] = StringRef(define).split('=');
    if (name.size() == define.size()) {
      diagnostics.usageError("-D " + define + ": expected NAME=VALUE");
      continue;
    }
    auto found = globals.find(name);
    if (found == globals.end() || found->second.isBlock) {
      // A constant whose declaration is wrong is not an unknown one.
      if (llvm::any_of(tree.consts, [&](const ast::Const &one) { return one.name.text == name; }))
        continue;
      std::vector<StringRef> names;
      for (const auto &global : globals)
        if (!global.second.isBlock)
          names.push_back(global.first());
      llvm::sort(names);
      std::string message = ("-D " + define + ": the model has no constant '" + name + "'").str();
      if (const StringRef nearest = nearestName(name, names); !nearest.empty())
        message += ("; did you mean '" + nearest + "'?").str();
      else
        message += names.empty() ? "; it has none at all" : "; it has " + llvm::join(names, ", ");
      diagnostics.usageError(message);
      continue;
    }
    auto source = std::make_shared<SourceFile>("-D", text);
    Diagnostics problems;
    problems.setSource(source);
    const Tokens tokens = lex(*source, problems);
    std::optional<ast::Value> value = parseValue(*source, tokens, problems);
    if (!value || problems.hasErrors()) {
      const std::vector<Diagnostic> found = problems.sorted();
      diagnostics.usageError("-D " + define + ": " +
                             (found.empty() ? Twine("this is not a value") : Twine(found.front().text)));
      continue;
    }
    overrides[found->second.index] = std::move(*value);
  }
}

/// Constants that a value refers to, with the places.
void Analyzer::collectConstants(const ast::Value &value,
                                llvm::SmallVectorImpl<std::pair<size_t, SourceRange>> &found) {
  if (value.kind == ast::Value::Kind::Name) {
    auto global = globals.find(value.text);
    if (global != globals.end() && !global->second.isBlock)
      found.push_back({global->second.index, value.where});
  }
  for (const ast::Value &operand : value.operands)
    collectConstants(operand, found);
  for (const ast::Argument &argument : value.arguments)
    collectConstants(argument.value, found);
}

void Analyzer::evaluateConstants() {
  constantStates.assign(tree.consts.size(), State::New);
  constants.assign(tree.consts.size(), Value());
  for (size_t i = 0; i < tree.consts.size(); ++i)
    evaluateConstant(i);
  // What a replaced value would have used is not unused.
  for (const auto &[index, value] : overrides) {
    llvm::SmallVector<std::pair<size_t, SourceRange>> used;
    collectConstants(tree.consts[index].value, used);
    for (const auto &[other, where] : used)
      globals[tree.consts[other].name.text].isUsed = true;
  }
}

/// Evaluates a constant after those that it depends on. Without recursion: a chain of constants may be long.
void Analyzer::evaluateConstant(size_t first) {
  struct Step {
    size_t index;
    llvm::SmallVector<std::pair<size_t, SourceRange>> needs;
    size_t next = 0;
  };
  std::vector<Step> steps;
  auto valueOf = [&](size_t index) -> const ast::Value & {
    auto override_ = overrides.find(index);
    return override_ == overrides.end() ? tree.consts[index].value : override_->second;
  };
  auto begin = [&](size_t index) {
    constantStates[index] = State::Running;
    steps.push_back({index, {}, 0});
    collectConstants(valueOf(index), steps.back().needs);
  };
  if (constantStates[first] == State::New)
    begin(first);
  while (!steps.empty()) {
    Step &step = steps.back();
    const ast::Const &constant = tree.consts[step.index];
    if (step.next < step.needs.size()) {
      const auto [needed, where] = step.needs[step.next++];
      if (constantStates[needed] == State::New) {
        begin(needed);
      } else if (constantStates[needed] == State::Running) {
        const bool isReplaced = overrides.count(step.index) != 0;
        Report report = reporter.error(isReplaced ? constant.name.where : where,
                                       "the constant '" + tree.consts[needed].name.text + "' depends on itself");
        // The way from the constant back to itself.
        auto start = llvm::find_if(steps, [needed = needed](const Step &on) { return on.index == needed; });
        for (auto on = std::next(start); on != steps.end(); ++on)
          report.note("by way of '" + tree.consts[on->index].name.text + "'", tree.consts[on->index].name.where);
      }
      continue;
    }
    const bool isReplaced = overrides.count(step.index) != 0;
    if (isReplaced)
      reporter.redirectTo(constant.name.where);
    Value value = evaluateIn(valueOf(step.index), nullptr);
    if (!checkSymbols(value, nullptr))
      value = Value::unknown(value.where);
    reporter.redirectTo(std::nullopt);
    constants[step.index] = value;
    constantStates[step.index] = State::Done;
    steps.pop_back();
  }
}

std::optional<Value> Analyzer::lookUpValue(StringRef name, SourceRange where, Frame *frame) {
  if (frame) {
    if (auto found = frame->parameters.find(name); found != frame->parameters.end())
      return found->second;
    // Tensors are no values; an enumeration value of the same name is meant.
    if (frame->tensors.count(name) && !llvm::is_contained(enumerationNames(), name)) {
      reporter.error(where, "'" + name + "' is a tensor, not a value");
      return Value::unknown(where);
    }
  }
  auto found = globals.find(name);
  if (found == globals.end()) {
    const bool isIncomplete = frame && frame->isIncomplete && !llvm::is_contained(enumerationNames(), name);
    if (isIncomplete || misdeclared.contains(name))
      return Value::unknown(where);
    return std::nullopt;
  }
  found->second.isUsed = true;
  if (found->second.isBlock) {
    reporter.error(where, "'" + name + "' is a block, not a value");
    return Value::unknown(where);
  }
  // One that is still being evaluated is part of a cycle, which is reported.
  if (constantStates[found->second.index] != State::Done)
    return Value::unknown(where);
  return constants[found->second.index];
}

std::vector<StringRef> Analyzer::FrameScope::names() const {
  std::vector<StringRef> result;
  if (analyzer.globals.size() > kMostCandidates)
    return result;
  for (const auto &global : analyzer.globals)
    if (!global.second.isBlock)
      result.push_back(global.first());
  if (frame)
    for (const auto &parameter : frame->parameters)
      result.push_back(parameter.first());
  llvm::sort(result);
  return result;
}

Value Analyzer::evaluateIn(const ast::Value &value, Frame *frame) {
  return evaluate(value, FrameScope(*this, frame), reporter);
}

std::vector<NamedValue> Analyzer::evaluateArgumentsIn(llvm::ArrayRef<ast::Argument> arguments, Frame *frame) {
  return evaluateArguments(arguments, FrameScope(*this, frame), reporter);
}

bool Analyzer::checkSymbols(const Value &value, Frame *frame) {
  bool good = true;
  const StringRef name = value.text();
  const bool isName = value.is(Value::Kind::Symbol) || value.is(Value::Kind::Call);
  if (isName && !llvm::is_contained(enumerationNames(), name)) {
    good = false;
    SourceRange where = value.where;
    if (value.is(Value::Kind::Call))
      where.end = where.begin + static_cast<uint32_t>(name.size());
    if (findLayer(name))
      reporter.error(where, "'" + name + "' is a layer, not a value");
    else
      reporter.error(where, "unknown name '" + name + "'").hint(FrameScope(*this, frame).nearest(name, enumerationNames()));
  }
  for (const Value &element : value.elements())
    good &= checkSymbols(element, frame);
  for (const NamedValue &argument : value.arguments())
    good &= checkSymbols(argument.value, frame);
  return good;
}
