// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/SampleCache.h"

#include "nncc/Runtime/Data/OutputFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nncc::runtime {

void CacheKey::addByte(uint8_t byte) {
  first = (first ^ byte) * 0x100000001b3; // FNV-1a
  second = (second ^ byte) * 0xff51afd7ed558ccd;
  second ^= second >> 32;
}

void CacheKey::add(const std::string &text) {
  add(static_cast<int64_t>(text.size()));
  for (char c : text)
    addByte(static_cast<uint8_t>(c));
}

void CacheKey::add(int64_t number) {
  for (int i = 0; i < 8; ++i)
    addByte(static_cast<uint8_t>(static_cast<uint64_t>(number) >> (8 * i)));
}

namespace {

constexpr size_t headerBytes = 4096;

struct Header {
  char magic[8] = {'n', 'n', 'c', 'c', 'u', '8', '0', '1'};
  uint64_t hash, check;
  int64_t count, elements;
};

struct Mapping {
  void *base;
  size_t bytes;
  ~Mapping() { munmap(base, bytes); }
};

/// Null where the file is missing or is not what it should be.
SharedRows openCache(const std::string &path, const Header &wanted) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return nullptr;
  struct stat status{};
  size_t bytes = headerBytes + static_cast<size_t>(wanted.count * wanted.elements);
  bool fits = fstat(file, &status) == 0 && S_ISREG(status.st_mode) && static_cast<size_t>(status.st_size) == bytes;
  void *base = fits ? mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (base == MAP_FAILED)
    return nullptr;
  auto mapping = std::make_shared<Mapping>(base, bytes);
  if (memcmp(base, &wanted, sizeof wanted) != 0)
    return nullptr;
  return std::make_shared<ByteRows>(static_cast<const uint8_t *>(base) + headerBytes, wanted.count, wanted.elements,
                                    mapping);
}

void writeCache(const std::string &path, const Header &header, const DecodeBlock &decode) {
  OutputFile file(path);
  std::vector<uint8_t> block(headerBytes);
  memcpy(block.data(), &header, sizeof header);
  file.write(block.data(), block.size());
  int64_t most = std::max<int64_t>(1, (int64_t{16} << 20) / std::max<int64_t>(1, header.elements));
  for (int64_t at = 0; at < header.count; at += most) {
    int64_t part = std::min(most, header.count - at);
    block.resize(static_cast<size_t>(part * header.elements));
    decode(at, part, block.data());
    file.write(block.data(), block.size());
  }
  file.commit();
}

} // namespace

SharedRows cachedBytes(const std::string &folder, const CacheKey &key, int64_t count, int64_t elements,
                       const DecodeBlock &decode) {
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    fail(exitResource, "cannot make the folder '%s' for decoded samples: %s", folder.c_str(), strerror(errno));
  std::string path = folder + format("/%016llx.samples", static_cast<unsigned long long>(key.hash()));
  Header header{.hash = key.hash(), .check = key.check(), .count = count, .elements = elements};
  if (SharedRows rows = openCache(path, header))
    return rows;
  writeCache(path, header, decode);
  SharedRows rows = openCache(path, header);
  if (!rows)
    fail(exitResource, "cannot read '%s', which was just written", path.c_str());
  return rows;
}

} // namespace nncc::runtime
