// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Conversion of values to what an argument takes: kinds, ranges, names.

#include "Binding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

std::string numberText(double number) {
  return describe(number == std::floor(number) && std::abs(number) < 1e15
                      ? Value::ofInteger(static_cast<int64_t>(number), {})
                      : Value::ofFloat(number, {}));
}

/// " >= 1", " in [0, 1)", " > 0" or nothing.
std::string rangeText(const ArgumentSpec &spec) {
  const bool hasLow = std::isfinite(spec.low), hasHigh = std::isfinite(spec.high);
  if (hasLow && hasHigh)
    return " in " + std::string(spec.lowIsOpen ? "(" : "[") + numberText(spec.low) + ", " + numberText(spec.high) +
           (spec.highIsOpen ? ")" : "]");
  if (hasLow)
    return (spec.lowIsOpen ? " > " : " >= ") + numberText(spec.low);
  if (hasHigh)
    return (spec.highIsOpen ? " < " : " <= ") + numberText(spec.high);
  return "";
}

bool inRange(const ArgumentSpec &spec, double number) {
  return (spec.lowIsOpen ? number > spec.low : number >= spec.low) &&
         (spec.highIsOpen ? number < spec.high : number <= spec.high);
}

class Converter {
public:
  Converter(const ArgumentSpec &spec, const Callee &callee, Reporter &reporter)
      : spec(spec), callee(callee), reporter(reporter) {}

  std::optional<Value> convert(const Value &value) {
    if (!value.isKnown())
      return value;
    if (value.isNone() && spec.isNullable)
      return value;
    if (value.isNone() && !spec.whyNotNone.empty()) {
      reporter.error(value.where, "'" + spec.name + "' of " + callee.name + " is none").note(spec.whyNotNone);
      return std::nullopt;
    }
    std::optional<Value> result = convertKind(value);
    return result;
  }

private:
  /// Reports "expected X for 'filters' of Conv2D, found Y"; or an unknown name, where none but `words` is expected.
  Report fail(const Value &value, const Twine &expected, llvm::ArrayRef<StringRef> words = {}) {
    const bool takesNames = spec.kind == ArgumentKind::Enumeration || spec.kind == ArgumentKind::Activation;
    const std::string orNone = spec.isNullable ? " or none" : "";
    const std::string what = ("expected " + expected + orNone + " for '" + spec.name + "' of " + callee.name).str();
    if (!takesNames)
      if (std::optional<Report> unknown = callee.scope.reportUnknown(value, reporter, words))
        return unknown->note(what);
    return reporter.error(value.where, what + ", found " + describe(value));
  }
  std::nullopt_t failed(const Value &value, const Twine &expected, llvm::ArrayRef<StringRef> words = {}) {
    fail(value, expected, words);
    return std::nullopt;
  }

  /// Elements that come from a constant are blamed where the list is used.
  static Value placed(const Value &element, const Value &list) {
    const bool inside = element.where.begin >= list.where.begin && element.where.end <= list.where.end;
    return inside ? element : element.at(list.where);
  }

  std::optional<Value> convertKind(const Value &value) {
    using V = Value::Kind;
    switch (spec.kind) {
    case ArgumentKind::Integer:
      if (!value.is(V::Integer) || !inRange(spec, static_cast<double>(value.integer)))
        return failed(value, "an integer" + rangeText(spec));
      return value;
    case ArgumentKind::Number:
      return convertNumber(value);
    case ArgumentKind::Boolean:
      if (!value.is(V::Boolean))
        return failed(value, "true or false");
      return value;
    case ArgumentKind::String:
      if (!value.is(V::String))
        return failed(value, "a string in double quotes");
      return value;
    case ArgumentKind::Enumeration:
      return convertSymbol(value, spec.symbols);
    case ArgumentKind::Activation:
      return convertActivation(value);
    case ArgumentKind::Extents:
      return convertExtents(value);
    case ArgumentKind::Pairs:
      return convertPairs(value);
    case ArgumentKind::Integers:
      return convertIntegers(value);
    case ArgumentKind::Numbers:
      return convertNumbers(value);
    case ArgumentKind::Axes:
      if (value.is(V::Integer))
        return value;
      return convertIntegers(value);
    case ArgumentKind::Class:
      return convertClass(value);
    case ArgumentKind::Classes:
      return convertClasses(value);
    case ArgumentKind::NumberOrClass:
      if (value.is(V::Symbol) || value.is(V::Call))
        return convertClass(value);
      return convertNumber(value);
    case ArgumentKind::CountOrFull:
      return convertCount(value, spec.symbols.empty() ? "full" : spec.symbols.front());
    }
    return std::nullopt;
  }

