// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Checkpoint.h"
#include "Command.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nncc::runtime {

static constexpr const char *settingPrefix = NNCC_CHECKPOINT_SETTING, *statePrefix = NNCC_CHECKPOINT_STATE,
                            *formatVersion = NNCC_CHECKPOINT_VERSION;

std::string callText(const nncc_call &call, const char *except) {
  if (!call.name)
    return "none";
  std::string text = std::string(call.name) + "(", separator;
  for (int64_t i = 0; i < call.argument_count; ++i) {
    const nncc_argument &argument = call.arguments[i];
    if (strcmp(argument.name, except) == 0)
      continue;
    text += separator + argument.name + "=";
    separator = ", ";
    if (argument.text) {
      text += "\"" + std::string(argument.text) + "\"";
    } else if (argument.list) {
      text += "[";
      for (int64_t k = 0; k < argument.count; ++k)
        text += (k ? ", " : "") + shortest(argument.list[k]);
      text += "]";
    } else {
      text += std::isnan(argument.number) ? "none" : shortest(argument.number);
    }
  }
  return text + ")";
}

namespace {

/// One tensor of a checkpoint and where its values are in memory.
struct Tensor {
  std::string name;
  const nncc_variable *variable;
  float *values;
};

/// All tensors that a checkpoint holds. Without memory (a check before there is an instance) the pointers are no good.
std::vector<Tensor> tensorsOf(const nncc_program &program, const State &state, float *parameters, float *optimizer) {
  std::vector<Tensor> tensors;
  const std::string prefix = NNCC_CHECKPOINT_PREFIX;
  for (int64_t i = 0; i < program.variable_count; ++i) {
    const nncc_variable *v = &program.variables[i];
    tensors.push_back({v->path, v, parameters ? parameters + v->offset : nullptr});
    for (int64_t slot = 0; v->trainable && slot < program.optimizer_slots; ++slot)
      tensors.push_back({NNCC_CHECKPOINT_OPTIMIZER + std::to_string(slot) + "/" + v->path, v,
                         optimizer ? optimizer + slot * program.trainable_floats + v->offset : nullptr});
    for (const auto &[name, values] : state.weightSets())
      tensors.push_back({prefix + name + "/" + v->path, v, values->data() + v->offset});
  }
  return tensors;
}

} // namespace

void writeCheckpoint(const std::string &path, const nncc_instance &instance, const Settings &settings,
                     const State &state) {
  std::vector<Tensor> tensors = tensorsOf(*instance.program, state, instance.parameters, instance.state);
  std::vector<nncc_saved_tensor> saved;
  for (const Tensor &tensor : tensors)
    saved.push_back({tensor.name.c_str(), tensor.variable->rank, tensor.variable->extents, tensor.variable->elements,
                     tensor.values});
  State::Fields fields;
  fields[NNCC_CHECKPOINT_KEY] = formatVersion;
  for (const auto &[name, value] : settings)
    fields[settingPrefix + name] = value;
  for (const auto &[name, value] : state.fields())
    fields[statePrefix + name] = value;
  std::vector<nncc_metadata> metadata;
  for (const auto &[key, value] : fields)
    metadata.push_back({key.c_str(), value.c_str()});
  OutputFile file(path);
  nncc_message message{};
  const nncc_saved_file contents{saved.data(), static_cast<int64_t>(saved.size()), metadata.data(),
                                 static_cast<int64_t>(metadata.size())};
  nncc_status status = nncc_safetensors_write(&contents, file.get(), &message);
  runtime::check(status, message);
  file.commit();
}

Checkpoint::Checkpoint(const std::string &path) : path(path) {
  nncc_safetensors *opened = nullptr;
  nncc_message message{};
  nncc_status status = nncc_safetensors_open(path.c_str(), &opened, &message);
  file.reset(opened);
  runtime::check(status, message);
  const char *value = nncc_safetensors_metadata(file.get(), NNCC_CHECKPOINT_KEY);
  const std::string version = value ? value : "";
  if (version.empty())
    fail(exitBadInput, "'%s' is no checkpoint: it holds weights alone, from which --weights starts", path.c_str());
  if (version != formatVersion)
    fail(exitBadInput, "'%s' is a checkpoint of format '%.20s', expected %s", path.c_str(), version.c_str(),
         formatVersion);
}

void Checkpoint::check(const Settings &settings) const {
  std::string problems;
  for (const auto &[name, expected] : settings) {
    const char *value = nncc_safetensors_metadata(file.get(), (settingPrefix + name).c_str());
    const std::string found = value ? value : "nothing";
    if (found != expected)
      problems += "\n  " + name + ": expected " + expected + ", found " + found;
  }
  if (!problems.empty())
    fail(exitBadInput, "the checkpoint '%s' is of another training:%s", path.c_str(), problems.c_str());
}

State Checkpoint::state() const {
  State::Fields fields;
  const size_t length = strlen(statePrefix);
  for (int64_t i = 0; i < file->metadata_count; ++i)
    if (strncmp(file->metadata[i].key, statePrefix, length) == 0)
      fields[file->metadata[i].key + length] = file->metadata[i].value;
  return State(std::move(fields), path);
}

void Checkpoint::check(const nncc_program &program, const State &visited) const {
  std::string problems;
  std::vector<Tensor> expected = tensorsOf(program, visited, nullptr, nullptr);
  std::vector<bool> isKnown(static_cast<size_t>(file->count));
  for (const Tensor &tensor : expected) {
    const nncc_variable &v = *tensor.variable;
    const nncc_stored_tensor *found = nncc_safetensors_find(file.get(), tensor.name.c_str());
    std::string wanted = shapeText(v.extents, v.rank, -2);
    if (!found) {
      problems += "\n  missing: '" + tensor.name + "' " + wanted;
      continue;
    }
    isKnown[static_cast<size_t>(found - file->tensors)] = true;
    if (found->rank != v.rank || !std::equal(v.extents, v.extents + v.rank, found->extents) ||
        strcmp(found->dtype, "F32") != 0)
      problems += "\n  shape:   '" + tensor.name + "' is " + wanted + " F32 in the model, " +
                  shapeText(found->extents, found->rank, -2) + " " + found->dtype + " in the file";
  }
  for (int64_t i = 0; i < file->count; ++i)
    if (!isKnown[static_cast<size_t>(i)])
      problems += "\n  extra:   '" + std::string(file->tensors[i].name) + "'";
  if (!problems.empty())
    fail(exitBadInput, "the checkpoint '%s' does not fit the model:%s", path.c_str(), problems.c_str());
}

void Checkpoint::load(nncc_instance &instance, const State &visited) {
  for (const Tensor &tensor : tensorsOf(*instance.program, visited, instance.parameters, instance.state)) {
    nncc_message message{};
    nncc_status status = nncc_safetensors_read(file.get(), nncc_safetensors_find(file.get(), tensor.name.c_str()),
                                               tensor.values, &message);
    runtime::check(status, message);
  }
  nncc_instance_parameters_changed(&instance);
}

} // namespace nncc::runtime
