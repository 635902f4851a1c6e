// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Values of constants and arguments.

#include "Evaluator.h"

#include "nncc/Support/CheckedMath.h"

#include <cmath>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

class Evaluator {
public:
  Evaluator(const NameScope &scope, Reporter &reporter) : scope(scope), reporter(reporter) {}

  Value evaluate(const ast::Value &value) {
    using Kind = ast::Value::Kind;
    switch (value.kind) {
    case Kind::Broken:
      return Value::unknown(value.where);
    case Kind::Integer:
      return Value::ofInteger(value.integer, value.where);
    case Kind::Float:
      return Value::ofFloat(value.number, value.where);
    case Kind::String:
      return Value::string(value.text, value.where);
    case Kind::True:
    case Kind::False:
      return Value::boolean(value.kind == Kind::True, value.where);
    case Kind::None:
      return Value::none(value.where);
    case Kind::Dimensions: {
      std::vector<Value> elements;
      for (int64_t extent : value.extents)
        elements.push_back(Value::ofInteger(extent, value.where));
      return Value::list(std::move(elements), value.where, /*isDimensions=*/true);
    }
    case Kind::Name:
      if (std::optional<Value> found = scope.lookUp(value.text, value.where))
        return found->at(value.where);
      return Value::symbol(value.text, value.where);
    case Kind::Call:
      return Value::call(value.text, arguments(value.arguments), value.where);
    case Kind::List: {
      std::vector<Value> elements;
      for (const ast::Value &element : value.operands)
        elements.push_back(evaluate(element));
      return Value::list(std::move(elements), value.where);
    }
    case Kind::Paren:
      return evaluate(value.operands[0]).at(value.where);
    case Kind::Negate:
      return negate(value);
    case Kind::Arithmetic:
      return arithmetic(value);
    }
    return Value::unknown(value.where);
  }

  std::vector<NamedValue> arguments(llvm::ArrayRef<ast::Argument> given) {
    std::vector<NamedValue> result;
    for (const ast::Argument &argument : given)
      result.push_back({argument.name ? argument.name->text : "", argument.name ? argument.name->where : argument.where,
                        evaluate(argument.value)});
    return result;
  }

private:
  bool isNumber(const Value &value) {
    if (!value.isKnown())
      return false;
    if (value.isNumber())
      return true;
    if (std::optional<Report> unknown = scope.reportUnknown(value, reporter))
      unknown->note("arithmetic is on numbers");
    else
      reporter.error(value.where, "arithmetic is on numbers, found " + describe(value));
    return false;
  }

  Value negate(const ast::Value &value) {
    const Value operand = evaluate(value.operands[0]);
    if (!isNumber(operand))
      return Value::unknown(value.where);
    if (operand.is(Value::Kind::Float))
      return Value::ofFloat(-operand.number, value.where);
    // The smallest integer has no positive counterpart, and no literal denotes it.
    return Value::ofInteger(operand.integer == INT64_MIN ? INT64_MIN : -operand.integer, value.where);
  }

  Value arithmetic(const ast::Value &value) {
    Value left = evaluate(value.operands[0]);
    bool good = isNumber(left);
    for (size_t i = 0; i < value.operators.size(); ++i) {
      const Value right = evaluate(value.operands[i + 1]);
      good &= isNumber(right);
      if (!good)
        continue;
      left = apply(value.operators[i], left, right, spanning(value.where, right.where));
      good = left.isKnown();
    }
    return good ? left.at(value.where) : Value::unknown(value.where);
  }

  Value apply(char op, const Value &left, const Value &right, SourceRange where) {
    if (op == '/' && right.toDouble() == 0) {
      reporter.error(right.where, "division by zero");
      return Value::unknown(where);
    }
    if (left.is(Value::Kind::Integer) && right.is(Value::Kind::Integer))
      return applyIntegers(op, left.integer, right.integer, where);
    const double a = left.toDouble(), b = right.toDouble();
    const double result = op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
    if (!std::isfinite(result)) {
      reporter.error(where, "the result is too large for a float");
      return Value::unknown(where);
    }
    return Value::ofFloat(result, where);
  }

  Value applyIntegers(char op, int64_t a, int64_t b, SourceRange where) {
    std::optional<int64_t> result;
    switch (op) {
    case '+': result = checkedAdd(a, b); break;
    case '-': result = checkedSubtract(a, b); break;
    case '*': result = checkedMultiply(a, b); break;
    default:
      if (b == -1) {
        result = checkedSubtract(0, a);
      } else if (a % b == 0) {
        result = a / b;
      } else {
        reporter.error(where, Twine(a) + " / " + Twine(b) + " does not divide exactly")
            .note("integers divide exactly or not at all; for a float write " + Twine(a) + ".0 / " + Twine(b));
        return Value::unknown(where);
      }
    }
    if (!result) {
      reporter.error(where, "the result of " + Twine(a) + " " + StringRef(&op, 1) + " " + Twine(b) +
                                " does not fit 63 bits");
      return Value::unknown(where);
    }
    return Value::ofInteger(*result, where);
  }

  const NameScope &scope;
  Reporter &reporter;
};

} // namespace

Value frontend::evaluate(const ast::Value &value, const NameScope &scope, Reporter &reporter) {
  return Evaluator(scope, reporter).evaluate(value);
}

std::vector<NamedValue> frontend::evaluateArguments(llvm::ArrayRef<ast::Argument> arguments, const NameScope &scope,
                                                    Reporter &reporter) {
  return Evaluator(scope, reporter).arguments(arguments);
}
