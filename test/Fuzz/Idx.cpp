// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An IDX file, plain or compressed with gzip, alone and as the pictures or labels of a data set.
#include "DataSource.h"

#include "nncc/Runtime/Data/Source.h"

using namespace nncc::fuzz;
using namespace nncc::runtime;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  // The second file, if there is one, holds the labels.
  const std::vector<std::string_view> files = split(textOf(data, size), "<labels>");
  const std::string images = folder.write("train-images-idx3-ubyte", files[0]);
  folder.write("train-labels-idx1-ubyte", files.back());
  succeedsOrRefuses([&] {
    const IdxFile file = readIdxFile(images);
    int64_t values = 1;
    for (int64_t extent : file.shape)
      values *= extent;
    expect(values == static_cast<int64_t>(file.values.size()), "another number of bytes than the shape says");
  });
  readDataSource("idx:" + folder.path());
  return 0;
}
