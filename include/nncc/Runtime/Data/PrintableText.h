// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of files and classes may hold anything.
#ifndef NNCC_RUNTIME_DATA_PRINTABLETEXT_H
#define NNCC_RUNTIME_DATA_PRINTABLETEXT_H

#include <cstdint>
#include <string>

namespace nncc::runtime {

/// The code point at `at`, which moves behind it. U+FFFD for a control character (but line ends), for what turns the direction of
/// writing, and, one byte on, for what is no UTF-8 (RFC 3629).
uint32_t nextCharacter(const std::string &text, size_t &at);

/// A text as a terminal may show it: the bytes of those characters as `\x1B`, all others as they are, line ends too.
std::string printable(const std::string &text);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_PRINTABLETEXT_H
