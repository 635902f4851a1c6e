// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_ANALYSIS_MODELGRAPH_H
#define NNCC_ANALYSIS_MODELGRAPH_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace nncc::analysis {

/// What is told about a layer (or an input of the model) in the summary, in JSON and in the graph.
struct LayerInfo {
  explicit LayerInfo(mlir::Location location) : location(location) {}

  std::string name;                   ///< "conv2d_3"
  std::string className;              ///< Keras' class: "Conv2D"; "InputLayer" for an input
  llvm::SmallVector<int64_t> shape;   ///< of one sample of the output
  std::string detail;                 ///< a few words on its arguments: "3x3 relu"; may be empty
  size_t block = 0;                   ///< the use of a block that it stands in, see ModelGraph::blocks
  int64_t trainableParameters = 0;
  int64_t nonTrainableParameters = 0;
  int64_t flops = 0;                  ///< of the forward pass, for one sample
  std::vector<int64_t> field;         ///< receptive field along the input's spatial axes (ReceptiveField.h)
  mlir::Location location;            ///< of its first op
  llvm::SmallVector<size_t> inputs;   ///< one entry per input tensor: the layer that it comes from

  bool isInput() const { return className == "InputLayer"; }
  int64_t parameters() const { return trainableParameters + nonTrainableParameters; }
  /// Line in the source; 0 where it is not known.
  unsigned line() const;
};

/// A use of a block.
struct BlockInfo {
  std::string name;
  size_t outer = 0; ///< the one around it
};

/// The layers of `@model`, taken from the module once. Layers that the output does not depend on are no part of the
/// model (Keras does not see them either); inputs are, used or not.
class ModelGraph {
public:
  /// An error at the module where it has no function `@model` with one result.
  static llvm::FailureOr<ModelGraph> of(mlir::ModuleOp module);

  llvm::StringRef name() const { return modelName; }
  /// In the order of Keras' `Model.layers`: by depth (layers on the longest way to the output), deepest first, and
  /// within a depth as a walk from the output (a layer before its inputs, those from left to right) first meets them.
  /// Source: keras/engine/functional.py, _map_graph_network.
  llvm::ArrayRef<LayerInfo> layers() const { return allLayers; }
  /// The uses of blocks; the first is no block but the model, and each comes after the one around it.
  llvm::ArrayRef<BlockInfo> blocks() const { return allBlocks; }
  /// Whether the model is one input and a chain of layers, each on the one before: what Keras' Sequential can hold.
  bool isChain() const;

  int64_t trainableParameters() const;
  int64_t nonTrainableParameters() const;
  int64_t flops() const;

private:
  /// Drops what the output does not depend on and sorts the rest into Keras' order.
  void order(size_t output);

  std::string modelName;
  std::vector<LayerInfo> allLayers;
  std::vector<BlockInfo> allBlocks = {{"", 0}};
};

} // namespace nncc::analysis

#endif // NNCC_ANALYSIS_MODELGRAPH_H
