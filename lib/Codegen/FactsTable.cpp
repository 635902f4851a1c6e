// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Codegen/FactsTable.h"

#include <algorithm>

namespace nncc::codegen {

static nncc_tensor convert(const Tensor &tensor) {
  nncc_tensor result = {};
  result.name = tensor.name.c_str();
  result.rank = static_cast<int64_t>(tensor.extents.size());
  std::copy(tensor.extents.begin(), tensor.extents.end(), result.extents);
  result.elements = tensor.elements();
  return result;
}

nncc_call FactsTable::convert(const Call &call) {
  if (call.name.empty())
    return {};
  std::vector<nncc_argument> &list = arguments.emplace_back();
  for (const Argument &argument : call.arguments)
    list.push_back({argument.name.c_str(), argument.number, argument.text ? argument.text->c_str() : nullptr,
                    static_cast<int64_t>(argument.list.size()), argument.list.empty() ? nullptr : argument.list.data()});
  return {call.name.c_str(), static_cast<int64_t>(list.size()), list.data()};
}

const nncc_call *FactsTable::convert(const std::vector<Call> &calls) {
  std::vector<nncc_call> list;
  for (const Call &call : calls)
    list.push_back(convert(call));
  return callLists.emplace_back(std::move(list)).data();
}

nncc_training FactsTable::convert(const Training &training) {
  nncc_training result = {};
  result.present = training.present;
  result.optimizer = convert(training.optimizer);
  result.schedule = convert(training.schedule);
  result.loss = convert(training.loss);
  result.metric_count = static_cast<int64_t>(training.metrics.size());
  result.metrics = convert(training.metrics);
  result.callback_count = static_cast<int64_t>(training.callbacks.size());
  result.callbacks = convert(training.callbacks);
  result.data = training.data ? training.data->c_str() : nullptr;
  result.validation_data = training.validationData ? training.validationData->c_str() : nullptr;
  result.validation_split = training.validationSplit;
  result.batch_size = training.batchSize;
  result.epochs = training.epochs;
  result.seed = training.seed;
  result.shuffle = training.shuffle;
  result.augment_count = static_cast<int64_t>(training.augment.size());
  result.augment = convert(training.augment);
  return result;
}

FactsTable::FactsTable(const Program &program) {
  for (const Tensor &input : program.inputs)
    inputs.push_back(codegen::convert(input));
  for (const Variable &variable : program.variables) {
    nncc_variable result = {};
    result.path = variable.path.c_str();
    result.rank = static_cast<int64_t>(variable.extents.size());
    std::copy(variable.extents.begin(), variable.extents.end(), result.extents);
    result.elements = variable.elements();
    result.offset = variable.offset;
    result.trainable = variable.trainable;
    result.initializer = convert(variable.initializer);
    result.fan_in = variable.fanIn;
    result.fan_out = variable.fanOut;
    result.stream = variable.stream;
    variables.push_back(result);
  }
  for (const Layer &layer : program.layers) {
    nncc_layer result = {};
    result.name = layer.name.c_str();
    result.class_name = layer.className.c_str();
    result.rank = static_cast<int64_t>(layer.extents.size());
    std::copy(layer.extents.begin(), layer.extents.end(), result.extents);
    result.parameters = layer.parameters;
    result.flops = layer.flops;
    layers.push_back(result);
  }
  table.abi_version = NNCC_ABI_VERSION;
  table.name = program.name.c_str();
  table.compiler = program.compiler.c_str();
  table.cpu = program.cpu.c_str();
  table.cpu_features = program.cpuFeatures.c_str();
  table.summary = program.summary.c_str();
  table.model_hash = program.modelHash;
  table.input_count = static_cast<int64_t>(inputs.size());
  table.inputs = inputs.data();
  table.output = codegen::convert(program.output);
  table.target = codegen::convert(program.target);
  table.variable_count = static_cast<int64_t>(variables.size());
  table.variables = variables.data();
  table.parameter_floats = program.parameterFloats;
  table.trainable_floats = program.trainableFloats;
  table.optimizer_slots = program.optimizerSlots;
  std::copy(program.optimizerSlotInitial.begin(), program.optimizerSlotInitial.end(), table.optimizer_slot_initial);
  table.training = convert(program.training);
  table.layer_count = static_cast<int64_t>(layers.size());
  table.layers = layers.data();
  table.drawing = program.drawing.empty() ? nullptr : program.drawing.data();
  table.drawing_bytes = static_cast<int64_t>(program.drawing.size());
  table.drawing_length = program.drawingLength;
}

} // namespace nncc::codegen
