// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 1. bits come into a word of 64, lowest first, eight bytes at once;
// 2. symbols are looked up by the next ten bits, and the rare longer ones counted through, as in zlib's contrib/puff;
// 3. what they stand for grows in `output`, whose last 32 KiB stay for matches to copy from.
// What makes data wrong is what zlib's inflate refuses.
#include "nncc/Runtime/Data/Inflate.h"

#include <algorithm>
#include <cstring>
#include <pthread.h>

namespace nncc::runtime {

// --- CRC-32 ----------------------------------------------------------------------------------------------------------------

namespace {

/// By eight bytes at once (Intel's slicing by 8): table k is for a byte that k more follow. Made when first asked for: as a constant
/// it would be 8 KiB of each executable.
uint32_t crcTables[8][256];
pthread_once_t crcOnce = PTHREAD_ONCE_INIT;

void makeCrcTables() {
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit)
      value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
    crcTables[0][byte] = value;
  }
  for (int k = 1; k < 8; ++k)
    for (uint32_t byte = 0; byte < 256; ++byte)
      crcTables[k][byte] = crcTables[k - 1][byte] >> 8 ^ crcTables[0][crcTables[k - 1][byte] & 255];
}

uint64_t load(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

} // namespace

uint32_t crc32Of(uint32_t crc, const void *from, size_t count) {
  pthread_once(&crcOnce, makeCrcTables);
  const auto *bytes = static_cast<const uint8_t *>(from);
  crc = ~crc;
  for (; count >= 8; bytes += 8, count -= 8) {
    const uint64_t word = load(bytes) ^ crc;
    crc = 0;
    for (int k = 0; k < 8; ++k)
      crc ^= crcTables[7 - k][word >> (8 * k) & 255];
  }
  for (; count; --count)
    crc = crc >> 8 ^ crcTables[0][(crc ^ *bytes++) & 255];
  return ~crc;
}

// --- bits and codes --------------------------------------------------------------------------------------------------------

void Inflate::refill() {
  if (end - next >= 8) {
    bits |= load(next) << bitCount;
    next += (63 - bitCount) >> 3;
    bitCount |= 56;
    return;
  }
  while (bitCount <= 56) {
    if (next == end && !isSourceEmpty) {
      next = input;
      end = input + source(input, sizeof input);
      isSourceEmpty = end == next;
    }
    if (next != end)
      bits |= static_cast<uint64_t>(*next++) << bitCount;
    else
      beyond += 8; // zeros
    bitCount += 8;
  }
}

uint32_t Inflate::take(int count) {
  if (bitCount < count)
    refill();
  const uint32_t value = peek(count);
  bits >>= count;
  bitCount -= count;
  return value;
}

bool Inflate::fail(const char *what) {
  problem = bitCount < beyond ? "its compressed data ends too early" : what;
  return false;
}

bool Inflate::Code::build(const uint8_t *lengths, int symbolCount) {
  memset(fast, 0, sizeof fast);
  memset(count, 0, sizeof count);
  for (int symbol = 0; symbol < symbolCount; ++symbol)
    ++count[lengths[symbol]];
  count[0] = 0;
  uint16_t place[mostBits + 1] = {}, code[mostBits + 1] = {}; // of the next symbol of each length
  int left = 1, longest = 0;
  for (int bits = 1; bits <= mostBits; ++bits) {
    left = 2 * left - count[bits];
    if (left < 0)
      return false; // more codes than there is room for
    if (count[bits])
      longest = bits;
    if (bits > 1) {
      place[bits] = static_cast<uint16_t>(place[bits - 1] + count[bits - 1]);
      code[bits] = static_cast<uint16_t>((code[bits - 1] + count[bits - 1]) << 1);
    }
  }
  if (left > 0 && longest > 1)
    return false; // room is left: only a single code of one bit may leave some
  for (int symbol = 0; symbol < symbolCount; ++symbol) {
    const int bits = lengths[symbol];
    if (!bits)
      continue;
    symbols[place[bits]++] = static_cast<uint16_t>(symbol);
    uint32_t backwards = 0; // codes come highest bit first
    for (int bit = 0; bit < bits; ++bit)
      backwards |= (code[bits] >> bit & 1u) << (bits - 1 - bit);
    ++code[bits];
    for (; bits <= fastBits && backwards < 1 << fastBits; backwards += 1u << bits)
      fast[backwards] = static_cast<uint16_t>(symbol << 4 | bits);
  }
  return true;
}

