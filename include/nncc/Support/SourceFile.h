// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_SOURCEFILE_H
#define NNCC_SUPPORT_SOURCEFILE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nncc {

/// A piece of a source file, in bytes: [begin, end). `begin == end` is a place between two characters.
struct SourceRange {
  uint32_t begin = 0;
  uint32_t end = 0;

  friend bool operator==(SourceRange a, SourceRange b) { return a.begin == b.begin && a.end == b.end; }
};

/// The range from the start of the first to the end of the second.
inline SourceRange spanning(SourceRange first, SourceRange last) { return {first.begin, last.end}; }

/// 1-based line and column. A column counts characters (UTF-8 code points; an invalid byte is one); a tab is one.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// The text of a source file and its name, as messages print it. Not for use by several threads at a time.
class SourceFile {
public:
  SourceFile(llvm::StringRef name, llvm::StringRef text);

  llvm::StringRef name() const { return fileName; }
  llvm::StringRef text() const { return contents; }
  llvm::StringRef text(SourceRange range) const { return text().substr(range.begin, range.end - range.begin); }

  LineColumn position(uint32_t offset) const;
  /// The line that holds the offset, without its line end.
  llvm::StringRef lineAt(uint32_t offset) const;
  /// Offset of the first byte of the line that holds the offset.
  uint32_t lineStart(uint32_t offset) const;
  /// "model.nn:6:6".
  std::string describe(uint32_t offset) const;

private:
  std::string fileName;
  std::string contents;
  std::vector<uint32_t> lineStarts;
  /// Columns are bytes then; else the last one that was counted, as most questions come in the order of the text.
  bool isAscii;
  mutable uint32_t countedStart = 0, countedOffset = 0, countedColumn = 1;
};

/// Bytes of the UTF-8 character at the start of a non-empty text; 0 where it is not valid UTF-8 (overlong forms, surrogates
/// and code points past U+10FFFF are not). Source: Unicode 15, table 3-7.
unsigned utf8Length(llvm::StringRef text);

/// Characters of a text; an invalid byte counts as one.
uint32_t countCharacters(llvm::StringRef text);

} // namespace nncc

#endif // NNCC_SUPPORT_SOURCEFILE_H
