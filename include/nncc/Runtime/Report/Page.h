// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A page of its own: one file without scripts that needs no network, for light and dark screens from 360 pixels on.
#ifndef NNCC_RUNTIME_REPORT_PAGE_H
#define NNCC_RUNTIME_REPORT_PAGE_H

#include <string>
#include <utility>
#include <vector>

namespace nncc::runtime::report {

class Page {
public:
  /// `title` is a text; all other arguments that are called html are taken as they are.
  explicit Page(std::string title) : title(std::move(title)) {}

  /// A line under the title.
  void subtitle(const std::string &html) { under += "<p class=\"sub\">" + html + "</p>\n"; }
  /// HTML between the subtitles and the first section.
  void lead(const std::string &html) { under += html; }
  /// The page loads itself again every so many seconds: it is going to change.
  void reloadEvery(int seconds) { reload = seconds; }
  void section(const std::string &heading, const std::string &html, const std::string &remark = "");
  std::string html() const;

private:
  std::string title, under, body;
  int reload = 0;
};

/// A number that stands out, with what it is and a remark, all texts.
struct Tile {
  std::string name, value, remark;
};
std::string tiles(const std::vector<Tile> &tiles);

/// Names and values in two columns; values are HTML.
std::string factTable(const std::vector<std::pair<std::string, std::string>> &facts);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_PAGE_H
