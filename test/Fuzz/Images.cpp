// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder of pictures: files with their names, in folders that name the classes.
#include "DataSource.h"

#include <filesystem>

using namespace nncc::fuzz;

/// A name that stays in the folder, and that a file system takes.
static bool isSafe(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.back() == '/' || name.find('\0') != name.npos)
    return false;
  for (std::string_view part : split(name, "/"))
    if (part.empty() || part == "." || part == ".." || part.size() > 100)
      return false;
  return split(name, "/").size() <= 20;
}

/// There is something of this name, or a file where it needs a folder.
static bool isTaken(const Folder &folder, std::string_view name) {
  for (std::filesystem::path path = name; !path.empty(); path = path.parent_path()) {
    const auto status = std::filesystem::status(folder.path(path.string()));
    if (std::filesystem::exists(status) && (path == name || !std::filesystem::is_directory(status)))
      return true;
  }
  return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  folder.clear();
  size_t files = 0;
  for (std::string_view file : split(textOf(data, size), "<file>")) {
    const size_t end = file.find('\n');
    const std::string_view name = file.substr(0, end);
    if (end == file.npos || !isSafe(name) || ++files > 16)
      continue;
    if (!isTaken(folder, name))
      folder.write(name, file.substr(end + 1));
  }
  readDataSource("images:" + folder.path());
  return 0;
}
