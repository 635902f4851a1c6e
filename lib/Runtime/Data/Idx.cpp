// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// idx: - MNIST's files (http://yann.lecun.com/exdb/mnist): big-endian magic 0x00 0x00 type rank, extents, elements.
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"

#include <unistd.h>

namespace nncc::runtime {

IdxFile readIdxFile(const std::string &path) {
  InputFile file(path);
  uint8_t magic[2] = {0};
  if (file.size() >= 2)
    file.read(0, magic, 2);
  bool gzip = magic[0] == 0x1f && magic[1] == 0x8b;
  ByteSource source(file, 0, file.size(), gzip ? ByteSource::Coding::Gzip : ByteSource::Coding::Stored);
  uint8_t head[4];
  source.read(head, 4);
  if (head[0] || head[1] || head[3] < 1 || head[3] > NNCC_MAX_RANK)
    fail(exitBadInput, "'%s' is not an IDX file: it does not start with IDX's magic number", path.c_str());
  if (head[2] != 0x08)
    fail(exitBadInput, "'%s' holds IDX elements of type 0x%02x; expected unsigned bytes (0x08)", path.c_str(), head[2]);
  IdxFile array;
  int64_t elements = 1;
  for (int i = 0; i < head[3]; ++i) {
    uint8_t raw[4];
    source.read(raw, 4);
    int64_t extent = static_cast<int64_t>(raw[0]) << 24 | raw[1] << 16 | raw[2] << 8 | raw[3];
    array.shape.push_back(extent);
    if (__builtin_mul_overflow(elements, extent, &elements) || static_cast<uint64_t>(elements) > source.mostBytes())
      fail(exitBadInput, "'%s' is truncated or corrupt: its header promises more elements than the file has", path.c_str());
  }
  array.values.resize(static_cast<size_t>(elements));
  source.read(array.values.data(), array.values.size());
  if (!source.atEnd())
    fail(exitBadInput, "'%s' is not a valid IDX file: bytes follow its last element", path.c_str());
  return array;
}

/// The first of the spellings in use that exists; empty if none does.
static std::string findFile(const std::string &directory, const char *part, const char *what, int rank) {
  for (char separator : {'-', '.'})
    for (const char *ending : {"", ".gz"}) {
      std::string path = directory + "/" + part + "-" + what + separator + format("idx%d-ubyte", rank) + ending;
      if (access(path.c_str(), F_OK) == 0)
        return path;
    }
  return "";
}

static RawPart readPart(const std::string &directory, const char *part, bool required, bool &found) {
  std::string images, labels = findFile(directory, part, "labels", 1);
  for (int rank = 3; rank <= 4 && images.empty(); ++rank)
    images = findFile(directory, part, "images", rank);
  found = !images.empty() && !labels.empty();
  if (!found && (required || !images.empty() || !labels.empty()))
    fail(exitBadInput, "'%s' lacks MNIST's %s: expected %s-%s-ubyte or the same with .gz", directory.c_str(),
         images.empty() ? "pictures" : "labels", part, images.empty() ? "images-idx3" : "labels-idx1");
  RawPart result;
  if (!found)
    return result;
  IdxFile pictures = readIdxFile(images), classes = readIdxFile(labels);
  result.inputs.emplace_back(pictures.shape, std::make_shared<ByteRows>(std::move(pictures.values), pictures.shape[0]));
  result.labels.shape = classes.shape;
  result.labels.values.assign(classes.values.begin(), classes.values.end());
  result.labels.integral = true;
  result.inputName = "'" + images + "'";
  result.labelName = "'" + labels + "'";
  return result;
}

RawData readIdxSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *) {
  constexpr const char *known[] = {"split", nullptr};
  spec.onlyParameters(known);
  spec.needOneInput(program);
  if (access(spec.location.c_str(), F_OK) != 0)
    fail(exitBadInput, "there is no directory '%s' (data source '%s')", spec.location.c_str(), spec.text.c_str());
  RawData data;
  data.pictures = true;
  std::string split = spec.split();
  bool found;
  if (split != "train")
    data.test = readPart(spec.location, "t10k", split == "test", data.hasTest);
  if (split == "train" || (split.empty() && !(spec.testPreferred && data.hasTest)))
    data.train = readPart(spec.location, "train", true, found);
  return data;
}

} // namespace nncc::runtime