  /// An integer, or a word that becomes none.
  std::optional<Value> convertCount(const Value &value, StringRef word) {
    if (value.is(Value::Kind::Symbol) && value.text() == word)
      return Value::none(value.where);
    if (!value.is(Value::Kind::Integer) || value.integer < 1)
      return failed(value, "an integer >= 1 or " + word, word);
    return value;
  }

  std::optional<Value> convertNumber(const Value &value) {
    if (!value.isNumber() || !inRange(spec, value.toDouble()))
      return failed(value, (spec.kind == ArgumentKind::NumberOrClass ? "a number" + rangeText(spec) + " or " +
                                                                          familyName(spec.family, true).str()
                                                                    : "a number" + rangeText(spec)));
    // Everything is computed in f32.
    if (std::abs(value.toDouble()) > std::numeric_limits<float>::max())
      return failed(value, "a number that fits a 32-bit float");
    return Value::ofFloat(value.toDouble(), value.where);
  }

  std::optional<Value> convertSymbol(const Value &value, llvm::ArrayRef<StringRef> symbols) {
    if (value.is(Value::Kind::Symbol) && llvm::is_contained(symbols, value.text()))
      return value;
    if (spec.takesQuotes && value.is(Value::Kind::String) && llvm::is_contained(symbols, value.text()))
      return Value::symbol(value.text().str(), value.where);
    Report report = fail(value, symbols.size() == 1 ? symbols.front().str()
                                                    : llvm::join(symbols.drop_back(), ", ") + " or " + symbols.back().str());
    if (value.is(Value::Kind::String) && llvm::is_contained(symbols, value.text()))
      report.note("write it without quotes");
    else if (value.is(Value::Kind::Symbol))
      report.hint(callee.scope.nearest(value.text(), symbols));
    return std::nullopt;
  }

  std::optional<Value> convertActivation(const Value &value) {
    if (value.isNone())
      return Value::symbol("linear", value.where);
    std::vector<StringRef> names;
    for (const ActivationSpec &activation : activations()) {
      names.push_back(activation.name);
      if (!value.is(Value::Kind::Symbol) || activation.name != value.text())
        continue;
      if (activation.isSupported)
        return value;
      reporter.error(value.where, "'" + activation.name +
                                      "' is an activation of the language, but this version does not support it yet");
      return std::nullopt;
    }
    if (value.is(Value::Kind::Symbol)) {
      reporter.error(value.where, "unknown activation '" + value.text() + "'")
          .note("activations are " + llvm::join(names, ", "))
          .hint(callee.scope.nearest(value.text(), names));
      return std::nullopt;
    }
    Report report = fail(value, "the name of an activation");
    if (value.is(Value::Kind::String) && llvm::is_contained(names, value.text()))
      report.note("write it without quotes");
    return std::nullopt;
  }

