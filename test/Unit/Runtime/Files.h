// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files for tests: a scratch directory per test, bytes in and out, and .npy/.npz/.idx contents made by hand.
#ifndef NNCC_TEST_UNIT_RUNTIME_FILES_H
#define NNCC_TEST_UNIT_RUNTIME_FILES_H

#include "nncc/Runtime/Data/Error.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zlib.h>

namespace nncc::test {

/// Runs `f`, which must fail: "status: message".
template <typename F> std::string errorOf(F f) {
  try {
    f();
  } catch (const runtime::Error &error) {
    return std::to_string(error.status) + ": " + error.message;
  }
  return "no error";
}

class FileTest : public ::testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/nncc-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory = name;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  std::string path(const std::string &name) const { return directory + "/" + name; }
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    DIR *d = opendir(directory.c_str());
    while (dirent *entry = d ? readdir(d) : nullptr)
      if (entry->d_name[0] != '.')
        names.push_back(entry->d_name);
    closedir(d);
    return names;
  }
  /// `name` may lie in folders, which are made.
  std::string write(const std::string &name, const std::string &bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    FILE *f = fopen(path(name).c_str(), "wb");
    fwrite(bytes.data(), 1, bytes.size(), f);
    fclose(f);
    return path(name);
  }
  std::string read(const std::string &name) const {
    std::string bytes;
    FILE *f = fopen(path(name).c_str(), "rb");
    for (int c; f && (c = getc(f)) != EOF;)
      bytes += static_cast<char>(c);
    if (f)
      fclose(f);
    return bytes;
  }
  std::string directory;
};

/// `value` as `bytes` little-endian bytes.
inline std::string little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i));
  return text;
}
inline std::string big(uint32_t value) {
  std::string text = little(value, 4);
  return std::string(text.rbegin(), text.rend());
}
template <typename T> std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

inline std::string npyOf(const std::string &descr, bool fortran, const std::string &shape, const std::string &data) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + little(header.size(), 2) + header + data;
}
inline std::string npyFloats(const std::string &shape, const std::vector<float> &values) {
  return npyOf("<f4", false, shape, bytesOf(values));
}

inline std::string deflated(const std::string &bytes, int windowBits) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, bytes.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef *>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// A zip archive; `claimed` replaces the uncompressed size in its headers, if it is not 0.
inline std::string zipOf(const std::vector<std::pair<std::string, std::string>> &members, bool compress, uint64_t claimed = 0) {
  std::string body, directory;
  for (const auto &[name, bytes] : members) {
    std::string data = compress ? deflated(bytes, -15) : bytes;
    uint32_t crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef *>(bytes.data()), static_cast<uInt>(bytes.size())));
    std::string common = little(20, 2) + little(0, 2) + little(compress ? 8 : 0, 2) + little(0, 4) + little(crc, 4) +
                         little(data.size(), 4) + little(claimed ? claimed : bytes.size(), 4) + little(name.size(), 2) + little(0, 2);
    directory += "PK\x01\x02" + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) +
                 little(body.size(), 4) + name;
    body += "PK\x03\x04" + common + name + data;
  }
  return body + directory + "PK\x05\x06" + little(0, 4) + little(members.size(), 2) + little(members.size(), 2) +
         little(directory.size(), 4) + little(body.size(), 4) + little(0, 2);
}

} // namespace nncc::test
#endif // NNCC_TEST_UNIT_RUNTIME_FILES_H
