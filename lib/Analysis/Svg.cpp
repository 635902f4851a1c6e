// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The layer graph as a picture. What is written is plain SVG 1.1 with a style sheet, without scripts, variables or fonts of its
// own, so that browsers, editors and converters all show it; colours for dark backgrounds stand in a media query.

#include "LayerDetail.h"

#include "nncc/Analysis/GraphLayout.h"
#include "nncc/Analysis/GraphOutput.h"

#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace llvm;

namespace nncc::analysis {
namespace {

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// The next code point of a text, which gets shorter; U+FFFD for what is no UTF-8, no character of XML, or would change the
/// direction of the text around it.
uint32_t nextCharacter(StringRef &text) {
  const auto *at = reinterpret_cast<const UTF8 *>(text.data());
  UTF32 c = 0;
  const UTF8 *next = at;
  if (convertUTF8Sequence(&next, at + text.size(), &c, strictConversion) != conversionOK) {
    text = text.drop_front();
    return 0xFFFD;
  }
  text = text.drop_front(next - at);
  const bool isControl = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool isDirection = (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return isControl || isDirection || (c & 0xFFFE) == 0xFFFE ? 0xFFFD : c;
}

std::string encode(uint32_t c) {
  char bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *end = bytes;
  return ConvertCodePointToUTF8(c, end) ? std::string(bytes, end) : std::string();
}

/// Text between tags or in an attribute.
std::string escape(StringRef text) {
  std::string escaped;
  while (!text.empty())
    switch (uint32_t c = nextCharacter(text)) {
    case '&': escaped += "&amp;"; break;
    case '<': escaped += "&lt;"; break;
    case '>': escaped += "&gt;"; break;
    case '"': escaped += "&quot;"; break;
    default: escaped += encode(c);
    }
  return escaped;
}

/// About the width of a character in a sans-serif face, in its size: those of Verdana and DejaVu are wide, and taken.
double widthOf(uint32_t c) {
  if (c >= 0x1100)
    return c >= 0x2000 && c < 0x2E80 ? 0.8 : 1.05;
  if (StringRef("iljI.,:;'|!()[] ").contains(static_cast<char>(c)) && c < 128)
    return 0.37;
  if (StringRef("mwMW@%").contains(static_cast<char>(c)) && c < 128)
    return 0.96;
  return c >= 'A' && c <= 'Z' ? 0.72 : 0.62;
}

double widthOf(StringRef text, double size) {
  double width = 0;
  while (!text.empty())
    width += widthOf(nextCharacter(text));
  return width * size;
}

/// The text, or its beginning and an ellipsis where it is wider than `most`.
std::string fit(StringRef text, double size, double most) {
  if (widthOf(text, size) <= most)
    return text.str();
  std::string result;
  double width = size;
  while (!text.empty()) {
    const uint32_t c = nextCharacter(text);
    width += widthOf(c) * size;
    if (width > most)
      break;
    result += encode(c);
  }
  return result + "\u2026";
}

/// "3,705,345".
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, ",");
  return digits;
}

/// "12.3 MFLOP".
std::string operations(int64_t flops) {
  static constexpr StringLiteral units[] = {"", "k", "M", "G", "T", "P", "E"};
  double number = static_cast<double>(flops);
  size_t unit = 0;
  for (; number >= 1000; ++unit)
    number /= 1000;
  std::string text;
  raw_string_ostream(text) << format(unit == 0 ? "%.0f " : "%.3g ", number) << units[unit] << "FLOP";
  return text;
}

/// A length with at most one decimal.
std::string length(double value) {
  const int64_t tenths = std::llround(value * 10);
  std::string text = (tenths < 0 ? "-" : "") + std::to_string(std::abs(tenths) / 10);
  if (tenths % 10 != 0)
    text += "." + std::to_string(std::abs(tenths) % 10);
  return text;
}

//===----------------------------------------------------------------------===//
// Colours
//===----------------------------------------------------------------------===//

struct Family {
  StringLiteral name;
  StringLiteral lightFill, lightEdge, darkFill, darkEdge;
};

constexpr Family kFamilies[] = {
    {"input", "#f3f4f6", "#6b7280", "#1f2430", "#9aa4b2"}, {"convolution", "#e3eefc", "#2f6fd0", "#142a4a", "#6ea8ff"},
    {"pooling", "#e2f5ec", "#1f8a5f", "#10352a", "#4fd1a0"}, {"dense", "#fdeedb", "#c36a12", "#3d2810", "#f0a958"},
    {"merge", "#efe7fb", "#7a45c4", "#2b1e45", "#b58cf5"}, {"normalization", "#fdf6d5", "#9a7b00", "#363010", "#e0c34c"},
    {"activation", "#fce6e9", "#c03a52", "#421c25", "#f58a9c"}, {"regularization", "#eceef1", "#77818f", "#262b34", "#8f9baa"},
    {"attention", "#fbe5f4", "#b0348a", "#40193a", "#ee85cf"}, {"shape", "#e6f4f7", "#2a8296", "#12323a", "#62c4d8"},
};

StringRef familyOf(StringRef className) {
  auto has = [&](std::initializer_list<StringRef> parts) {
    return any_of(parts, [&](StringRef part) { return className.contains(part); });
  };
  if (className == "InputLayer")
    return "input";
  if (has({"Attention"}))
    return "attention";
  if (has({"Pooling"}))
    return "pooling";
  if (has({"Dropout", "Noise"}))
    return "regularization";
  if (has({"Normalization", "Rescaling"}))
    return "normalization";
  if (has({"Conv", "LocallyConnected"}))
    return "convolution";
  if (has({"Dense", "Embedding"}))
    return "dense";
  if (has({"ReLU", "ELU", "Softmax", "Activation"}))
    return "activation";
  if (is_contained({"Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"}, className))
    return "merge";
  return "shape";
}

void printStyle(raw_ostream &out) {
  out << "<style>\n"
         "text { font-family: Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif }\n"
         ".class { font-size: 13px; font-weight: 600 }\n"
         ".detail, .extents { font-size: 11px }\n"
         ".small { font-size: 10.5px }\n"
         ".block { font-size: 12px; font-weight: 600 }\n"
         ".title { font-size: 18px; font-weight: 700 }\n"
         ".line { fill: none; stroke-width: 1.4 }\n"
         ".box { stroke-width: 1.2 }\n"
         ".group { stroke-width: 1.2; stroke-dasharray: 5 4 }\n";
  auto colours = [&](StringRef ground, StringRef ink, StringRef muted, StringRef line, StringRef group, bool dark) {
    out << ".ground, .tag { fill: " << ground << " }\n"
        << ".class, .title { fill: " << ink << " }\n"
        << ".detail, .extents { fill: " << ink << " }\n"
        << ".small, .block { fill: " << muted << " }\n"
        << ".line { stroke: " << line << " }\n"
        << ".head { fill: " << line << " }\n"
        << ".group { fill: " << group << "; fill-opacity: 0.06; stroke: " << group << " }\n";
    for (const Family &family : kFamilies)
      out << "." << family.name << " { fill: " << (dark ? family.darkFill : family.lightFill)
          << "; stroke: " << (dark ? family.darkEdge : family.lightEdge) << " }\n";
  };
  colours("#ffffff", "#1b2230", "#5b6675", "#8a94a3", "#5b6675", false);
  out << "@media (prefers-color-scheme: dark) {\n";
  colours("#0f141c", "#e8edf4", "#9aa6b6", "#75839a", "#9aa6b6", true);
  out << "}\n</style>\n";
}

//===----------------------------------------------------------------------===//
// The drawing
//===----------------------------------------------------------------------===//

constexpr double kMargin = 24, kTitle = 56, kLeast = 132, kMost = 216;
constexpr double kClassSize = 13, kDetailSize = 11, kSmallSize = 10.5, kBlockSize = 12, kTitleSize = 18;

std::string lastLine(const LayerInfo &layer) {
  if (layer.parameters() == 0)
    return layer.name;
  return layer.name + " \u00B7 " + grouped(layer.parameters());
}

class Drawing {
public:
  Drawing(const ModelGraph &graph, raw_ostream &out) : graph(graph), out(out) {}
  void print();

private:
  void text(double x, double y, StringRef style, StringRef content, StringRef anchor = "middle") {
    out << "<text x=\"" << length(x) << "\" y=\"" << length(y) << "\" class=\"" << style << "\"";
    if (anchor != "start")
      out << " text-anchor=\"" << anchor << "\"";
    out << ">" << escape(content) << "</text>\n";
  }
  void rectangle(const Rectangle &r, StringRef style, double radius) {
    out << "<rect x=\"" << length(r.x) << "\" y=\"" << length(r.y) << "\" width=\"" << length(r.width) << "\" height=\""
        << length(r.height) << "\" rx=\"" << length(radius) << "\" class=\"" << style << "\"/>\n";
  }
  std::string labelOf(size_t node) const { return formatExtents(graph.layers()[node].shape, " \u00D7 "); }
  void printLine(const LayoutLine &line);
  void printNode(size_t node, const Rectangle &box);
  void printTag(Point at, StringRef label);

