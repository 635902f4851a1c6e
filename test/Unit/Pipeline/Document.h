// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_PIPELINE_DOCUMENT_H
#define NNCC_TEST_UNIT_PIPELINE_DOCUMENT_H

#include "nncc/Frontend/Signature.h"

#include "llvm/ADT/StringRef.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

/// Reads pages of docs/, which tests compare with Sema's tables.
namespace nncc {

/// The text of docs/NAME; a failure where there is none.
std::string documentText(llvm::StringRef name);

/// A section, between two headings of one level.
struct Section {
  std::string text;
  /// Of its table "| argument | default | ...": name and default (empty where there is none) in the order of the rows. A
  /// default may be "1; 0 in 2D".
  std::vector<std::pair<std::string, std::string>> arguments;
  /// The model sources in it.
  std::vector<std::string> examples;

  bool contains(llvm::StringRef part) const { return llvm::StringRef(text).contains(part); }
  /// An indented line or a column "y": what is computed, as a formula.
  bool hasFormula() const;
};

/// The sections behind headings like "## " by each name in the heading: "## Conv1D, Conv2D" is the section of both.
std::map<std::string, Section> sectionsOf(llvm::StringRef document, llvm::StringRef marker);

/// "Adam(learning_rate=0.001, ...)", as the tables have it; the plain name where there are no arguments.
std::string signatureText(llvm::StringRef name, const frontend::Signature &signature);

} // namespace nncc

#endif // NNCC_TEST_UNIT_PIPELINE_DOCUMENT_H
