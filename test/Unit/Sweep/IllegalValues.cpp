// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What arguments do not take, from what the tables say they do.
#include "Sweep/IllegalGenerator.h"
#include "Sweep/LayerGenerator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>

using namespace nncc;
using namespace nncc::frontend;
using namespace nncc::sweep;
using llvm::StringRef;

namespace {

/// A name with a letter doubled, which none of `taken` is.
std::string misspelt(StringRef name, llvm::ArrayRef<StringRef> taken, Draw &draw) {
  std::string result = name.str();
  do {
    const size_t at = draw.in(0, static_cast<int64_t>(result.size()) - 1);
    result.insert(at, 1, result[at]);
  } while (llvm::is_contained(taken, result));
  return result;
}

/// A bound of a range as the language writes it.
std::string boundText(double bound, bool isInteger) {
  return isInteger ? std::to_string(static_cast<int64_t>(bound)) : numberText(bound);
}

class WrongValues {
public:
  WrongValues(const ArgumentSpec &spec, unsigned rank, const std::string &owner, Draw &draw)
      : spec(spec), rank(rank), draw(draw), names({owner, spec.name.str()}) {}

  std::vector<Wrong> run() {
    otherTypes();
    switch (spec.kind) {
    case ArgumentKind::Integer:
      outOfRange(/*isInteger=*/true);
      addAll({"^2.5", "^1.0", "^9223372036854775807 + 1", "^9223372036854775808"});
      break;
    case ArgumentKind::Number:
      outOfRange(/*isInteger=*/false);
      addAll({"^1e39", "^1.0e999"});
      break;
    case ArgumentKind::NumberOrClass:
      outOfRange(/*isInteger=*/false);
      classes();
      break;
    case ArgumentKind::Boolean: addAll({"^1", "^0", "^maybe", "^True", "^\"true\""}); break;
    case ArgumentKind::String: addAll({"^3", "^relu", "^valid", "^'single'"}); break;
    case ArgumentKind::Enumeration: symbols(spec.symbols); break;
    case ArgumentKind::Activation: {
      std::vector<StringRef> known;
      for (const ActivationSpec &one : activations())
        known.push_back(one.name);
      symbols(known);
      break;
    }
    case ArgumentKind::Extents: extents(); break;
    case ArgumentKind::Pairs: pairs(); break;
    case ArgumentKind::Integers:
      addAll({"^7", "[1, ^2.5]", "[^0, 1]", "[1, ^relu]", "[1, ^\"a\"]", "[^true]", "[2, ^-7]"});
      break;
    case ArgumentKind::Numbers:
      if (!spec.takesOneNumber)
        add("^7");
      addAll({"[^]", "[0.5, ^relu]", "[^\"a\"]", "[^none]", "^2x2"});
      if (std::isfinite(spec.low))
        add("[^" + numberText(spec.low - 1) + "]");
      if (std::isfinite(spec.high))
        add("[0.0, ^" + numberText(spec.high + 1) + "]");
      break;
    case ArgumentKind::Axes: addAll({"^1.5", "[1, ^1.5]", "[^true]", "[1, ^\"a\"]", "[^[1]]"}); break;
    case ArgumentKind::Class: classes(); break;
    case ArgumentKind::Classes:
      classes();
      for (Wrong &wrong : std::vector<Wrong>(wrongs))
        wrongs.push_back({"[" + (draw.chance(50) ? drawClassUse(classesOf(spec.family).front(), draw).text() + ", " : "") +
                                wrong.text + "]",
                            wrong.names});
      break;
    case ArgumentKind::CountOrFull: addAll({"^0", "^-1", "^1.5", "^ful"}); break;
    }
    if (spec.isOnlyDefault && spec.defaultText == "false")
      add("^true");
    return std::move(wrongs);
  }

private:
  void add(std::string text) { wrongs.push_back({std::move(text), names}); }
  void addAll(std::initializer_list<const char *> texts) {
    for (const char *text : texts)
      add(text);
  }

