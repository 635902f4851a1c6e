// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cifar10: - the binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): records of one byte of label
// and the red, green and blue planes of a 32x32 picture.
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"

#include <unistd.h>

namespace nncc::runtime {

namespace {
constexpr int64_t side = 32, plane = side * side, record = 1 + 3 * plane;
constexpr int classes = 10;
} // namespace

/// Appends the records of one file.
static void readBatch(const std::string &path, Bytes &pixels, Floats &labels) {
  InputFile file(path);
  if (file.size() == 0 || file.size() % record != 0)
    fail(exitBadInput,
         "'%s' is no CIFAR-10 batch: its %llu bytes are not a multiple of %lld, one label and 32x32x3 bytes",
         path.c_str(), static_cast<unsigned long long>(file.size()), static_cast<long long>(record));
  int64_t count = static_cast<int64_t>(file.size()) / record;
  size_t first = labels.size();
  labels.resize(first + static_cast<size_t>(count));
  pixels.resize(labels.size() * 3 * plane);
  std::vector<uint8_t> bytes(record);
  for (int64_t i = 0; i < count; ++i) {
    file.read(static_cast<uint64_t>(i * record), bytes.data(), bytes.size());
    if (bytes[0] >= classes)
      fail(exitBadInput, "'%s' is no CIFAR-10 batch: the label of picture %lld is %d, must be below %d", path.c_str(),
           static_cast<long long>(i), bytes[0], classes);
    size_t sample = first + static_cast<size_t>(i);
    labels[sample] = bytes[0];
    uint8_t *to = pixels.data() + sample * 3 * plane;
    for (int64_t p = 0; p < plane; ++p)
      for (int64_t c = 0; c < 3; ++c)
        *to++ = bytes[static_cast<size_t>(1 + c * plane + p)];
  }
}

static RawPart readBatches(const std::string &directory, const std::vector<std::string> &names) {
  Bytes pixels;
  Floats labels;
  for (const std::string &name : names)
    readBatch(directory + "/" + name, pixels, labels);
  RawPart part;
  int64_t count = static_cast<int64_t>(labels.size());
  part.inputs.emplace_back(std::vector<int64_t>{count, side, side, 3},
                           std::make_shared<ByteRows>(std::move(pixels), count));
  part.labels.shape = {count};
  part.labels.values = std::move(labels);
  part.labels.integral = true;
  part.inputName = "'" + directory + "'";
  part.labelName = "the labels of '" + directory + "'";
  return part;
}

/// The names in batches.meta.txt, one a line; nothing where there is no such file.
static std::vector<std::string> readNames(const std::string &path) {
  std::vector<std::string> names;
  if (FILE *file = fopen(path.c_str(), "r")) {
    char line[256];
    while (names.size() < classes && fgets(line, sizeof line, file)) {
      std::string name = line;
      while (!name.empty() && (name.back() == '\n' || name.back() == '\r'))
        name.pop_back();
      if (!name.empty())
        names.push_back(name);
    }
    fclose(file);
  }
  if (names.size() != classes)
    names.clear();
  return names;
}

RawData readCifar10Source(const nncc_program &program, const SourceSpec &spec, nncc_pool *) {
  constexpr const char *known[] = {"split", nullptr};
  spec.onlyParameters(known);
  spec.needOneInput(program);
  std::string directory = spec.location;
  if (access((directory + "/cifar-10-batches-bin").c_str(), F_OK) == 0)
    directory += "/cifar-10-batches-bin"; // as the archive unpacks
  if (access(directory.c_str(), F_OK) != 0)
    fail(exitBadInput, "there is no directory '%s' (data source '%s')", directory.c_str(), spec.text.c_str());
  std::vector<std::string> batches;
  for (int i = 1; i <= 5; ++i)
    if (std::string name = format("data_batch_%d.bin", i); access((directory + "/" + name).c_str(), F_OK) == 0)
      batches.push_back(name);
  RawData data;
  data.pictures = true;
  data.classNames = readNames(directory + "/batches.meta.txt");
  data.hasTest = access((directory + "/test_batch.bin").c_str(), F_OK) == 0;
  std::string split = spec.split();
  bool wantsTrain = split == "train" || (split.empty() && !(spec.testPreferred && data.hasTest));
  if (batches.empty() && (wantsTrain || !data.hasTest))
    fail(exitBadInput,
         "'%s' lacks CIFAR-10's binary batches: expected data_batch_1.bin to data_batch_5.bin and test_batch.bin",
         directory.c_str());
  if (wantsTrain)
    data.train = readBatches(directory, batches);
  if (data.hasTest && split != "train")
    data.test = readBatches(directory, {"test_batch.bin"});
  return data;
}

} // namespace nncc::runtime
