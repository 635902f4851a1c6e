// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/GraphOutput.h"

namespace nncc::analysis {

void printJson(const ModelGraph &graph, llvm::raw_ostream &out,
               llvm::function_ref<void(llvm::json::OStream &)> more) {
  llvm::json::OStream json(out, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("name", llvm::json::fixUTF8(graph.name()));
    json.attributeArray("layers", [&] {
      for (const LayerInfo &layer : graph.layers())
        json.object([&] {
          json.attribute("name", llvm::json::fixUTF8(layer.name));
          json.attribute("class", llvm::json::fixUTF8(layer.className));
          json.attributeArray("output_shape", [&] {
            json.value(nullptr);
            for (int64_t extent : layer.shape)
              json.value(extent);
          });
          json.attribute("params", layer.parameters());
          json.attribute("trainable_params", layer.trainableParameters);
          json.attribute("flops", layer.flops);
          json.attributeArray("inputs", [&] {
            for (size_t input : layer.inputs)
              json.value(llvm::json::fixUTF8(graph.layers()[input].name));
          });
          if (unsigned line = layer.line())
            json.attribute("line", line);
          else
            json.attribute("line", nullptr);
        });
    });
    json.attributeObject("totals", [&] {
      json.attribute("params", graph.trainableParameters() + graph.nonTrainableParameters());
      json.attribute("trainable_params", graph.trainableParameters());
      json.attribute("non_trainable_params", graph.nonTrainableParameters());
      json.attribute("flops", graph.flops());
    });
    if (more)
      more(json);
  });
  out << '\n';
}

/// The text of a quoted string in Graphviz' language.
static std::string escape(llvm::StringRef text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\')
      escaped += '\\';
    escaped += c;
  }
  return escaped;
}

static std::string formatExtents(llvm::ArrayRef<int64_t> sample) {
  std::string text;
  for (int64_t extent : sample)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

void printDot(const ModelGraph &graph, llvm::raw_ostream &out) {
  out << "digraph \"" << escape(graph.name()) << "\" {\n"
      << "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
      << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  // Nodes have numbers, so that no name needs to be one of Graphviz' identifiers.
  for (auto [index, layer] : llvm::enumerate(graph.layers())) {
    out << "  n" << index << " [label=\"" << escape(layer.name) << "\\n" << escape(layer.className);
    if (int64_t parameters = layer.parameters())
      out << "\\n" << parameters << " params";
    out << "\"];\n";
  }
  for (auto [index, layer] : llvm::enumerate(graph.layers()))
    for (size_t input : layer.inputs)
      out << "  n" << input << " -> n" << index << " [label=\"" << formatExtents(graph.layers()[input].shape)
          << "\"];\n";
  out << "}\n";
}

} // namespace nncc::analysis
