// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A zip archive of arrays: its directory, its members in order and out of it, and all of it as a data source.
#include "DataSource.h"

#include "nncc/Runtime/Data/Npy.h"

using namespace nncc::fuzz;
using namespace nncc::runtime;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  const std::string path = folder.write("a.npz", textOf(data, size));
  succeedsOrRefuses([&] {
    looksLikeZip(path);
    NpzFile file(path);
    for (const std::string &name : file.names()) {
      expect(file.contains(name), "a listed array is not there");
      succeedsOrRefuses([&] {
        const Array array = file.read(name);
        int64_t values = 1;
        for (int64_t extent : array.shape)
          values *= extent;
        expect(values == static_cast<int64_t>(array.values.size()), "another number of values than the shape says");
      });
    }
  });
  readDataSource("npz:" + path);
  return 0;
}
