// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Zip.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Inflate.h"
#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace nncc::runtime {

InputFile::InputFile(const std::string &path) : name(path) {
  struct stat info;
  stream = fopen(path.c_str(), "rbe");
  if (!stream || fstat(fileno(stream), &info) != 0 || S_ISDIR(info.st_mode)) {
    int reason = stream ? EISDIR : errno;
    if (stream)
      fclose(stream);
    fail(exitBadInput, "cannot read '%s': %s", path.c_str(), strerror(reason));
  }
  if (!S_ISREG(info.st_mode)) {
    fclose(stream);
    fail(exitBadInput, "cannot read '%s': not a regular file", path.c_str());
  }
  bytes = static_cast<uint64_t>(info.st_size);
}

InputFile::~InputFile() { fclose(stream); }

void InputFile::read(uint64_t offset, void *out, size_t count) {
  if (offset > bytes || count > bytes - offset)
    fail(exitBadInput, "'%s' ends too early: it is truncated or corrupt", name.c_str());
  if (offset != position && fseeko(stream, static_cast<off_t>(offset), SEEK_SET) != 0)
    fail(exitBadInput, "cannot read '%s': %s", name.c_str(), strerror(errno));
  if (fread(out, 1, count, stream) != count)
    fail(exitBadInput, "cannot read '%s': %s", name.c_str(), ferror(stream) ? strerror(errno) : "it became shorter");
  position = offset + count;
}

// --- ByteSource --------------------------------------------------------------------------------------------------------

ByteSource::ByteSource(InputFile &file, uint64_t begin, uint64_t length, Coding coding)
    : file(file), position(begin), end(begin + length), length(length), coding(coding) {
  if (coding != Coding::Stored)
    inflate = std::make_unique<Inflate>(coding == Coding::Gzip ? Inflate::Frame::Gzip : Inflate::Frame::None,
                                        [this](uint8_t *out, size_t count) { return readRaw(out, count); });
}

ByteSource::~ByteSource() = default;

const std::string &ByteSource::path() const { return file.path(); }

uint64_t ByteSource::mostBytes() const { return coding == Coding::Stored ? length : length * 1032 + 1032; }

size_t ByteSource::readRaw(uint8_t *out, size_t count) {
  const size_t part = count < end - position ? count : static_cast<size_t>(end - position);
  if (part)
    file.read(position, out, part);
  position += part;
  return part;
}

size_t ByteSource::readSome(uint8_t *out, size_t count) {
  if (!inflate)
    return readRaw(out, count);
  const size_t done = inflate->read(out, count);
  if (inflate->error())
    fail(exitBadInput, "'%s' is corrupt: %s", file.path().c_str(), inflate->error());
  return done;
}

void ByteSource::read(void *out, size_t count) {
  auto *bytes = static_cast<uint8_t *>(out);
  size_t done = 0;
  if (peeked >= 0 && count) {
    bytes[done++] = static_cast<uint8_t>(peeked);
    peeked = -1;
  }
  if (done + readSome(bytes + done, count - done) != count)
    fail(exitBadInput, "'%s' ends too early: it is truncated or corrupt", file.path().c_str());
  crc = crc32Of(crc, bytes, count);
}

bool ByteSource::atEnd() {
  uint8_t byte;
  if (peeked < 0 && readSome(&byte, 1) == 1)
    peeked = byte;
  return peeked < 0;
}

// --- ZipArchive --------------------------------------------------------------------------------------------------------

static uint64_t little(const uint8_t *p, int bytes) {
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i)
    value = value << 8 | p[i];
  return value;
}