  /// What no value of this kind is.
  void otherTypes() {
    using K = ArgumentKind;
    auto isNot = [&](std::initializer_list<K> kinds) { return !llvm::is_contained(kinds, spec.kind); };
    addAll({"^qwertz", "^qwertz(1)", "^Dense", "^Flatten()", "^x"});
    if (isNot({K::String}))
      add("^\"text\"");
    if (isNot({K::Boolean}))
      add("^true");
    if (!spec.isNullable && isNot({K::Activation}))
      add("^none");
    if (isNot({K::Integers, K::Axes, K::Extents, K::Pairs, K::Numbers, K::Classes}))
      addAll({"^[1, 2]", "^2x2", "[^]"});
    if (isNot({K::Number, K::NumberOrClass}) && !spec.takesOneNumber)
      add("^1.5");
    if (isNot({K::Class, K::Classes, K::NumberOrClass}))
      addAll({"^Zeros", "^L2(l2=0.1)", "^Adam()"});
    if (isNot({K::Enumeration, K::Activation}))
      addAll({"^relu", "^same"});
  }

  void outOfRange(bool isInteger) {
    if (std::isfinite(spec.low)) {
      add("^" + boundText(spec.low - 1, isInteger));
      if (spec.lowIsOpen)
        add("^" + boundText(spec.low, isInteger));
    }
    if (std::isfinite(spec.high)) {
      add("^" + boundText(spec.high + 1, isInteger));
      if (spec.highIsOpen)
        add("^" + boundText(spec.high, isInteger));
    }
  }

  void symbols(llvm::ArrayRef<StringRef> known) {
    const StringRef name = draw.oneOf(known);
    add("^" + misspelt(name, known, draw));
    if (!spec.takesQuotes)
      add("^\"" + name.str() + "\"");
    add("^" + name.str() + "(1)");
    addAll({"^3", "^1.5"});
    if (!llvm::is_contained(known, "full"))
      add("^full");
  }

  void extents() {
    const int64_t least = std::isfinite(spec.low) ? static_cast<int64_t>(spec.low) : 1;
    const std::string low = std::to_string(least - 1);
    addAll({"^-1", "[^]", "^[1, 1, 1, 1]", "^1x2x3x4"});
    add("^" + low);
    if (rank > 1) {
      add("^[2]");
      add("[1, ^" + low + (rank == 3 ? ", 2]" : "]"));
      add("[1, ^2.5" + std::string(rank == 3 ? ", 2]" : "]"));
      if (least == 1)
        add("^2x0" + std::string(rank == 3 ? "x1" : ""));
    }
    if (rank < 3)
      add("^1x1x1");
  }

  void pairs() {
    addAll({"^-1", "^1.5", "^[1, 2, 3, 4]", "[^]"});
    if (rank == 1)
      addAll({"^[1, 2, 3]", "[^[1, 2, 3]]"});
    else
      add("[[0, 1], ^[1, 2, 3]" + std::string(rank == 3 ? ", 1]" : "]"));
    if (rank == 2)
      addAll({"[1, ^-1]", "[[0, 1], ^[0, -1]]", "[^true, 1]"});
  }

  void classes() {
    const llvm::ArrayRef<ClassSpec> all = classesOf(spec.family);
    std::vector<StringRef> known;
    for (const ClassSpec &one : all) {
      known.push_back(one.name);
      if (!one.alias.empty())
        known.push_back(one.alias);
    }
    names.push_back(familyName(spec.family).str());
    add("^" + misspelt(draw.oneOf(llvm::ArrayRef(known)), known, draw));
    add("^\"" + draw.oneOf(llvm::ArrayRef(known)).str() + "\"");
    if (spec.kind != ArgumentKind::NumberOrClass)
      add("^3");
    for (ClassFamily other : {ClassFamily::Initializer, ClassFamily::Optimizer, ClassFamily::Metric})
      if (other != spec.family && !llvm::is_contained(known, classesOf(other)[1].name))
        add("^" + classesOf(other)[1].name.str());
    // A class with a mistake inside.
    const Use use = drawClassUse(draw.oneOf(all), draw);
    llvm::append_range(wrongs, wrongUses(use, draw));
    if (!use.signature->empty())
      llvm::append_range(wrongs, withWrongValue(use, draw.oneOf(llvm::ArrayRef(*use.signature)), draw));
  }

