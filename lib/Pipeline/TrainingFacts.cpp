// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TrainingFacts.h"

#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Transforms/Optimizers.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nncc::pipeline {

/// A value of an attribute as a number; NaN for what is none.
static double asNumber(Attribute value) {
  return TypeSwitch<Attribute, double>(value)
      .Case([](BoolAttr flag) { return flag.getValue() ? 1.0 : 0.0; })
      .Case([](IntegerAttr integer) { return static_cast<double>(integer.getValue().getSExtValue()); })
      .Case([](FloatAttr number) { return number.getValueAsDouble(); })
      .Default([](Attribute) { return std::numeric_limits<double>::quiet_NaN(); });
}

codegen::Call describeCall(nn::CallAttr call) {
  codegen::Call result;
  result.name = call.getName().str();
  for (NamedAttribute named : call.getArguments()) {
    codegen::Argument argument;
    argument.name = named.getName().str();
    argument.number = asNumber(named.getValue());
    if (auto text = dyn_cast<StringAttr>(named.getValue()))
      argument.text = text.str();
    if (auto list = dyn_cast<ArrayAttr>(named.getValue()))
      for (Attribute element : list)
        argument.list.push_back(asNumber(element));
    if (!isa<nn::CallAttr>(named.getValue()))
      result.arguments.push_back(std::move(argument));
  }
  return result;
}

static std::vector<codegen::Call> describeCalls(ArrayAttr calls) {
  std::vector<codegen::Call> result;
  if (calls)
    for (auto call : calls.getAsRange<nn::CallAttr>())
      result.push_back(describeCall(call));
  return result;
}

codegen::Training describeTraining(ModuleOp model) {
  codegen::Training result;
  auto train = model->getAttrOfType<DictionaryAttr>("nn.train");
  if (!train)
    return result;
  result.present = true;
  if (auto optimizer = train.getAs<nn::CallAttr>("optimizer")) {
    result.optimizer = describeCall(optimizer);
    if (auto schedule = optimizer.getArguments().getAs<nn::CallAttr>("learning_rate"))
      result.schedule = describeCall(schedule);
  }
  if (auto loss = train.getAs<nn::CallAttr>("loss"))
    result.loss = describeCall(loss);
  if (auto weights = train.getAs<ArrayAttr>("class_weight")) { // what the loss was compiled with
    codegen::Argument &argument = result.loss.arguments.emplace_back();
    argument.name = "class_weight";
    for (Attribute weight : weights)
      argument.list.push_back(asNumber(weight));
  }
  result.metrics = describeCalls(train.getAs<ArrayAttr>("metrics"));
  result.callbacks = describeCalls(train.getAs<ArrayAttr>("callbacks"));
  result.augment = describeCalls(train.getAs<ArrayAttr>("augment"));
  if (auto data = train.getAs<StringAttr>("data"))
    result.data = data.str();
  if (auto data = train.getAs<StringAttr>("validation_data"))
    result.validationData = data.str();
  if (auto split = train.getAs<FloatAttr>("validation_split"))
    result.validationSplit = split.getValueAsDouble();
  auto integer = [&](StringRef key, int64_t absent) {
    auto value = train.getAs<IntegerAttr>(key);
    return value ? value.getInt() : absent;
  };
  // Keras' defaults (keras/engine/training.py, Model.fit), and seed 0.
  result.batchSize = integer("batch_size", 32);
  result.epochs = integer("epochs", 1);
  result.seed = static_cast<uint64_t>(integer("seed", 0));
  auto shuffle = train.getAs<BoolAttr>("shuffle");
  result.shuffle = !shuffle || shuffle.getValue();
  return result;
}

void describeOptimizerState(ModuleOp model, codegen::Program &program) {
  auto train = model->getAttrOfType<DictionaryAttr>("nn.train");
  auto call = train ? train.getAs<nn::CallAttr>("optimizer") : nn::CallAttr();
  if (!call)
    return;
  // The op that @train_step ends with knows; here it stands in a block of its own.
  Block block;
  OpBuilder builder(model.getContext());
  builder.setInsertionPointToStart(&block);
  if (failed(buildOptimizer(builder, model.getLoc(), call)))
    return;
  program.optimizerSlots = nn::countStateSlots(&block.back());
  std::fill_n(program.optimizerSlotInitial.begin(), program.optimizerSlots, nn::initialState(&block.back()));
}

} // namespace nncc::pipeline