  std::optional<Value> convertExtents(const Value &value) {
    const unsigned rank = callee.spatialRank;
    const int64_t least = std::isfinite(spec.low) ? static_cast<int64_t>(spec.low) : 1;
    const std::string bound = " >= " + std::to_string(least);
    const std::string expected =
        rank == 1 ? "an integer" + bound : "an integer" + bound + " or " + std::to_string(rank) + " of them, as " +
                                            (rank == 2 ? "3x3" : "3x3x3") + ",";
    const std::string integers = "integers" + bound;
    if (value.is(Value::Kind::Integer)) {
      if (value.integer < least)
        return failed(value, expected);
      return Value::list(std::vector<Value>(rank, value), value.where, rank > 1);
    }
    if (!value.is(Value::Kind::List) || value.elements().size() != rank)
      return failed(value, expected);
    std::vector<Value> elements;
    for (const Value &element : value.elements()) {
      if (!element.isKnown())
        return Value::unknown(value.where);
      if (!element.is(Value::Kind::Integer) || element.integer < least) {
        const Value guilty = value.isDimensions ? value : placed(element, value);
        return failed(guilty, value.isDimensions ? StringRef(expected) : StringRef(integers));
      }
      elements.push_back(element);
    }
    return Value::list(std::move(elements), value.where, rank > 1);
  }

  /// An integer for both sides of every axis; one integer per axis; or a pair per axis. One axis takes a pair as it is
  /// (keras/layers/reshaping/zero_padding*.py, cropping*.py).
  std::optional<Value> convertPairs(const Value &value) {
    const unsigned rank = callee.spatialRank;
    const std::string expected = rank == 1 ? "an integer >= 0 or a pair of them, as [1, 2],"
                                           : "an integer >= 0, " + std::to_string(rank) +
                                                 " of them, or a pair of them for each of " + std::to_string(rank) +
                                                 " axes, as " + (rank == 2 ? "[[1, 2], [0, 3]]," : "[[1, 2], [0, 3], [1, 1]],");
    auto isCount = [](const Value &one) { return one.is(Value::Kind::Integer) && one.integer >= 0; };
    auto isPair = [&](const Value &one) {
      return one.is(Value::Kind::List) && one.elements().size() == 2 && llvm::all_of(one.elements(), isCount);
    };
    auto twice = [](const Value &one) { return Value::list({one, one}, one.where); };
    if (isCount(value))
      return Value::list(std::vector<Value>(rank, twice(value)), value.where);
    if (!value.is(Value::Kind::List))
      return failed(value, expected);
    for (const Value &element : value.elements()) {
      bool isKnown = element.isKnown();
      for (const Value &inner : element.elements())
        isKnown &= inner.isKnown();
      if (!isKnown)
        return Value::unknown(value.where);
    }
    if (rank == 1 && isPair(value))
      return Value::list({value}, value.where);
    if (value.elements().size() != rank)
      return failed(value, expected);
    std::vector<Value> pairs;
    for (const Value &element : value.elements()) {
      if (!isPair(element) && (rank == 1 || !isCount(element)))
        return failed(placed(element, value), rank == 1 ? StringRef(expected) : StringRef("an integer >= 0 or a pair of them"));
      pairs.push_back(isPair(element) ? element : twice(element));
    }
    return Value::list(std::move(pairs), value.where);
  }

  std::optional<Value> convertIntegers(const Value &value) {
    if (!value.is(Value::Kind::List))
      return failed(value, spec.kind == ArgumentKind::Axes ? Twine("an integer or a list of integers")
                                                           : Twine("a list of integers like 4x4x8 or [16, -1]"));
    for (const Value &element : value.elements()) {
      if (!element.isKnown())
        return Value::unknown(value.where);
      if (element.isNone() && spec.hasNoneElements)
        continue;
      const bool isExtent = element.is(Value::Kind::Integer) && inRange(spec, static_cast<double>(element.integer)) &&
                            (spec.kind == ArgumentKind::Axes || element.integer != 0);
      if (isExtent)
        continue;
      const Value guilty = value.isDimensions ? value : placed(element, value);
      if (spec.kind == ArgumentKind::Integers && spec.low == -1)
        return failed(guilty, "integers >= 1 or one -1");
      return failed(guilty, "integers" + rangeText(spec));
    }
    return value;
  }

