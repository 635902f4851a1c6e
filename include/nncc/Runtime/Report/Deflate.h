// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compression for the pictures of a page.
#ifndef NNCC_RUNTIME_REPORT_DEFLATE_H
#define NNCC_RUNTIME_REPORT_DEFLATE_H

#include <string>

namespace nncc::runtime::report {

/// zlib's format (RFC 1950): matches in deflate's fixed code. Small pictures become a tenth larger than with codes of their own.
std::string deflate(const std::string &bytes);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_DEFLATE_H
