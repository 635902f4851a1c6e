// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Pipeline/Document.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace nncc;
using llvm::StringRef;

std::string nncc::documentText(StringRef name) {
  auto file = llvm::MemoryBuffer::getFile(NNCC_DOCUMENTS "/" + name);
  if (file)
    return (*file)->getBuffer().str();
  ADD_FAILURE() << "cannot read docs/" << name.str();
  return "";
}

/// What stands between backticks.
static std::vector<std::string> codes(StringRef cell) {
  llvm::SmallVector<StringRef> parts;
  cell.split(parts, '`');
  std::vector<std::string> result;
  for (size_t i = 1; i < parts.size(); i += 2)
    result.push_back(parts[i].str());
  return result;
}

static Section parseSection(StringRef text) {
  Section section;
  section.text = text.str();
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  bool inTable = false, inExample = false;
  for (StringRef line : lines) {
    if (line.starts_with("```")) {
      inExample = line == "```nn";
      if (inExample)
        section.examples.emplace_back();
    } else if (inExample) {
      section.examples.back() += line.str() + "\n";
    }
    inTable = line.starts_with("| argument | default |") || (inTable && line.starts_with("|"));
    llvm::SmallVector<StringRef> cells;
    line.split(cells, '|');
    if (!inTable || cells.size() < 3)
      continue;
    const std::vector<std::string> names = codes(cells[1]), defaults = codes(cells[2]);
    // "`1`; `0` in 2D": as it stands, but for the backticks.
    if (names.size() == 1 && cells[2].contains(" in ")) {
      std::string text = cells[2].trim().str();
      std::erase(text, '`');
      section.arguments.push_back({names[0], text});
      continue;
    }
    // One default holds for all names of a row.
    EXPECT_TRUE(defaults.size() <= 1 || defaults.size() == names.size()) << line.str();
    for (size_t i = 0; i < names.size(); ++i)
      section.arguments.push_back({names[i], defaults.empty() ? "" : defaults[defaults.size() == names.size() ? i : 0]});
  }
  return section;
}

bool Section::hasFormula() const {
  llvm::SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n');
  return llvm::any_of(lines, [](StringRef line) {
    return (line.starts_with("    ") && line.contains('=')) || line.starts_with("| name | y |");
  });
}

std::map<std::string, Section> nncc::sectionsOf(StringRef document, StringRef marker) {
  std::map<std::string, Section> result;
  const std::string heading = "\n" + marker.str();
  for (StringRef rest = document.split(heading).second; !rest.empty();) {
    auto [text, next] = rest.split(heading);
    rest = next;
    auto [title, body] = text.split('\n');
    // A heading of a higher level ends the section too.
    const Section section = parseSection(body.take_front(std::min(body.find("\n# "), body.find("\n## "))));
    llvm::SmallVector<StringRef> names;
    title.split(names, ", ");
    for (StringRef name : names)
      result[name.trim(" `").str()] = section;
  }
  return result;
}

std::string nncc::signatureText(StringRef name, const frontend::Signature &signature) {
  std::string text;
  for (const frontend::ArgumentSpec &argument : signature)
    text += (text.empty() ? "" : ", ") + argument.name.str() +
            (argument.isRequired() ? "" : "=" + argument.defaultText.str());
  return text.empty() ? name.str() : name.str() + "(" + text + ")";
}
