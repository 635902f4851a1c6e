// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decompression: deflate (RFC 1951), alone or in gzip's frame (RFC 1952). As fast as zlib's and a tenth of its size, which every
// executable carries.
#ifndef NNCC_RUNTIME_DATA_INFLATE_H
#define NNCC_RUNTIME_DATA_INFLATE_H

#include <cstddef>
#include <cstdint>
#include <functional>

namespace nncc::runtime {

/// CRC-32 (ISO 3309) of `count` more bytes behind those that gave `crc`; 0 for the first.
uint32_t crc32Of(uint32_t crc, const void *bytes, size_t count);

class Inflate {
public:
  enum class Frame {
    None, ///< deflate alone
    Gzip, ///< one or more members in a row, with their checksums
  };
  /// Fills `buffer` with up to `count` more compressed bytes and gives their number; 0: that was all.
  using Source = std::function<size_t(uint8_t *buffer, size_t count)>;

  Inflate(Frame frame, Source source) : frame(frame), source(std::move(source)) {}

  /// Decompresses exactly `count` bytes, or fewer where the data ends or is wrong (error()).
  size_t read(uint8_t *out, size_t count);
  /// What is wrong with the data, or nullptr.
  const char *error() const { return problem; }

private:
  static constexpr size_t history = 1 << 15, chunk = 1 << 16, inputBytes = 1 << 15;
  static constexpr int fastBits = 10, mostBits = 15;

  /// A prefix code. Codes of up to fastBits bits are looked up, longer ones are counted through.
  struct Code {
    uint16_t fast[1 << fastBits]; ///< by the next bits: symbol << 4 | length; 0: a longer code or none
    uint16_t count[mostBits + 1]; ///< codes of each length
    uint16_t symbols[288];        ///< by code
    /// From the length of each symbol's code; false for a set that is no prefix code.
    bool build(const uint8_t *lengths, int symbolCount);
  };
  enum class State { Header, Block, Stored, Coded, Trailer, End };

  void refill();
  uint32_t peek(int count) const { return static_cast<uint32_t>(bits & ((uint64_t{1} << count) - 1)); }
  uint32_t take(int count);
  uint32_t takeByte() { return take(8); }
  int decode(const Code &code);
  bool fail(const char *what);

  void produce();
  bool readHeader();
  bool readBlock();
  bool readCodes();
  bool copyStored();
  bool decodeSymbols();
  bool readTrailer();

  const Frame frame;
  const Source source;
  const char *problem = nullptr;
  State state = State::Header;
  bool isLastBlock = false;
  bool isSourceEmpty = false;
  uint32_t storedLeft = 0, sum = 0, length = 0; ///< length and checksum of the member so far

  uint64_t bits = 0; ///< the next ones, lowest first
  int bitCount = 0;
  int beyond = 0; ///< bits that the source does not have
  const uint8_t *next = input, *end = input;
  size_t from = 0, to = 0; ///< what is decompressed and not given yet, in `output`

  Code literals, distances;
  uint8_t input[inputBytes];
  uint8_t output[history + chunk + 512];
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_INFLATE_H