  const ArgumentSpec &spec;
  const unsigned rank;
  Draw &draw;
  std::vector<std::string> names;
  std::vector<Wrong> wrongs;
};

/// A value for an argument of a class, whatever its kind.
std::string valueFor(const ArgumentSpec &spec, Draw &draw) {
  if (spec.kind == ArgumentKind::Numbers)
    return spec.name == "values" ? "[0.5, 0.25, 0.125]" : "[0.25, 0.75]";
  return *drawValue(spec, 0, draw);
}

} // namespace

std::string Use::text() const {
  if (arguments.empty())
    return name;
  std::string result = name + "(";
  for (const auto &[index, argument] : llvm::enumerate(arguments))
    result += (index ? ", " : "") + (index < positional ? "" : argument.first + "=") + argument.second;
  return result + ")";
}

Use sweep::drawClassUse(const ClassSpec &spec, Draw &draw) {
  Use use = {spec.name.str(), &spec.arguments};
  for (const ArgumentSpec &argument : spec.arguments)
    if (argument.isRequired() || (draw.chance(30) && !argument.isNullable))
      use.arguments.push_back({argument.name.str(), valueFor(argument, draw)});
  return use;
}

std::vector<Wrong> sweep::wrongValues(const ArgumentSpec &spec, unsigned spatialRank, const std::string &owner, Draw &draw) {
  return WrongValues(spec, spatialRank, owner, draw).run();
}

std::vector<Wrong> sweep::withWrongValue(const Use &use, const ArgumentSpec &spec, Draw &draw) {
  std::vector<Wrong> result;
  for (Wrong &wrong : wrongValues(spec, use.spatialRank, use.name, draw)) {
    Use changed = use;
    auto given = llvm::find_if(changed.arguments, [&](const auto &one) { return one.first == spec.name; });
    if (given == changed.arguments.end())
      changed.arguments.push_back({spec.name.str(), wrong.text});
    else
      given->second = wrong.text;
    result.push_back({changed.text(), std::move(wrong.names)});
  }
  return result;
}

std::vector<Wrong> sweep::wrongUses(const Use &use, Draw &draw) {
  std::vector<Wrong> result;
  std::vector<StringRef> names;
  for (const ArgumentSpec &spec : *use.signature)
    names.push_back(spec.name);
  auto add = [&](const Use &changed) { result.push_back({changed.text(), {use.name}}); };
  auto with = [&](std::string name, std::string value) {
    Use changed = use;
    changed.arguments.push_back({std::move(name), std::move(value)});
    add(changed);
  };

  with("^qwertz", "1");
  if (!names.empty())
    with("^" + misspelt(draw.oneOf(llvm::ArrayRef(names)), names, draw), "1");
  // Each required one left out.
  for (size_t i = 0; i < use.arguments.size(); ++i)
    for (const ArgumentSpec &spec : *use.signature)
      if (spec.name == use.arguments[i].first && spec.isRequired()) {
        Use changed = use;
        changed.name = "^" + use.name;
        changed.arguments.erase(changed.arguments.begin() + i);
        changed.positional = std::min(changed.positional, i);
        add(changed);
      }
  if (!use.arguments.empty()) {
    const auto &[name, value] = draw.oneOf(llvm::ArrayRef(use.arguments));
    with("^" + name, value);
  }
  // One behind the last position, and one behind a named argument.
  Use full = {use.name, use.signature, use.spatialRank};
  for (const ArgumentSpec &spec : *use.signature) {
    if (spec.isNamedOnly)
      continue;
    auto given = llvm::find_if(use.arguments, [&](const auto &one) { return one.first == spec.name; });
    full.arguments.push_back({"", given == use.arguments.end() ? spec.defaultText.str() : given->second});
  }
  full.arguments.push_back({"", "^1"});
  full.positional = full.arguments.size();
  add(full);
  if (use.positional < use.arguments.size()) {
    const std::string text = use.text();
    result.push_back({text.substr(0, text.size() - 1) + ", ^1)", {"positional"}});
  }
  return result;
}
