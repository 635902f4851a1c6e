// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/GraphOutput.h"

#include "LayerDetail.h"

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
          json.attributeArray("blocks", [&] {
            llvm::SmallVector<llvm::StringRef> path;
            for (size_t block = layer.block; block != 0; block = graph.blocks()[block].outer)
              path.push_back(graph.blocks()[block].name);
            for (llvm::StringRef name : llvm::reverse(path))
              json.value(llvm::json::fixUTF8(name));
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

/// The text of a quoted string in Graphviz' language, where a backslash begins a code of its own.
static std::string escape(llvm::StringRef text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\')
      escaped += '\\';
    escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return escaped;
}

void printDot(const ModelGraph &graph, llvm::raw_ostream &out) {
  out << "digraph \"" << escape(graph.name()) << "\" {\n"
      << "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
      << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  // 1. The layers, those of a block in its cluster. Nodes have numbers, so that no name needs to be one of Graphviz'
  //    identifiers.
  std::vector<std::vector<size_t>> members(graph.blocks().size()), inner(graph.blocks().size());
  for (auto [index, layer] : llvm::enumerate(graph.layers()))
    members[layer.block].push_back(index);
  for (size_t block = 1; block < inner.size(); ++block)
    inner[graph.blocks()[block].outer].push_back(block);
  auto printBlock = [&](auto &self, size_t block, unsigned indent) -> void {
    for (size_t index : members[block]) {
      const LayerInfo &layer = graph.layers()[index];
      out.indent(indent) << "n" << index << " [label=\"" << escape(layer.name) << "\\n" << escape(layer.className);
      if (!layer.detail.empty())
        out << "\\n" << escape(layer.detail);
      if (int64_t parameters = layer.parameters())
        out << "\\n" << parameters << " params";
      out << "\"];\n";
    }
    for (size_t use : inner[block]) {
      out.indent(indent) << "subgraph cluster_" << use << " {\n";
      out.indent(indent + 2) << "label=\"" << escape(graph.blocks()[use].name) << "\"; style=\"rounded,dashed\";\n";
      self(self, use, indent + 2);
      out.indent(indent) << "}\n";
    }
  };
  printBlock(printBlock, 0, 2);
  // 2. The tensors between them.
  for (auto [index, layer] : llvm::enumerate(graph.layers()))
    for (size_t input : layer.inputs)
      out << "  n" << input << " -> n" << index << " [label=\"" << formatExtents(graph.layers()[input].shape, " x ")
          << "\"];\n";
  out << "}\n";
}

} // namespace nncc::analysis
