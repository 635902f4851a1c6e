// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Deflate.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nncc::runtime::report {

namespace {

constexpr int shortestMatch = 3, longestMatch = 258, window = 1 << 15, mostTried = 64;

class Deflater {
public:
  explicit Deflater(const std::string &bytes)
      : bytes(bytes), size(static_cast<int64_t>(bytes.size())), newest(hashes, -1), older(bytes.size(), -1) {}

  std::string run() {
    out = "\x78\xda"; // a window of 32 KiB, best compression
    put(3, 3);        // one block, the last, in the fixed code
    for (int64_t at = 0; at < size;) {
      const Match match = longest(at);
      if (match.length < shortestMatch)
        putLiteral(static_cast<uint8_t>(bytes[static_cast<size_t>(at)]));
      else
        putMatch(match);
      for (const int64_t behind = at + std::max(1, match.length); at < behind; ++at)
        remember(at);
    }
    putLiteral(256);
    put(0, 7); // the last bits
    uint32_t a = 1, b = 0; // Adler-32
    for (char byte : bytes) {
      a = (a + static_cast<uint8_t>(byte)) % 65521;
      b = (b + a) % 65521;
    }
    for (uint32_t byte : {b >> 8, b, a >> 8, a})
      out += static_cast<char>(byte);
    return std::move(out);
  }

private:
  struct Match {
    int length = 0;
    int64_t distance = 0;
  };

  /// Bits, lowest first.
  void put(uint32_t value, int count) {
    held |= value << heldCount;
    for (heldCount += count; heldCount >= 8; heldCount -= 8) {
      out += static_cast<char>(held);
      held >>= 8;
    }
  }
  /// A code, highest bit first.
  void putCode(uint32_t code, int count) {
    for (int bit = count; bit-- > 0;)
      put(code >> bit & 1, 1);
  }
  /// RFC 1951, 3.2.6.
  void putLiteral(uint32_t symbol) {
    if (symbol < 144)
      putCode(0x30 + symbol, 8);
    else if (symbol < 256)
      putCode(0x190 + symbol - 144, 9);
    else if (symbol < 280)
      putCode(symbol - 256, 7);
    else
      putCode(0xc0 + symbol - 280, 8);
  }
  void putMatch(const Match &match) {
    // Both kinds of numbers have `kept` symbols for each power of two, and the lower bits follow. The longest length has its own.
    auto split = [](uint32_t value, uint32_t kept, int &extra) {
      extra = 0;
      while (value >> extra >= 2 * kept)
        ++extra;
      return static_cast<uint32_t>(extra) * kept + (value >> extra);
    };
    int extra;
    const auto length = static_cast<uint32_t>(match.length - shortestMatch);
    if (match.length == longestMatch) {
      putLiteral(285);
    } else {
      putLiteral(257 + split(length, 4, extra));
      put(length & ((1u << extra) - 1), extra);
    }
    const auto distance = static_cast<uint32_t>(match.distance - 1);
    putCode(split(distance, 2, extra), 5);
    put(distance & ((1u << extra) - 1), extra);
  }

  size_t hashAt(int64_t at) const {
    uint32_t three = 0;
    for (int i = 0; i < shortestMatch; ++i)
      three = three << 8 | static_cast<uint8_t>(bytes[static_cast<size_t>(at + i)]);
    return three * 0x9e3779b1u >> 19;
  }
  void remember(int64_t at) {
    if (at + shortestMatch > size)
      return;
    older[static_cast<size_t>(at)] = newest[hashAt(at)];
    newest[hashAt(at)] = at;
  }
  Match longest(int64_t at) const {
    Match best;
    if (at + shortestMatch > size)
      return best;
    const int most = static_cast<int>(std::min<int64_t>(longestMatch, size - at));
    int64_t from = newest[hashAt(at)];
    for (int tried = 0; from >= 0 && at - from <= window && tried < mostTried; ++tried) {
      int length = 0;
      while (length < most && bytes[static_cast<size_t>(from + length)] == bytes[static_cast<size_t>(at + length)])
        ++length;
      if (length > best.length)
        best = {length, at - from};
      from = older[static_cast<size_t>(from)];
    }
    return best;
  }

  static constexpr size_t hashes = 1 << 13;
  const std::string &bytes;
  const int64_t size;
  std::vector<int64_t> newest, older; ///< where three bytes of a hash stand; -1: nowhere
  std::string out;
  uint32_t held = 0;
  int heldCount = 0;
};

} // namespace

std::string deflate(const std::string &bytes) { return Deflater(bytes).run(); }

} // namespace nncc::runtime::report