/// The next symbol, of at most 15 bits, which must be there; -1: none has this code.
inline int Inflate::decode(const Code &code) {
  if (const int entry = code.fast[bits & ((1 << fastBits) - 1)]) {
    bits >>= entry & 15;
    bitCount -= entry & 15;
    return entry >> 4;
  }
  int value = 0, first = 0, index = 0;
  for (int length = 1; length <= mostBits; ++length) {
    value = value << 1 | static_cast<int>(bits >> (length - 1) & 1);
    const int here = code.count[length];
    if (value - first < here) {
      bits >>= length;
      bitCount -= length;
      return code.symbols[index + value - first];
    }
    index += here;
    first = (first + here) << 1;
  }
  return -1;
}

// --- the stream ------------------------------------------------------------------------------------------------------------

bool Inflate::readHeader() {
  state = State::Block;
  isLastBlock = false;
  if (frame == Frame::None)
    return true;
  sum = length = 0;
  if (takeByte() != 0x1f || takeByte() != 0x8b)
    return fail("it is not gzip data");
  if (takeByte() != 8)
    return fail("unknown compression method");
  const uint32_t flags = takeByte();
  if (flags & 0xe0)
    return fail("unknown header flags set");
  take(24); // time,
  take(24); // effort and system
  if (flags & 4)
    for (uint32_t extra = take(16); extra && bitCount >= beyond; --extra)
      takeByte();
  for (uint32_t text : {8, 16}) // name and comment
    while (flags & text && takeByte() && bitCount >= beyond) {
    }
  if (flags & 2)
    take(16);
  return bitCount >= beyond || fail("");
}

bool Inflate::readBlock() {
  if (isLastBlock) {
    state = frame == Frame::Gzip ? State::Trailer : State::End;
    return true;
  }
  isLastBlock = take(1);
  switch (take(2)) {
  case 0:
    take(bitCount & 7);
    storedLeft = take(16);
    if (take(16) != (storedLeft ^ 0xffff))
      return fail("a stored block's length is wrong");
    state = State::Stored;
    break;
  case 1: {
    uint8_t lengths[288];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    literals.build(lengths, 288);
    memset(lengths, 5, 32); // all, so that the code is complete; the last two are not used
    distances.build(lengths, 32);
    state = State::Coded;
    break;
  }
  case 2:
    if (!readCodes())
      return false;
    state = State::Coded;
    break;
  default: return fail("a block is of an unknown kind");
  }
  return bitCount >= beyond || fail("");
}

bool Inflate::readCodes() {
  static constexpr uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const int literalCount = static_cast<int>(take(5)) + 257, distanceCount = static_cast<int>(take(5)) + 1;
  const int lengthCount = static_cast<int>(take(4)) + 4;
  if (literalCount > 286 || distanceCount > 30)
    return fail("a block has too many symbols");
  uint8_t lengths[286 + 30] = {};
  for (int i = 0; i < lengthCount; ++i)
    lengths[order[i]] = static_cast<uint8_t>(take(3));
  int used = 0;
  for (int i = 0; i < 19; ++i)
    used += lengths[i] != 0;
  // This code may have no room left over at all.
  if (!literals.build(lengths, 19) || used < 2)
    return fail("a block's code is wrong");
  memset(lengths, 0, sizeof lengths);
  for (int i = 0; i < literalCount + distanceCount;) {
    refill();
    const int symbol = decode(literals);
    if (symbol < 0)
      return fail("a block's code is wrong");
    if (symbol < 16) {
      lengths[i++] = static_cast<uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && i == 0)
      return fail("a block's code is wrong");
    const uint8_t value = symbol == 16 ? lengths[i - 1] : 0;
    const int repeat = symbol == 16   ? 3 + static_cast<int>(take(2))
                       : symbol == 17 ? 3 + static_cast<int>(take(3))
                                      : 11 + static_cast<int>(take(7));
    if (i + repeat > literalCount + distanceCount)
      return fail("a block's code is wrong");
    memset(lengths + i, value, static_cast<size_t>(repeat));
    i += repeat;
  }
  if (lengths[256] == 0)
    return fail("a block's code has no end");
  if (!literals.build(lengths, literalCount) || !distances.build(lengths + literalCount, distanceCount))
    return fail("a block's code is wrong");
  return true;
}

