// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder of CIFAR-10: a batch to train on, one to test, and the names of the classes.
#include "DataSource.h"

using namespace nncc::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  folder.clear();
  constexpr const char *names[] = {"data_batch_1.bin", "test_batch.bin", "batches.meta.txt", "data_batch_2.bin"};
  const std::vector<std::string_view> files = split(textOf(data, size), "<file>");
  for (size_t i = 0; i < files.size() && i < std::size(names); ++i)
    folder.write(names[i], files[i]);
  readDataSource("cifar10:" + folder.path());
  return 0;
}
