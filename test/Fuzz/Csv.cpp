// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table of numbers as text. Before it stand the parameters of the source, up to the first line's end.
#include "DataSource.h"

using namespace nncc::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  const std::string_view text = textOf(data, size);
  const size_t end = text.find('\n');
  const std::string path = folder.write("a.csv", end == text.npos ? text : text.substr(end + 1));
  readDataSource("csv:" + path + (end == text.npos ? "" : std::string(text.substr(0, end))));
  return 0;
}
