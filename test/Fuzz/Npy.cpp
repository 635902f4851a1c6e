// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One .npy file. What is read of it can be written, and comes back with the same shape and bits.
#include "DataSource.h"

#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Data/Npy.h"

#include <cstring>

using namespace nncc::fuzz;
using namespace nncc::runtime;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  const std::string path = folder.write("a.npy", textOf(data, size));
  Array array;
  if (!succeedsOrRefuses([&] { array = readNpyFile(path); }))
    return 0;
  nncc_file *file = nullptr;
  expect(nncc_file_create(folder.path("b.npy").c_str(), &file, nullptr) == NNCC_OK, "an array cannot be written");
  writeNpy(file, array.shape, array.values.data());
  expect(nncc_file_commit(file, nullptr) == NNCC_OK, "an array cannot be written");
  const Array again = readNpyFile(folder.path("b.npy"));
  expect(again.shape == array.shape, "an array comes back with another shape");
  expect(again.values.size() == array.values.size() &&
             (again.values.empty() ||
              memcmp(again.values.data(), array.values.data(), again.values.size() * sizeof(float)) == 0),
         "an array comes back with other values");
  return 0;
}
