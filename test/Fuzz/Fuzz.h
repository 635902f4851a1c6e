// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What fuzz targets share. A target defines LLVMFuzzerTestOneInput; libFuzzer calls it with inputs that it makes, and so
// does Replay.cpp with those that are kept in the target's folder.
#ifndef NNCC_TEST_FUZZ_FUZZ_H
#define NNCC_TEST_FUZZ_FUZZ_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace nncc::fuzz {

/// A finding: says why and ends the process.
[[noreturn, gnu::format(printf, 1, 2)]] void finding(const char *pattern, ...);
/// A promise that the target checks.
inline void expect(bool holds, const char *promise) {
  if (!holds)
    finding("%s", promise);
}

inline std::string_view textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}
/// The pieces between separators; at least one.
std::vector<std::string_view> split(std::string_view text, std::string_view separator);

/// A file of eight bytes of a header's length, a JSON header and data. Where the last byte of the length is 0xff it becomes what
/// the header has, up to its last brace, so that a longer header is not the end of it.
std::string mendHeaderLength(std::string_view file);

/// A folder of files in memory, removed at the end.
class Folder {
public:
  Folder();
  ~Folder();
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  const std::string &path() const { return root; }
  std::string path(std::string_view name) const { return root + "/" + std::string(name); }
  /// Writes a file, and returns its path. Folders of `name` are made.
  std::string write(std::string_view name, std::string_view bytes) const;
  std::string read(std::string_view name) const;
  /// Removes what is in it.
  void clear() const;

private:
  std::string root;
};

/// While it lives, nothing reaches standard output and standard error but a sanitizer's report.
class Silence {
public:
  Silence();
  ~Silence();
  Silence(const Silence &) = delete;
  Silence &operator=(const Silence &) = delete;

private:
  int kept[2];
};

} // namespace nncc::fuzz
#endif // NNCC_TEST_FUZZ_FUZZ_H
