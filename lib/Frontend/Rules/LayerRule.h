// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_RULES_LAYERRULE_H
#define NNCC_LIB_FRONTEND_RULES_LAYERRULE_H

#include "../LayerArguments.h"
#include "../LayerRules.h"

#include "llvm/ADT/StringExtras.h"

#include <array>

namespace nncc::frontend {

/// Finds shape and variables of one layer: the part that all families share. Arguments and extents may be unknown, in a block that is
/// checked without a use. The arithmetic is that of the nn dialect (Dialect/NN/Shape.h).
struct LayerRule {
  LayerRule(const LayerSpec &spec, const Bound &bound, llvm::ArrayRef<KnownShape> inputs, SourceRange where,
            Reporter &reporter)
      : spec(spec), arguments(spec, bound.values), inputs(inputs), where(where), reporter(reporter) {}

  /// The rule of layers whose output has their input's shape and that have no variables.
  void sameShape() { result.output = input(); }

  const KnownShape &input() const { return inputs.front(); }
  size_t rank() const { return input().extents.size(); }
  /// Whether all extents of all inputs are known.
  bool areInputsComplete() const { return llvm::all_of(inputs, [](const KnownShape &one) { return one.isComplete(); }); }
  std::vector<nn::Extents> inputExtents() const;

  const Value &argument(llvm::StringRef name) const { return arguments[name]; }
  bool known(std::initializer_list<llvm::StringRef> names) const {
    return llvm::all_of(names, [&](llvm::StringRef name) { return argument(name).isKnown(); });
  }
  bool flag(llvm::StringRef name) const { return argument(name).isKnown() && argument(name).integer; }

  /// The shapes do not fit: a clause behind "Conv2D 'conv2d': ".
  void fails(const llvm::Twine &clause) { result.shapeError = clause.str(); }
  void fails(llvm::Error error) { fails(llvm::toString(std::move(error))); }
  /// The output's shape, or why there is none.
  void take(llvm::Expected<nn::Shape> shape);
  /// An argument is wrong; notes may be added.
  Report argumentError(llvm::StringRef name, const llvm::Twine &text);
  /// Declares a variable. `initializer` is the argument's name; the regularizer and constraint arguments of that name go with it.
  void variable(llvm::StringRef name, nn::Shape shape, llvm::StringRef initializer, bool isTrainable = true);
  /// Reports a constraint that does not fit its variable, at the constraint or its axis.
  void checkConstraint(const Variable &variable);

  /// An axis, checked against the input's rank; none after an error.
  std::optional<int64_t> axisOf(const Value &axis, size_t sampleRank);
  /// A list of axes or a single one, each checked, in the order given; none after an error.
  std::optional<std::vector<int64_t>> axesOf(const Value &value);

  const LayerSpec &spec;
  const Arguments arguments;
  const llvm::ArrayRef<KnownShape> inputs;
  const SourceRange where;
  Reporter &reporter;
  LayerResult result;
};

/// The rule of each kind of layer.
class RuleTable {
public:
  using Function = LayerResult (*)(const LayerSpec &, const Bound &, llvm::ArrayRef<KnownShape>, SourceRange, Reporter &);

  /// `method` is a `void Rules::method()`, Rules a LayerRule.
  template <auto method>
  void add(LayerKind kind) {
    functions[static_cast<size_t>(kind)] = run<method>;
  }
  Function operator[](LayerKind kind) const { return functions[static_cast<size_t>(kind)]; }

private:
  template <typename Rules>
  static Rules classOf(void (Rules::*method)());
  template <auto method>
  static LayerResult run(const LayerSpec &spec, const Bound &bound, llvm::ArrayRef<KnownShape> inputs, SourceRange where,
                         Reporter &reporter) {
    decltype(classOf(method)) rules(spec, bound, inputs, where, reporter);
    (rules.*method)();
    return std::move(rules.result);
  }

  std::array<Function, static_cast<size_t>(LayerKind::Unsupported)> functions = {};
};

/// One for each family, in its file.
void addActivationRules(RuleTable &table);
void addAttentionRules(RuleTable &table);
void addConvolutionRules(RuleTable &table);
void addDenseRules(RuleTable &table);
void addMergeRules(RuleTable &table);
void addNormalizationRules(RuleTable &table);
void addPoolingRules(RuleTable &table);
void addRegularizationRules(RuleTable &table);
void addShapeRules(RuleTable &table);

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_RULES_LAYERRULE_H
