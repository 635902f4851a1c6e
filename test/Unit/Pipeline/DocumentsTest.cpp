// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// docs/ cannot drift from Sema's tables: every layer and class has its section with formula, arguments in order with their
// defaults, and source. Exceptions stand here with their reasons. That the examples compile is tested by
// test/Dialect/layers-document.test.

#include "Pipeline/Document.h"
#include "nncc/Frontend/LayerTable.h"

#include "gtest/gtest.h"

#include <set>

using namespace nncc;
using namespace nncc::frontend;

namespace {

const std::map<std::string, std::string> kWithoutFormula = {
    {"Flatten", "the elements stay what they are"},
    {"Reshape", "the elements stay what they are"},
};

const std::map<std::string, Section> &layerSections() {
  static const std::map<std::string, Section> sections = sectionsOf(documentText("Layers.md"), "## ");
  return sections;
}

/// The section whose table is that of the layer: its own, or the one it refers to.
const Section &argumentsOf(const LayerSpec &spec) {
  const Section &own = layerSections().at(spec.name);
  for (const std::string other : {"MaxPooling", "GlobalMaxPooling"})
    if (own.contains("arguments are those of " + other))
      return layerSections().at(other + std::to_string(spec.spatialRank) + "D");
  return own;
}

/// The default where the table has several: "1; 0 in 2D".
std::string defaultIn(llvm::StringRef shown, unsigned rank) {
  auto [first, other] = shown.split("; ");
  return (other.consume_back(" in " + std::to_string(rank) + "D") ? other : first).str();
}

bool uses(const std::string &example, const std::string &layer) {
  for (size_t at = example.find(layer); at != std::string::npos; at = example.find(layer, at + 1)) {
    const char before = at ? example[at - 1] : ' ', after = example[at + layer.size()];
    if (!isalnum(before) && !isalnum(after))
      return true;
  }
  return false;
}

} // namespace

TEST(LayersDocument, HasASectionForEveryLayerAndNoOther) {
  for (const LayerSpec &spec : layers())
    EXPECT_EQ(layerSections().contains(spec.name), spec.isSupported()) << spec.name;
  for (const auto &[name, section] : layerSections())
    EXPECT_NE(findLayer(name), nullptr) << name;
}

TEST(LayersDocument, SaysWhatLayersCompute) {
  for (const LayerSpec &spec : layers()) {
    SCOPED_TRACE(spec.name);
    const Section &section = layerSections().at(spec.name);
    EXPECT_NE(section.hasFormula(), kWithoutFormula.contains(spec.name)) << "a formula, or a reason why there is none";
    EXPECT_TRUE(section.contains("Shapes") || section.contains("shape stays"));
    EXPECT_TRUE(section.contains("Gradient") || section.contains("gradient, from the output"));
    EXPECT_TRUE(section.contains("Source:"));
    EXPECT_TRUE(llvm::any_of(section.examples, [&](const std::string &one) { return uses(one, spec.name); }))
        << "no example";
  }
}

TEST(LayersDocument, ShowsArgumentsInOrderWithTheirDefaults) {
  using Arguments = std::vector<std::pair<std::string, std::string>>;
  for (const LayerSpec &spec : layers()) {
    Arguments expected;
    for (const ArgumentSpec &argument : spec.arguments)
      if (argument.name != "name" && argument.name != "trainable") // every layer's
        expected.push_back({argument.name.str(), argument.defaultText.str()});
    Arguments shown = argumentsOf(spec).arguments;
    for (auto &[name, value] : shown)
      value = defaultIn(value, spec.spatialRank);
    // What only layers of another rank take.
    std::erase_if(shown, [&](const auto &one) {
      return spec.spatialRank && !llvm::any_of(spec.arguments, [&](const ArgumentSpec &own) { return own.name == one.first; });
    });
    EXPECT_EQ(shown, expected) << spec.name;
  }
}

TEST(LayersDocument, HasEveryActivation) {
  const Section &section = layerSections().at("Activation");
  for (const ActivationSpec &activation : activations())
    EXPECT_TRUE(section.contains("| `" + activation.name.str() + "` |")) << activation.name.str();
}

TEST(ClassDocuments, HaveEveryClassWithItsSignature) {
  const std::string layersPage = documentText("Layers.md"), optimizers = documentText("Optimizers.md"),
                    language = documentText("Language.md");
  const std::map<std::string, Section> sections = sectionsOf(optimizers, "### ");
  for (ClassFamily family : {ClassFamily::Initializer, ClassFamily::Regularizer, ClassFamily::Constraint, ClassFamily::Schedule,
                             ClassFamily::Optimizer, ClassFamily::Loss, ClassFamily::Metric, ClassFamily::Callback,
                             ClassFamily::Augmentation})
    for (const ClassSpec &spec : classesOf(family)) {
      SCOPED_TRACE(familyName(family).str() + " " + spec.name.str());
      const std::string signature = signatureText(spec.name, spec.arguments);
      if (family == ClassFamily::Regularizer || family == ClassFamily::Constraint) {
        const bool isShown = layersPage.find("`" + signature + (spec.arguments.empty() ? "()`" : "`")) != std::string::npos;
        EXPECT_TRUE(isShown) << "docs/Layers.md has no `" << signature << "`";
        continue;
      }
      if (family == ClassFamily::Callback || family == ClassFamily::Augmentation) {
        EXPECT_NE(language.find("`" + signature + "`"), std::string::npos) << "docs/Language.md has no `" << signature << "`";
        continue;
      }
      // A class of one name may stand in two families: "MeanSquaredError" and "MeanSquaredError metric".
      const bool isTwice = family == ClassFamily::Metric && findClass(ClassFamily::Loss, spec.name);
      auto section = sections.find(spec.name.str() + (isTwice ? " metric" : ""));
      ASSERT_NE(section, sections.end()) << "docs/Optimizers.md has no section";
      EXPECT_TRUE(section->second.contains("`" + signature + "`")) << "no `" << signature << "`";
      EXPECT_TRUE(section->second.hasFormula());
      EXPECT_TRUE(section->second.contains("Source:"));
      if (!spec.alias.empty())
        EXPECT_TRUE(section->second.contains("`" + spec.alias.str() + "`")) << spec.alias.str();
    }
}

TEST(ClassDocuments, HaveNoOtherClass) {
  for (const auto &[name, section] : sectionsOf(documentText("Optimizers.md"), "### ")) {
    const llvm::StringRef plain = llvm::StringRef(name).split(' ').first;
    EXPECT_TRUE(llvm::any_of(std::initializer_list<ClassFamily>{ClassFamily::Initializer, ClassFamily::Schedule, ClassFamily::Optimizer,
                                                                ClassFamily::Loss, ClassFamily::Metric},
                             [&](ClassFamily family) { return findClass(family, plain) != nullptr; }))
        << name;
  }
}

TEST(LanguageDocument, HasEverySettingWithItsDefault) {
  const std::string language = documentText("Language.md");
  for (const ArgumentSpec &setting : trainSignature()) {
    const std::string row = "| `" + setting.name.str() + "` |";
    const size_t at = language.find(row);
    ASSERT_NE(at, std::string::npos) << row;
    const std::string line = language.substr(at, language.find('\n', at) - at);
    llvm::SmallVector<llvm::StringRef> cells;
    llvm::StringRef(line).split(cells, '|');
    ASSERT_GE(cells.size(), 4u) << line;
    EXPECT_EQ(cells[3].trim(" `"), setting.defaultText) << line;
  }
}
