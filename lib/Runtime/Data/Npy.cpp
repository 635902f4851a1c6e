// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Npy.h"

#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/Inflate.h"
#include <bit>
#include <algorithm>
#include <cstring>

namespace nncc::runtime {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

int64_t Array::perSample() const {
  int64_t product = 1;
  for (size_t i = 1; i < shape.size(); ++i)
    if (__builtin_mul_overflow(product, shape[i], &product))
      return -1;
  return product;
}

std::string Array::shapeText() const {
  return runtime::shapeText(shape.data(), static_cast<int64_t>(shape.size()), -2);
}

namespace {

/// The header's Python dictionary, read with a parser for just what NumPy writes.
struct Header {
  char order = '<', kind = 0;
  int width = 0;
  bool fortran = false;
  std::vector<int64_t> shape;
};

class HeaderParser {
public:
  HeaderParser(const std::string &text, const std::string &name) : p(text.c_str()), name(name) {}

  Header parse() {
    Header header;
    bool haveType = false, haveOrder = false, haveShape = false;
    expect('{');
    while (!accept('}')) {
      std::string key = quoted();
      expect(':');
      if (key == "descr") {
        type(header);
        haveType = true;
      } else if (key == "fortran_order") {
        header.fortran = boolean();
        haveOrder = true;
      } else if (key == "shape") {
        shape(header);
        haveShape = true;
      } else {
        corrupt("its header has an unknown key");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!haveType || !haveOrder || !haveShape)
      corrupt("its header lacks descr, fortran_order or shape");
    return header;
  }

private:
  [[noreturn]] void corrupt(const char *what) { fail(exitBadInput, "%s is not a valid .npy array: %s", name.c_str(), what); }
  void blanks() {
    while (*p == ' ' || *p == '\n' || *p == '\t')
      ++p;
  }
  bool accept(char c) {
    blanks();
    if (*p != c)
      return false;
    ++p;
    return true;
  }
  void expect(char c) {
    if (!accept(c))
      corrupt("its header is damaged");
  }
  std::string quoted() {
    blanks();
    char quote = *p;
    if (quote != '\'' && quote != '"')
      corrupt("its header is damaged");
    std::string text;
    for (++p; *p && *p != quote; ++p)
      text += *p;
    expect(quote);
    return text;
  }
  bool boolean() {
    blanks();
    for (const char *word : {"False", "True"})
      if (strncmp(p, word, strlen(word)) == 0) {
        p += strlen(word);
        return *word == 'T';
      }
    corrupt("its fortran_order is neither True nor False");
  }
  void type(Header &header) {
    blanks();
    if (*p == '[')
      fail(exitBadInput, "%s holds records; expected f32, f64, integers or booleans", name.c_str());
    std::string text = quoted();
    bool fine = text.size() == 3 && strchr("<>|=", text[0]);
    if (fine) {
      header.order = text[0];
      header.kind = text[1];
      header.width = text[2] - '0';
      int w = header.width;
      fine = header.kind == 'f' ? w == 4 || w == 8
             : header.kind == 'b' ? w == 1
                                  : (header.kind == 'i' || header.kind == 'u') && (w == 1 || w == 2 || w == 4 || w == 8);
    }
    if (!fine)
      fail(exitBadInput, "%s has the element type '%s'; expected f32, f64, an integer type or bool", name.c_str(),
           text.substr(0, 40).c_str());
  }
  void shape(Header &header) {
    expect('(');
    while (!accept(')')) {
      blanks();
      if (*p < '0' || *p > '9')
        corrupt("its shape is damaged");
      int64_t extent = 0;
      for (; *p >= '0' && *p <= '9'; ++p)
        if (__builtin_mul_overflow(extent, int64_t{10}, &extent) || __builtin_add_overflow(extent, *p - '0', &extent))
          corrupt("its shape overflows");
      if (*p == 'L')
        ++p; // Python 2's long integers
      header.shape.push_back(extent);
      if (header.shape.size() > 32)
        corrupt("it has more than 32 axes");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  const char *p;
  const std::string &name;
};

/// `count` numbers of type T, in the other byte order where `swap`.
template <typename T, bool swap> void convertAll(const uint8_t *bytes, size_t count, float *out) {
  for (size_t i = 0; i < count; ++i) {
    T value;
    uint8_t raw[sizeof(T)];
    memcpy(raw, bytes + i * sizeof(T), sizeof(T));
    if (swap)
      std::reverse(raw, raw + sizeof(T));
    memcpy(&value, raw, sizeof value);
    out[i] = static_cast<float>(value);
  }
}

template <typename T> void convert(const Header &h, const uint8_t *bytes, size_t count, float *out) {
  if (h.order == '>')
    convertAll<T, true>(bytes, count, out);
  else
    convertAll<T, false>(bytes, count, out);
}

void convertBlock(const Header &h, const uint8_t *bytes, size_t count, float *out) {
  switch (h.kind * 16 + h.width) {
  case 'f' * 16 + 4: return convert<float>(h, bytes, count, out);
  case 'f' * 16 + 8: return convert<double>(h, bytes, count, out);
  case 'i' * 16 + 1: return convert<int8_t>(h, bytes, count, out);
  case 'i' * 16 + 2: return convert<int16_t>(h, bytes, count, out);
  case 'i' * 16 + 4: return convert<int32_t>(h, bytes, count, out);
  case 'i' * 16 + 8: return convert<int64_t>(h, bytes, count, out);
  case 'u' * 16 + 2: return convert<uint16_t>(h, bytes, count, out);
  case 'u' * 16 + 4: return convert<uint32_t>(h, bytes, count, out);
  case 'u' * 16 + 8: return convert<uint64_t>(h, bytes, count, out);
  default: return convert<uint8_t>(h, bytes, count, out); // u1, b1
  }
}

/// Column-major to row-major.
Floats fromFortran(const Floats &values, const std::vector<int64_t> &shape) {
  Floats result(values.size());
  std::vector<int64_t> index(shape.size(), 0), stride(shape.size(), 1);
  for (size_t i = 1; i < shape.size(); ++i)
    stride[i] = stride[i - 1] * shape[i - 1];
  int64_t from = 0;
  for (float &value : result) {
    value = values[static_cast<size_t>(from)];
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis])
        break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

} // namespace

Array readNpy(ByteSource &source, const std::string &name) {
  uint8_t start[8];
  source.read(start, 8);
  if (memcmp(start, "\x93NUMPY", 6) != 0 || start[6] < 1 || start[6] > 3)
    fail(exitBadInput, "%s is not a .npy array: it does not start with NumPy's signature", name.c_str());
  int lengthBytes = start[6] == 1 ? 2 : 4;
  uint8_t raw[4] = {0};
  source.read(raw, static_cast<size_t>(lengthBytes));
  uint32_t length = raw[0] | raw[1] << 8 | raw[2] << 16 | static_cast<uint32_t>(raw[3]) << 24;
  if (length > (1u << 20) || length > source.mostBytes())
    fail(exitBadInput, "%s is not a valid .npy array: its header is too long", name.c_str());
  std::string text(length, '\0');
  source.read(text.data(), length);
  Header header = HeaderParser(text, name).parse();

  int64_t elements = 1, bytes;
  for (int64_t extent : header.shape)
    if (__builtin_mul_overflow(elements, extent, &elements))
      fail(exitBadInput, "%s is not a valid .npy array: its shape overflows", name.c_str());
  if (__builtin_mul_overflow(elements, int64_t{header.width}, &bytes) || static_cast<uint64_t>(bytes) > source.mostBytes())
    fail(exitBadInput, "%s is truncated or corrupt: its shape %s needs more bytes than the file has", name.c_str(),
         shapeText(header.shape.data(), static_cast<int64_t>(header.shape.size()), -2).c_str());

  Array array;
  array.shape = header.shape;
  array.integral = header.kind != 'f';
  array.values.resize(static_cast<size_t>(elements));
  std::vector<uint8_t> block(1 << 16);
  size_t perBlock = block.size() / static_cast<size_t>(header.width);
  for (size_t at = 0; at < array.values.size();) {
    size_t part = array.values.size() - at < perBlock ? array.values.size() - at : perBlock;
    source.read(block.data(), part * static_cast<size_t>(header.width));
    convertBlock(header, block.data(), part, array.values.data() + at);
    at += part;
  }
  if (!source.atEnd())
    fail(exitBadInput, "%s is not a valid .npy array: bytes follow its last element", name.c_str());
  if (header.fortran && header.shape.size() > 1)
    array.values = fromFortran(array.values, array.shape);
  return array;
}

Array readNpyFile(const std::string &path) {
  InputFile file(path);
  ByteSource source(file, 0, file.size(), ByteSource::Coding::Stored);
  return readNpy(source, "'" + path + "'");
}

bool looksLikeZip(const std::string &path) {
  InputFile file(path);
  char start[2];
  if (file.size() < 22)
    return false;
  file.read(0, start, 2);
  return start[0] == 'P' && start[1] == 'K';
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> result;
  for (const ZipArchive::Member &m : archive.members())
    if (m.name.size() > 4 && m.name.compare(m.name.size() - 4, 4, ".npy") == 0)
      result.push_back(m.name.substr(0, m.name.size() - 4));
  return result;
}

Array NpzFile::read(const std::string &name) {
  const ZipArchive::Member *member = archive.find(name + ".npy");
  if (!member)
    fail(exitBadInput, "'%s' has no array '%s'", archive.path().c_str(), name.c_str());
  std::unique_ptr<ByteSource> source = archive.open(*member);
  std::string title = "array '" + name + "' of '" + archive.path() + "'";
  Array array = readNpy(*source, title);
  if (source->checksum() != member->crc)
    fail(exitBadInput, "%s is corrupt: its checksum is wrong", title.c_str());
  return array;
}

// --- writing -----------------------------------------------------------------------------------------------------------

static void put(nncc_file *file, const void *bytes, size_t count) {
  nncc_message message{};
  if (nncc_file_write(file, bytes, count, &message) != NNCC_OK) {
    std::string text = message.text ? message.text : "cannot write";
    nncc_message_free(&message);
    failWith({exitResource, text});
  }
}

static std::string npyHeader(const std::vector<int64_t> &shape) {
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': " +
                           shapeText(shape.data(), static_cast<int64_t>(shape.size()), -2) + ", }";
  size_t total = (10 + dictionary.size() + 1 + 63) / 64 * 64; // the values start at a multiple of 64
  dictionary.append(total - 10 - dictionary.size() - 1, ' ');
  dictionary += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(dictionary.size() & 255);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

static uint64_t floatsOf(const std::vector<int64_t> &shape) {
  uint64_t count = 1;
  for (int64_t extent : shape)
    count *= static_cast<uint64_t>(extent);
  return count;
}

void writeNpy(nncc_file *file, const std::vector<int64_t> &shape, const float *values) {
  std::string header = npyHeader(shape);
  put(file, header.data(), header.size());
  put(file, values, floatsOf(shape) * 4);
}

static void append(std::string &text, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i));
}

void writeNpz(nncc_file *file, const std::vector<NamedArray> &arrays) {
  std::string directory;
  uint64_t position = 0;
  for (const NamedArray &array : arrays) {
    std::string header = npyHeader(array.shape), name = array.name + ".npy";
    uint64_t bytes = floatsOf(array.shape) * 4, size = header.size() + bytes;
    if (position + size + directory.size() > 0xfff00000u || arrays.size() > 0xfffe || name.size() > 0xffff)
      fail(exitResource, "the arrays do not fit an .npz file of 4 GB");
    const uint32_t crc = crc32Of(crc32Of(0, header.data(), header.size()), array.values, bytes);
    // Fields common to the local header and the directory: version, flags (names are UTF-8), stored, 1980-01-01 00:00.
    std::string common;
    append(common, 20, 2);
    append(common, 0x800, 2);
    append(common, 0, 2);
    append(common, 0, 2);
    append(common, 0x21, 2);
    append(common, crc, 4);
    append(common, size, 4);
    append(common, size, 4);
    append(common, name.size(), 2);
    append(common, 0, 2);
    std::string local("PK\x03\x04", 4);
    local += common + name;
    put(file, local.data(), local.size());
    put(file, header.data(), header.size());
    put(file, array.values, bytes);
    directory += std::string("PK\x01\x02", 4);
    append(directory, 20, 2);
    directory += common;
    append(directory, 0, 2);
    append(directory, 0, 2);
    append(directory, 0, 2);
    append(directory, 0, 4);
    append(directory, position, 4);
    directory += name;
    position += local.size() + size;
  }
  std::string end("PK\x05\x06", 4);
  append(end, 0, 4);
  append(end, arrays.size(), 2);
  append(end, arrays.size(), 2);
  append(end, directory.size(), 4);
  append(end, position, 4);
  append(end, 0, 2);
  put(file, directory.data(), directory.size());
  put(file, end.data(), end.size());
}

} // namespace nncc::runtime
