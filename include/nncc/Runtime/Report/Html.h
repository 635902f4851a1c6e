// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text for pages: escaping, data URIs, and numbers as people read them.
#ifndef NNCC_RUNTIME_REPORT_HTML_H
#define NNCC_RUNTIME_REPORT_HTML_H

#include <cstdint>
#include <string>

namespace nncc::runtime::report {

/// A text as content of an element or as value of a quoted attribute of HTML or SVG. What is no UTF-8, is a control character or
/// would change the direction of the text around it becomes U+FFFD.
std::string escape(const std::string &text);
/// The first `most` characters, escaped, and an ellipsis if there are more.
std::string escapeShort(const std::string &text, size_t most);

/// A cell of a table: its content as HTML, and its class ("" for none).
std::string cell(const std::string &html, const char *style = "");
/// A cell at the head of a table; numbers stand to the right, as "n" below it.
std::string headCell(const std::string &html, bool isNumber = false);

/// "data:image/png;base64,..."
std::string dataUri(const char *type, const std::string &bytes);

/// Four digits: "0.9871", "12.31", "1.2e-05", "nan".
std::string numberText(double value);
/// "3,705,345"
std::string groupedText(int64_t value);
/// "12.3 M": at most three digits and a prefix of powers of 1000.
std::string shortCount(double value);
/// "98.7 %"
std::string percentText(double part);
/// "1.25 ms", "850 ms", "12.3 s", "4 min 10 s", "2 h 5 min"
std::string durationText(double seconds);
/// A length in a drawing: at most one decimal.
std::string lengthText(double value);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_HTML_H
