// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Byte streams, plain or compressed, and zip archives. Files are not trusted: nothing is allocated on the word of a header
// before the file is known to be large enough to back it.
#ifndef NNCC_RUNTIME_DATA_ZIP_H
#define NNCC_RUNTIME_DATA_ZIP_H

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace nncc::runtime {

class Inflate;

/// A file opened for reading. Throws Error(exitBadInput) with the system's reason.
class InputFile {
public:
  explicit InputFile(const std::string &path);
  ~InputFile();
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;
  uint64_t size() const { return bytes; }
  const std::string &path() const { return name; }
  /// Reads exactly count bytes at offset, or throws.
  void read(uint64_t offset, void *out, size_t count);

private:
  std::string name;
  FILE *stream = nullptr;
  uint64_t bytes = 0;
  uint64_t position = 0;
};

/// Part of a file, read in order, decompressed on the way.
class ByteSource {
public:
  enum class Coding { Stored, Deflate, Gzip };

  /// Bytes [begin, begin + length) of `file`, which must lie in it.
  ByteSource(InputFile &file, uint64_t begin, uint64_t length, Coding coding);
  ~ByteSource();
  ByteSource(const ByteSource &) = delete;
  ByteSource &operator=(const ByteSource &) = delete;

  /// Reads exactly count bytes, or throws Error(exitBadInput): the data ends early or is corrupt.
  void read(void *out, size_t count);
  /// True when no byte is left.
  bool atEnd();
  /// No more than this many decompressed bytes can be in the source: deflate expands at most 1032-fold.
  uint64_t mostBytes() const;
  /// CRC-32 of all that was read so far.
  uint32_t checksum() const { return crc; }
  const std::string &path() const;

private:
  size_t readRaw(uint8_t *out, size_t count);
  size_t readSome(uint8_t *out, size_t count);

  InputFile &file;
  uint64_t position, end, length;
  Coding coding;
  uint32_t crc = 0;
  std::unique_ptr<Inflate> inflate; ///< nullptr where nothing is compressed
  int peeked = -1;
};

/// The directory of a zip archive, zip64 included; no encryption, one volume (PKWARE's APPNOTE 6.3).
class ZipArchive {
public:
  struct Member {
    std::string name;
    uint64_t compressed, uncompressed, header;
    uint32_t crc;
    uint16_t method; ///< 0 stored, 8 deflated
  };

  explicit ZipArchive(const std::string &path);
  const std::vector<Member> &members() const { return entries; }
  const Member *find(const std::string &name) const;
  /// Opens a member; its sizes are checked against the file and each other.
  std::unique_ptr<ByteSource> open(const Member &member);
  const std::string &path() const { return file.path(); }

private:
  InputFile file;
  std::vector<Member> entries;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_ZIP_H
