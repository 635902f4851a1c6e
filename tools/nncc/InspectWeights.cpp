// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights files and checkpoints, as a page and as JSON.
#include "Inspect.h"

#include "nncc/Analysis/SummaryTable.h"
#include "nncc/Runtime/Core/Weights.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;

namespace nncc::tool {

namespace {

ArrayRef<nncc_stored_tensor> tensorsOf(const nncc_safetensors &file) { return {file.tensors, static_cast<size_t>(file.count)}; }

ArrayRef<nncc_metadata> metadataOf(const nncc_safetensors &file) { return {file.metadata, static_cast<size_t>(file.metadata_count)}; }

ArrayRef<int64_t> extentsOf(const nncc_stored_tensor &tensor) { return {tensor.extents, static_cast<size_t>(tensor.rank)}; }

bool isOfCheckpoint(const nncc_stored_tensor &tensor) { return StringRef(tensor.name).starts_with(NNCC_CHECKPOINT_PREFIX); }

const char *valueOf(const nncc_safetensors &file, const char *key) {
  const char *value = nncc_safetensors_metadata(&file, key);
  return value ? value : "?";
}

void printTensors(const nncc_safetensors &file, raw_ostream &out) {
  SmallVector<nncc_stored_tensor> shown;
  copy_if(tensorsOf(file), std::back_inserter(shown), [&](const nncc_stored_tensor &tensor) { return !checkpointModel(file) || !isOfCheckpoint(tensor); });
  size_t width = 0;
  for (const nncc_stored_tensor &tensor : shown)
    width = std::clamp<size_t>(StringRef(tensor.name).size(), width, 60);
  int64_t elements = 0;
  for (const nncc_stored_tensor &tensor : shown) {
    out << "  " << left_justify(printable(tensor.name), width) << "  " << left_justify(tensor.dtype, 5) << shapeText(extentsOf(tensor), false)
        << "\n";
    elements += tensor.elements;
  }
  out << "  " << elements << " numbers\n";
}

/// What a training goes on from.
void printState(const nncc_safetensors &file, raw_ostream &out) {
  const auto line = [&](StringRef title, StringRef value) { out << "  " << left_justify((title + ":").str(), 13) << printable(value) << "\n"; };
  line("model", valueOf(file, NNCC_CHECKPOINT_SETTING "model"));
  if (const char *epoch = nncc_safetensors_metadata(&file, NNCC_CHECKPOINT_STATE "epoch"))
    line("epoch", epoch);
  line("step", valueOf(file, NNCC_CHECKPOINT_STATE "step"));
  if (const char *optimizer = nncc_safetensors_metadata(&file, NNCC_CHECKPOINT_SETTING "optimizer"))
    line("optimizer", optimizer);
  const size_t tensors = count_if(tensorsOf(file), isOfCheckpoint);
  line("state", std::to_string(tensors) + " tensors of the optimizer and of callbacks");
  out << "\n";
}

} // namespace

const char *checkpointModel(const nncc_safetensors &file) {
  return nncc_safetensors_metadata(&file, NNCC_CHECKPOINT_KEY) ? valueOf(file, NNCC_CHECKPOINT_SETTING "model") : nullptr;
}

void printWeights(StringRef path, const nncc_safetensors &file, raw_ostream &out) {
  const bool isCheckpoint = checkpointModel(file);
  out << printable(path) << ": " << (isCheckpoint ? "checkpoint of a training" : "weights (safetensors)") << ", " << file.count << " tensors\n\n";
  if (isCheckpoint)
    printState(file, out);
  printTensors(file, out);
  for (const nncc_metadata &entry : metadataOf(file))
    if (!isCheckpoint || entry.key == StringRef("classes"))
      out << "  " << printable(entry.key) << ": " << printable(entry.value) << "\n";
}

json::Object weightsToJson(const nncc_safetensors &file) {
  json::Array tensors;
  for (const nncc_stored_tensor &tensor : tensorsOf(file))
    tensors.push_back(json::Object{
        {"name", json::fixUTF8(tensor.name)}, {"dtype", json::fixUTF8(tensor.dtype)}, {"shape", json::Array(extentsOf(tensor))}});
  json::Object metadata;
  for (const nncc_metadata &entry : metadataOf(file))
    metadata[json::fixUTF8(entry.key)] = json::fixUTF8(entry.value);
  return json::Object{{"type", checkpointModel(file) ? "checkpoint" : "weights"},
                      {"tensors", std::move(tensors)},
                      {"metadata", std::move(metadata)}};
}

} // namespace nncc::tool