  std::optional<Value> convertNumbers(const Value &value) {
    if (spec.takesOneNumber && value.isNumber() && inRange(spec, value.toDouble()))
      return Value::list({Value::ofFloat(value.toDouble(), value.where)}, value.where);
    if (!value.is(Value::Kind::List) || value.isDimensions || value.elements().empty())
      return failed(value, spec.takesOneNumber ? "a number" + rangeText(spec) : "a list of numbers like [0.1, 0.01]");
    std::vector<Value> numbers;
    for (const Value &element : value.elements()) {
      if (!element.isKnown())
        return Value::unknown(value.where);
      if (!element.isNumber() || !inRange(spec, element.toDouble()))
        return failed(placed(element, value), "numbers" + rangeText(spec));
      numbers.push_back(Value::ofFloat(element.toDouble(), element.where));
    }
    return Value::list(std::move(numbers), value.where);
  }

  std::optional<Value> convertClass(const Value &value) {
    const StringRef family = familyName(spec.family, /*withArticle=*/true);
    if (!value.is(Value::Kind::Symbol) && !value.is(Value::Kind::Call)) {
      Report report = fail(value, family);
      if (value.is(Value::Kind::String)) {
        std::vector<StringRef> names;
        for (const ClassSpec &known : classesOf(spec.family))
          names.push_back(known.name);
        report.note("names stand without quotes").hint(findClass(spec.family, value.text()) ? "" : nearestName(value.text(), names));
      }
      return std::nullopt;
    }
    const SourceRange nameWhere = {value.where.begin, static_cast<uint32_t>(value.where.begin + value.text().size())};
    const SourceRange place = value.is(Value::Kind::Call) ? nameWhere : value.where;
    const ClassSpec *found = findClass(spec.family, value.text());
    if (!found) {
      std::vector<StringRef> names;
      for (const ClassSpec &known : classesOf(spec.family)) {
        // The names that are offered are those of the language's examples; either way of writing is a near one.
        names.push_back(known.name);
        if (!known.alias.empty())
          names.push_back(known.alias);
      }
      std::vector<StringRef> offered;
      for (const ClassSpec &known : classesOf(spec.family))
        offered.push_back(known.alias.empty() ? known.name : known.alias);
      const StringRef nearest = callee.scope.nearest(value.text(), names);
      Report report = reporter.error(place, "unknown " + familyName(spec.family) + " '" + value.text() + "'");
      if (nearest.empty())
        report.note("known are " + llvm::join(offered, ", "));
      report.hint(nearest);
      return std::nullopt;
    }
    if (!found->isSupported) {
      reporter.error(place, "'" + found->name + "' is " + family +
                                " of the language, but this version does not support it yet");
      return std::nullopt;
    }
    const Bound bound = bind({found->name, place, callee.scope}, found->arguments, value.arguments(), reporter);
    if (bound.isBroken)
      return std::nullopt;
    std::vector<NamedValue> arguments;
    for (size_t i = 0; i < bound.values.size(); ++i) {
      if (!bound.values[i].isKnown())
        return Value::unknown(value.where);
      arguments.push_back({found->arguments[i].name.str(), bound.values[i].where, bound.values[i]});
    }
    return Value::call(found->name, std::move(arguments), value.where);
  }

  std::optional<Value> convertClasses(const Value &value) {
    if (!value.is(Value::Kind::List)) {
      std::optional<Value> one = convertClass(value);
      if (!one)
        return std::nullopt;
      return Value::list({*one}, value.where);
    }
    std::vector<Value> elements;
    bool good = true;
    for (const Value &element : value.elements()) {
      // One that is not known was reported.
      std::optional<Value> converted = element.isKnown() ? convertClass(placed(element, value)) : std::nullopt;
      good &= converted.has_value();
      if (converted)
        elements.push_back(*converted);
    }
    if (!good)
      return std::nullopt;
    return Value::list(std::move(elements), value.where);
  }

  const ArgumentSpec &spec;
  const Callee &callee;
  Reporter &reporter;
};

} // namespace

std::optional<Value> frontend::convert(const ArgumentSpec &spec, const Value &value, const Callee &callee,
                                       Reporter &reporter) {
  return Converter(spec, callee, reporter).convert(value);
}