ZipArchive::ZipArchive(const std::string &path) : file(path) {
  auto corrupt = [&](const char *what) { fail(exitBadInput, "'%s' is not a valid zip archive: %s", path.c_str(), what); };
  // 1. The end record lies within the last 64 KiB: its signature, searched from the end.
  uint64_t tail = file.size() < 65557 ? file.size() : 65557;
  std::vector<uint8_t> last(tail);
  if (tail < 22)
    corrupt("it is too short");
  file.read(file.size() - tail, last.data(), tail);
  size_t at = tail - 22;
  while (little(&last[at], 4) != 0x06054b50) {
    if (at == 0)
      corrupt("it has no end record");
    --at;
  }
  uint64_t count = little(&last[at + 10], 2), size = little(&last[at + 12], 4), start = little(&last[at + 16], 4);
  uint64_t endRecord = file.size() - tail + at;
  // 2. Zip64: the real numbers stand in a second record, found through a locator before the first.
  if (count == 0xffff || size == 0xffffffff || start == 0xffffffff) {
    uint8_t locator[20], record[56];
    if (endRecord < 20)
      corrupt("its zip64 locator is missing");
    file.read(endRecord - 20, locator, 20);
    if (little(locator, 4) != 0x07064b50)
      corrupt("its zip64 locator is missing");
    file.read(little(locator + 8, 8), record, 56);
    if (little(record, 4) != 0x06064b50)
      corrupt("its zip64 end record is missing");
    count = little(record + 32, 8);
    size = little(record + 40, 8);
    start = little(record + 48, 8);
  }
  if (start > endRecord || size > endRecord - start || count > size / 46)
    corrupt("its directory lies outside the file");
  // 3. The directory.
  std::vector<uint8_t> directory(size);
  if (size)
    file.read(start, directory.data(), size);
  size_t p = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (size - p < 46 || little(&directory[p], 4) != 0x02014b50)
      corrupt("its directory is damaged");
    const uint8_t *h = &directory[p];
    size_t nameLength = little(h + 28, 2), extraLength = little(h + 30, 2), commentLength = little(h + 32, 2);
    if (size - p - 46 < nameLength + extraLength + commentLength)
      corrupt("its directory is damaged");
    Member m;
    m.name.assign(reinterpret_cast<const char *>(h + 46), nameLength);
    m.method = static_cast<uint16_t>(little(h + 10, 2));
    m.crc = static_cast<uint32_t>(little(h + 16, 4));
    m.compressed = little(h + 20, 4);
    m.uncompressed = little(h + 24, 4);
    m.header = little(h + 42, 4);
    if (little(h + 8, 2) & 1)
      corrupt("it is encrypted");
    // Zip64's extra field 1 holds, in this order, those of the three that are all ones above.
    const uint8_t *extra = h + 46 + nameLength;
    for (size_t e = 0; e + 4 <= extraLength;) {
      size_t id = little(extra + e, 2), length = little(extra + e + 2, 2);
      if (length > extraLength - e - 4)
        break;
      size_t used = 0;
      for (uint64_t *value : {&m.uncompressed, &m.compressed, &m.header})
        if (id == 1 && *value == 0xffffffff && used + 8 <= length) {
          *value = little(extra + e + 4 + used, 8);
          used += 8;
        }
      e += 4 + length;
    }
    entries.push_back(std::move(m));
    p += 46 + nameLength + extraLength + commentLength;
  }
}

const ZipArchive::Member *ZipArchive::find(const std::string &name) const {
  for (const Member &m : entries)
    if (m.name == name)
      return &m;
  return nullptr;
}

std::unique_ptr<ByteSource> ZipArchive::open(const Member &m) {
  auto corrupt = [&](const char *what) {
    fail(exitBadInput, "'%s' is not a valid zip archive: its member '%s' %s", path().c_str(), m.name.c_str(), what);
  };
  if (m.method != 0 && m.method != 8)
    corrupt("is compressed by a method other than deflate");
  if (m.header > file.size() || file.size() - m.header < 30)
    corrupt("lies outside the file");
  uint8_t h[30];
  file.read(m.header, h, 30);
  if (little(h, 4) != 0x04034b50)
    corrupt("has no header");
  uint64_t data = m.header + 30 + little(h + 26, 2) + little(h + 28, 2);
  if (data > file.size() || m.compressed > file.size() - data)
    corrupt("lies outside the file");
  if (m.method == 0 ? m.compressed != m.uncompressed : m.uncompressed / 1032 > m.compressed + 1)
    corrupt("has sizes that contradict each other");
  return std::make_unique<ByteSource>(file, data, m.compressed,
                                      m.method == 0 ? ByteSource::Coding::Stored : ByteSource::Coding::Deflate);
}

} // namespace nncc::runtime