bool Inflate::copyStored() {
  while (storedLeft && to < history + chunk) {
    output[to++] = static_cast<uint8_t>(takeByte());
    --storedLeft;
    if (bitCount < beyond)
      return fail("");
  }
  if (!storedLeft)
    state = State::Block;
  return true;
}

bool Inflate::decodeSymbols() {
  static constexpr uint16_t lengthBase[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                              31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  static constexpr uint8_t lengthExtra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  static constexpr uint16_t distanceBase[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                                193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  while (to < history + chunk) {
    refill(); // at least 56 bits: enough for a length and a distance (15 + 5 + 15 + 13)
    int symbol = decode(literals);
    if (symbol >= 0 && symbol < 256) {
      output[to++] = static_cast<uint8_t>(symbol);
      continue;
    }
    if (symbol == 256) {
      state = State::Block;
      return bitCount >= beyond || fail("");
    }
    if (symbol < 0 || symbol > 285)
      return fail("a length is wrong");
    symbol -= 257;
    const size_t count = lengthBase[symbol] + take(lengthExtra[symbol]);
    const int place = decode(distances);
    if (place < 0 || place > 29)
      return fail("a distance is wrong");
    const size_t distance = distanceBase[place] + take(place < 2 ? 0 : place / 2 - 1);
    if (distance > to || bitCount < beyond)
      return fail("a distance reaches before the data");
    uint8_t *out = output + to;
    const uint8_t *in = out - distance;
    to += count;
    if (distance < 8) {
      for (size_t i = 0; i < count; ++i)
        out[i] = in[i];
      continue;
    }
    for (size_t i = 0; i < count; i += 8) // writes up to seven bytes more, which the next symbol replaces
      memcpy(out + i, in + i, 8);
  }
  return bitCount >= beyond || fail("");
}

bool Inflate::readTrailer() {
  take(bitCount & 7);
  uint32_t found = take(16);
  found |= take(16) << 16;
  uint32_t size = take(16);
  size |= take(16) << 16;
  if (bitCount < beyond || found != sum)
    return fail("its checksum is wrong");
  if (size != length)
    return fail("its length is wrong");
  refill();
  state = bitCount > beyond ? State::Header : State::End;
  return true;
}

/// One step: something more in `output`, or another state.
void Inflate::produce() {
  if (to >= history + chunk) { // all of it is given
    memmove(output, output + to - history, history);
    to = history;
  }
  from = to;
  switch (state) {
  case State::Header: readHeader(); break;
  case State::Block: readBlock(); break;
  case State::Stored: copyStored(); break;
  case State::Coded: decodeSymbols(); break;
  case State::Trailer: readTrailer(); break;
  case State::End: break;
  }
  if (frame == Frame::Gzip && to > from) {
    sum = crc32Of(sum, output + from, to - from);
    length += static_cast<uint32_t>(to - from);
  }
}

size_t Inflate::read(uint8_t *out, size_t count) {
  size_t done = 0;
  while (done < count) {
    if (from == to) {
      if (problem || state == State::End)
        break;
      produce();
    }
    const size_t part = std::min(count - done, to - from);
    memcpy(out + done, output + from, part);
    from += part;
    done += part;
  }
  return done;
}

} // namespace nncc::runtime
