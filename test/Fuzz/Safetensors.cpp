// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A safetensors file, in a file and in memory. What is read of it can be written, and comes back with the same names and bits.
#include "Fuzz.h"

#include "nncc/Runtime/Core/Safetensors.h"

extern "C" {
#include "WeightsParts.h"
}

#include <cstdlib>
#include <cstring>
#include <map>

using namespace nncc::fuzz;

namespace {

struct Content {
  std::map<std::string, std::pair<std::vector<int64_t>, std::vector<float>>> tensors;
  std::map<std::string, std::string> metadata;
};

/// What an opened file holds, or a refusal with a message.
bool read(nncc_status status, nncc_safetensors *file, nncc_message &message, Content &content) {
  expect((status == NNCC_OK) == (file != nullptr), "a file without success, or success without a file");
  if (!file) {
    expect(message.text && *message.text, "a refusal without a message");
    nncc_message_free(&message);
    return false;
  }
  for (int64_t i = 0; i < file->count; ++i) {
    const nncc_stored_tensor &tensor = file->tensors[i];
    expect(nncc_safetensors_find(file, tensor.name) != nullptr, "a tensor is not found by its name");
    expect(tensor.rank >= 0 && tensor.rank <= NNCC_MAX_RANK && tensor.elements >= 0, "a shape out of bounds");
    if (strcmp(tensor.dtype, "F32") != 0)
      continue;
    auto &[extents, values] = content.tensors[tensor.name];
    extents.assign(tensor.extents, tensor.extents + tensor.rank);
    values.resize(static_cast<size_t>(tensor.elements));
    expect(nncc_safetensors_read(file, &tensor, values.data(), &message) == NNCC_OK, "a checked tensor cannot be read");
  }
  for (int64_t i = 0; i < file->metadata_count; ++i)
    content.metadata[file->metadata[i].key] = file->metadata[i].value;
  nncc_safetensors_close(file);
  nncc_message_free(&message);
  return true;
}

bool readMemory(std::string_view bytes, Content &content) {
  nncc_safetensors *file = nullptr;
  nncc_message message{};
  const nncc_status status = nncc_safetensors_open_memory(bytes.data(), bytes.size(), &file, &message);
  return read(status, file, message, content);
}

bool readFile(const std::string &path, Content &content) {
  nncc_safetensors *file = nullptr;
  nncc_message message{};
  const nncc_status status = nncc_safetensors_open(path.c_str(), &file, &message);
  return read(status, file, message, content);
}

std::string write(const Content &content) {
  std::vector<nncc_saved_tensor> tensors;
  for (const auto &[name, tensor] : content.tensors)
    tensors.push_back({name.c_str(), static_cast<int64_t>(tensor.first.size()), tensor.first.data(),
                       static_cast<int64_t>(tensor.second.size()), tensor.second.data()});
  std::vector<nncc_metadata> metadata;
  for (const auto &[key, value] : content.metadata)
    metadata.push_back({key.c_str(), value.c_str()});
  const nncc_saved_file saved{tensors.data(), static_cast<int64_t>(tensors.size()), metadata.data(),
                              static_cast<int64_t>(metadata.size())};
  size_t size = 0;
  nncc_safetensors_write_memory(&saved, nullptr, 0, &size, nullptr);
  std::string bytes(size, '\0');
  expect(nncc_safetensors_write_memory(&saved, bytes.data(), size, &size, nullptr) == NNCC_OK && size == bytes.size(),
         "what was read cannot be written");
  return bytes;
}

/// Names of classes as the metadata may hold them.
void readClasses(const std::string &text) {
  char **names = nullptr;
  int64_t count = 0;
  expect(nncc_classes_from_json(text.c_str(), &names, &count) == NNCC_OK && (names != nullptr) >= (count > 0),
         "names of classes neither read nor left out");
  if (names) {
    char *again = nncc_classes_to_json(names, count);
    char **same = nullptr;
    int64_t number = 0;
    nncc_classes_from_json(again, &same, &number);
    expect(number == count, "other names of classes come back");
    for (int64_t i = 0; i < count; ++i)
      expect(strcmp(names[i], same[i]) == 0, "other names of classes come back");
    free(again);
    free(same);
  }
  free(names);
}

bool equal(const Content &a, const Content &b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size())
    return false;
  for (auto x = a.tensors.begin(), y = b.tensors.begin(); x != a.tensors.end(); ++x, ++y)
    if (x->first != y->first || x->second.first != y->second.first ||
        x->second.second.size() != y->second.second.size() ||
        (!x->second.second.empty() &&
         memcmp(x->second.second.data(), y->second.second.data(), x->second.second.size() * sizeof(float)) != 0))
      return false;
  return true;
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  const std::string bytes = mendHeaderLength(textOf(data, size));
  Content content, there, again;
  const bool isGood = readMemory(bytes, content);
  expect(readFile(folder.write("a", bytes), there) == isGood && equal(content, there), "a file and the same bytes in memory differ");
  if (!isGood)
    return 0;
  for (const auto &[key, value] : content.metadata)
    readClasses(value);
  expect(readMemory(write(content), again), "what was written cannot be read");
  expect(equal(content, again), "a file comes back with another content");
  return 0;
}
