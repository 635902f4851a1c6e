// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Matching of arguments with signatures: names, positions, defaults.

#include "Binding.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// The value that a table's default text stands for.
Value parseDefault(StringRef text, SourceRange where) {
  int64_t integer;
  double number;
  if (text == "none")
    return Value::none(where);
  if (text == "true" || text == "false")
    return Value::boolean(text == "true", where);
  if (text.starts_with("\""))
    return Value::string(text.drop_front().drop_back(), where);
  if (!text.getAsInteger(10, integer))
    return Value::ofInteger(integer, where);
  if (!text.getAsDouble(number))
    return Value::ofFloat(number, where);
  return Value::symbol(text, where);
}

bool sameValue(const Value &a, const Value &b) {
  if (a.isNumber() && b.isNumber())
    return a.toDouble() == b.toDouble();
  return a.kind == b.kind && a.integer == b.integer && a.text() == b.text();
}

} // namespace

Bound frontend::bind(const Callee &callee, const Signature &signature, llvm::ArrayRef<NamedValue> given,
                     Reporter &reporter) {
  Bound bound;
  bound.values.assign(signature.size(), Value::unknown(callee.where));
  bound.isGiven.assign(signature.size(), false);
  std::vector<StringRef> names;
  size_t positional = 0;
  for (const ArgumentSpec &spec : signature) {
    names.push_back(spec.name);
    positional += !spec.isNamedOnly;
  }

  // 1. Match.
  std::vector<const Value *> matched(signature.size(), nullptr);
  size_t position = 0;
  bool toldTooMany = false;
  for (const NamedValue &argument : given) {
    size_t index;
    if (argument.name.empty()) {
      index = position++;
      if (index >= positional) {
        bound.isBroken = true;
        if (!toldTooMany)
          reporter.error(argument.value.where, callee.name + " takes " +
                                                   (positional == 0 ? Twine("no positional argument")
                                                    : positional == 1 ? Twine("one positional argument")
                                                                      : "at most " + Twine(positional) + " positional arguments") +
                                                   ", found " + Twine(llvm::count_if(given, [](const NamedValue &value) {
                                                     return value.name.empty();
                                                   })));
        toldTooMany = true;
        continue;
      }
    } else {
      index = llvm::find(names, argument.name) - names.begin();
      if (index == names.size()) {
        bound.isBroken = true;
        Report report =
            reporter.error(argument.nameWhere, "unknown argument '" + argument.name + "' of " + callee.name);
        const StringRef nearest = nearestName(argument.name, names);
        if (!nearest.empty())
          report.hint(nearest);
        else if (argument.name == "data_format" || argument.name == "dtype")
          report.note("nncc is always channels_last and float32");
        else
          report.note("its arguments are " + llvm::join(names, ", "));
        continue;
      }
    }
    if (bound.isGiven[index]) {
      bound.isBroken = true;
      reporter.error(argument.name.empty() ? argument.value.where : argument.nameWhere,
                     "the argument '" + signature[index].name + "' of " + callee.name + " is given twice");
      continue;
    }
    bound.isGiven[index] = true;
    matched[index] = &argument.value;
  }

  // 2. Convert; fill in defaults.
  std::vector<std::string> missing;
  for (size_t i = 0; i < signature.size(); ++i) {
    const ArgumentSpec &spec = signature[i];
    if (!matched[i]) {
      if (spec.isRequired()) {
        missing.push_back("'" + spec.name.str() + "'");
        continue;
      }
      bound.values[i] = *convert(spec, parseDefault(spec.defaultText, callee.where), callee, reporter);
      continue;
    }
    std::optional<Value> converted = convert(spec, *matched[i], callee, reporter);
    if (converted && converted->isKnown() && spec.isOnlyDefault &&
        !sameValue(*converted, *convert(spec, parseDefault(spec.defaultText, callee.where), callee, reporter))) {
      reporter.error(matched[i]->where, "this version supports only " + spec.defaultText + " for '" + spec.name +
                                            "' of " + callee.name + ", found " + describe(*matched[i]));
      converted.reset();
    }
    if (converted)
      bound.values[i] = std::move(*converted);
    else
      bound.isBroken = true;
  }

  // 3. A misspelt argument is often the missing one.
  if (!missing.empty() && !bound.isBroken) {
    std::vector<StringRef> required;
    for (const ArgumentSpec &spec : signature)
      if (spec.isRequired())
        required.push_back(spec.name);
    const std::string list = missing.size() == 1
                                 ? missing.front()
                                 : llvm::join(llvm::ArrayRef(missing).drop_back(), ", ") + " and " + missing.back();
    reporter.error(callee.where, callee.name + " needs the argument" + (missing.size() == 1 ? " " : "s ") + list)
        .note("write " + callee.name + "(" + llvm::join(required, ", ") + ")");
  }
  bound.isBroken |= !missing.empty();
  return bound;
}