  const ModelGraph &graph;
  raw_ostream &out;
};

void Drawing::printLine(const LayoutLine &line) {
  Point at = line.points.front();
  out << "<path class=\"line\" d=\"M" << length(at.x) << " " << length(at.y);
  for (size_t i = 1; i < line.points.size(); ++i) {
    Point to = line.points[i];
    if (i + 1 == line.points.size())
      to.y -= 5; // the arrow's head
    if (std::abs(to.x - at.x) < 0.05) {
      // Straight pieces behind each other are one.
      while (i + 1 < line.points.size() && std::abs(line.points[i + 1].x - at.x) < 0.05) {
        to = line.points[++i];
        if (i + 1 == line.points.size())
          to.y -= 5;
      }
      out << "V" << length(to.y);
    } else {
      const double middle = (at.y + to.y) / 2;
      out << "C" << length(at.x) << " " << length(middle) << " " << length(to.x) << " " << length(middle) << " "
          << length(to.x) << " " << length(to.y);
    }
    at = to;
  }
  out << "\"/>\n";
  const Point end = line.points.back();
  out << "<path class=\"head\" d=\"M" << length(end.x) << " " << length(end.y - 0.8) << "l-3.6 -7h7.2z\"/>\n";
}

void Drawing::printTag(Point at, StringRef label) {
  const double width = widthOf(label, kDetailSize) + 6;
  rectangle({at.x - width / 2, at.y - 8, width, 16}, "tag", 4);
  text(at.x, at.y + 4, "extents", label);
}

void Drawing::printNode(size_t node, const Rectangle &box) {
  const LayerInfo &layer = graph.layers()[node];
  std::string facts = layer.name + " (" + layer.className + ")\noutput (None";
  for (int64_t extent : layer.shape)
    facts += ", " + std::to_string(extent);
  facts += layer.shape.empty() ? ",)" : ")";
  if (layer.parameters() != 0)
    facts += "\n" + grouped(layer.parameters()) + " parameters" +
             (layer.nonTrainableParameters != 0 ? ", " + grouped(layer.nonTrainableParameters) + " not trainable" : "");
  if (layer.flops != 0)
    facts += "\n" + operations(layer.flops) + " a sample";
  if (unsigned line = layer.line())
    facts += "\nline " + std::to_string(line);
  SmallVector<StringRef> lines;
  StringRef(facts).split(lines, '\n');
  out << "<g><title>";
  for (auto [index, part] : enumerate(lines))
    out << (index == 0 ? "" : "\n") << escape(part);
  out << "</title>\n";
  const StringRef family = familyOf(layer.className);
  rectangle(box, ("box " + family).str(), family == "input" ? box.height / 2 : 8);
  const double middle = box.x + box.width / 2, room = box.width - 16;
  const bool isInput = layer.isInput();
  const std::string first = isInput ? layer.name : layer.className;
  const std::string last = isInput ? "input" : lastLine(layer);
  const double top = layer.detail.empty() ? box.y + 6 : box.y;
  text(middle, top + 18, "class", fit(first, kClassSize, room));
  if (!layer.detail.empty())
    text(middle, top + 32.5, "detail", fit(layer.detail, kDetailSize, room));
  text(middle, layer.detail.empty() ? top + 34 : top + 46.5, "small", fit(last, kSmallSize, room));
  out << "</g>\n";
}

void Drawing::print() {
  // 1. What is to be placed. All boxes are as wide as the widest needs, within bounds.
  LayoutGraph shape;
  LayoutStyle style;
  style.nodeWidth = kLeast;
  const std::string title = graph.name().str();
  const std::string totals = grouped(graph.trainableParameters() + graph.nonTrainableParameters()) + " parameters \u00B7 " +
                             operations(graph.flops()) + " a sample";
  for (const BlockInfo &block : graph.blocks())
    shape.groups.push_back({block.outer, std::min(widthOf(block.name, kBlockSize), kMost)});
  shape.groups[0].labelWidth = std::max(std::min(widthOf(title, kTitleSize), 2 * kMost), widthOf(totals, kDetailSize));
  for (auto [index, layer] : enumerate(graph.layers())) {
    const double wanted = 20 + std::max({widthOf(layer.isInput() ? layer.name : layer.className, kClassSize),
                                         widthOf(layer.detail, kDetailSize), widthOf(lastLine(layer), kSmallSize)});
    style.nodeWidth = std::max(style.nodeWidth, std::min(wanted, kMost));
    shape.nodes.push_back({layer.block, layer.inputs, widthOf(labelOf(index), kDetailSize) + 6});
  }
  const Layout layout = layOut(shape, style);
  // 2. The picture: boxes of blocks below, then lines, then layers and labels.
  const double width = layout.width + 2 * kMargin, height = layout.height + kTitle + 2 * kMargin;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << length(width) << "\" height=\"" << length(height)
      << "\" viewBox=\"0 0 " << length(width) << " " << length(height) << "\" role=\"img\">\n"
      << "<title>" << escape(title) << "</title>\n";
  printStyle(out);
  out << "<rect class=\"ground\" width=\"" << length(width) << "\" height=\"" << length(height) << "\"/>\n";
  text(width / 2, kMargin + 16, "title", fit(title, kTitleSize, width - 2 * kMargin));
  text(width / 2, kMargin + 36, "small", totals);
  out << "<g transform=\"translate(" << length(kMargin) << " " << length(kMargin + kTitle) << ")\">\n";
  for (size_t block = 1; block < layout.groups.size(); ++block) {
    const Rectangle &box = layout.groups[block];
    if (box.width == 0)
      continue;
    rectangle(box, "group", 10);
  }
  for (const LayoutLine &line : layout.lines)
    printLine(line);
  for (size_t block = 1; block < layout.groups.size(); ++block) {
    const Rectangle &box = layout.groups[block];
    if (box.width == 0)
      continue;
    const std::string name = fit(graph.blocks()[block].name, kBlockSize, box.width - 2 * style.groupPadding);
    // Its ground keeps lines that come in from crossing the name.
    rectangle({box.x + 8, box.y - 8, widthOf(name, kBlockSize) + 8, 16}, "tag", 4);
    text(box.x + 12, box.y + 4, "block", name, "start");
  }
  for (auto [index, box] : enumerate(layout.nodes)) {
    printNode(index, box);
    printTag({box.x + box.width / 2, box.y + box.height + 15}, labelOf(index));
  }
  for (const LayoutLine &line : layout.lines)
    if (line.hasLabel)
      printTag(line.label, labelOf(line.from));
  out << "</g>\n</svg>\n";
}

} // namespace

void printSvg(const ModelGraph &graph, raw_ostream &out) { Drawing(graph, out).print(); }

} // namespace nncc::analysis
