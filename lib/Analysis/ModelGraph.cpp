// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/ModelGraph.h"

#include "LayerDetail.h"

#include "nncc/Analysis/ReceptiveField.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Interfaces/LayerOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace nncc::analysis {

static int64_t saturatingAdd(int64_t a, int64_t b) {
  int64_t sum;
  return llvm::AddOverflow(a, b, sum) ? std::numeric_limits<int64_t>::max() : sum;
}

unsigned LayerInfo::line() const {
  auto place = location->findInstanceOf<FileLineColLoc>();
  return place ? place.getLine() : 0;
}

static SmallVector<int64_t> sampleShape(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() == 0)
    return {};
  return SmallVector<int64_t>(tensor.getShape().drop_front());
}

namespace {
/// Gathers the layers of a function, in the order of their first ops.
struct Collector {
  std::vector<LayerInfo> layers;
  DenseMap<Value, size_t> producers;
  DenseMap<Attribute, size_t> layerOfAttribute;
  llvm::StringMap<nn::VariableOp> variables;
  /// Layers by variable, so that one which two ops of a layer read counts once.
  DenseMap<Operation *, size_t> ownerOfVariable;
  DenseMap<size_t, Operation *> lastOp;
  llvm::SmallDenseSet<size_t> withVariables;
  std::vector<BlockInfo> blocks = {{"", 0}};
  llvm::StringMap<size_t> blockOfPath;
  ReceptiveFields fields;

  /// The use of a block that an op stands in. Deeper than any source can nest is not looked at.
  size_t blockOf(Operation *op) {
    constexpr size_t deepest = 256;
    auto path = op->getAttrOfType<ArrayAttr>(nn::kBlockAttrName);
    size_t block = 0;
    if (!path)
      return block;
    for (Attribute element : path.getValue().take_front(deepest)) {
      auto use = dyn_cast<StringAttr>(element);
      if (!use)
        break;
      auto [found, isNew] = blockOfPath.try_emplace((llvm::Twine(block) + "/" + use.getValue()).str(), blocks.size());
      if (isNew)
        blocks.push_back({use.getValue().rsplit('.').first.str(), block});
      block = found->second;
    }
    return block;
  }

  /// The layer that an op is (part of). An op outside of any, as in a module written by hand, is one by itself.
  size_t layerOf(Operation *op) {
    nn::LayerAttr attribute = nn::getLayer(op);
    if (attribute)
      if (auto found = layerOfAttribute.find(attribute); found != layerOfAttribute.end())
        return found->second;
    size_t index = layers.size();
    LayerInfo info(op->getLoc());
    if (attribute) {
      info.name = attribute.getName();
      info.className = attribute.getClassName();
      layerOfAttribute[attribute] = index;
    } else {
      info.className = op->getName().stripDialect();
      info.name = info.className + "_" + std::to_string(index);
    }
    info.block = blockOf(op);
    layers.push_back(std::move(info));
    return index;
  }

  /// Inputs in the order in which the layer's last op reads them, through the ops in front of it: a merge repeats some of
  /// its inputs before. A layer with variables has one input, however often it reads it.
  void addInputs() {
    for (auto [layer, op] : lastOp) {
      if (addNamedInputs(layer, op))
        continue;
      llvm::SmallDenseSet<Operation *> seen;
      addInputs(layer, op, seen);
    }
  }

  /// Where they are named; false where they are not.
  bool addNamedInputs(size_t index, Operation *op) {
    auto names = op->getAttrOfType<ArrayAttr>(nn::kInputsAttrName);
    if (!names)
      return false;
    llvm::SmallVector<size_t> found;
    for (Attribute element : names) {
      auto name = dyn_cast<StringAttr>(element);
      auto layer = name ? llvm::find_if(layers, [&](const LayerInfo &info) { return info.name == name; }) : layers.end();
      if (layer == layers.end() || size_t(layer - layers.begin()) >= index)
        return false;
      found.push_back(layer - layers.begin());
    }
    layers[index].inputs = std::move(found);
    return true;
  }

  void addInputs(size_t index, Operation *op, llvm::SmallDenseSet<Operation *> &seen) {
    if (!seen.insert(op).second)
      return;
    auto &inputs = layers[index].inputs;
    for (Value operand : op->getOperands()) {
      if (operand.getDefiningOp<nn::ReadOp>())
        continue;
      size_t producer = producers.at(operand);
      if (producer == index)
        addInputs(index, operand.getDefiningOp(), seen);
      else if (!withVariables.contains(index) || !llvm::is_contained(inputs, producer))
        inputs.push_back(producer);
    }
  }

  void addParameters(size_t layer, nn::VariableOp variable) {
    auto [owner, isNew] = ownerOfVariable.try_emplace(variable, layer);
    if (!isNew && owner->second == layer)
      return;
    int64_t &count =
        variable.getTrainable() ? layers[layer].trainableParameters : layers[layer].nonTrainableParameters;
    count = saturatingAdd(count, variable.getType().getNumElements());
  }

  void add(Operation *op) {
    size_t index = layerOf(op);
    for (Value operand : op->getOperands()) {
      if (auto read = operand.getDefiningOp<nn::ReadOp>()) {
        if (nn::VariableOp variable = variables.lookup(read.getVariable()))
          addParameters(index, variable);
        withVariables.insert(index);
      }
    }
    LayerInfo &layer = layers[index];
    lastOp[index] = op;
    if (auto layerOp = dyn_cast<LayerOpInterface>(op))
      layer.flops = saturatingAdd(layer.flops, layerOp.getFlops());
    for (Value result : op->getResults())
      producers[result] = index;
    fields.add(op);
    addDetail(op, layer.detail);
    if (op->getNumResults() != 0) {
      layer.shape = sampleShape(op->getResult(0).getType());
      layer.field = fields.of(op->getResult(0));
    }
  }
};
} // namespace

FailureOr<ModelGraph> ModelGraph::of(ModuleOp module) {
  func::FuncOp function;
  Collector collector;
  for (Operation &op : *module.getBody()) {
    if (auto variable = dyn_cast<nn::VariableOp>(op))
      collector.variables[variable.getSymName()] = variable;
    else if (auto candidate = dyn_cast<func::FuncOp>(op); candidate && candidate.getSymName() == "model")
      function = candidate;
  }
  if (!function || !function.getBody().hasOneBlock() || function.getNumResults() != 1)
    return module.emitError("the module has no function @model with one block and one result");

  ModelGraph graph;
  graph.modelName = module.getSymName().value_or("model").str();
  for (BlockArgument argument : function.getArguments()) {
    LayerInfo info(argument.getLoc());
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.name");
    info.name = name ? name.str() : "input_" + std::to_string(argument.getArgNumber() + 1);
    info.className = "InputLayer";
    info.shape = sampleShape(argument.getType());
    collector.fields.addInput(argument);
    collector.producers[argument] = collector.layers.size();
    collector.layers.push_back(std::move(info));
  }
  for (size_t input = 0; input < function.getNumArguments(); ++input)
    collector.layers[input].field = collector.fields.of(function.getArgument(input));
  for (Operation &op : function.getBody().front().without_terminator())
    if (!isa<nn::ReadOp>(op))
      collector.add(&op);
  collector.addInputs();
  Value result = function.getBody().front().getTerminator()->getOperand(0);
  if (!collector.producers.contains(result))
    return module.emitError("the result of @model is no layer's output");
  graph.allLayers = std::move(collector.layers);
  graph.allBlocks = std::move(collector.blocks);
  graph.order(collector.producers.at(result));
  return graph;
}

void ModelGraph::order(size_t output) {
  constexpr size_t unseen = std::numeric_limits<size_t>::max();
  // 1. Walk from the output: preorder numbers break ties, the postorder is topological. The stack is our own: models
  //    have up to 100,000 layers in a row.
  SmallVector<size_t> number(allLayers.size(), unseen), postorder;
  SmallVector<std::pair<size_t, size_t>> stack; // (layer, inputs walked)
  size_t next = 1;
  number[output] = next++;
  stack.push_back({output, 0});
  while (!stack.empty()) {
    auto &[layer, walked] = stack.back();
    if (walked == allLayers[layer].inputs.size()) {
      postorder.push_back(layer);
      stack.pop_back();
      continue;
    }
    size_t input = allLayers[layer].inputs[walked++];
    if (number[input] != unseen)
      continue;
    number[input] = next++;
    stack.push_back({input, 0});
  }
  // 2. Depths, from the output backwards.
  SmallVector<size_t> depth(allLayers.size(), 0);
  for (size_t layer : llvm::reverse(postorder))
    for (size_t input : allLayers[layer].inputs)
      depth[input] = std::max(depth[input], depth[layer] + 1);
  // 3. Inputs that nothing uses belong to the model at depth 0, before all else there.
  SmallVector<size_t> rows = postorder;
  for (size_t layer = 0; layer < allLayers.size(); ++layer)
    if (number[layer] == unseen && allLayers[layer].isInput()) {
      number[layer] = 0;
      rows.push_back(layer);
    }
  llvm::stable_sort(rows, [&](size_t a, size_t b) {
    return std::make_pair(depth[b], number[a]) < std::make_pair(depth[a], number[b]);
  });
  // 4. The same layers under their new positions.
  SmallVector<size_t> position(allLayers.size(), unseen);
  for (auto [index, layer] : llvm::enumerate(rows))
    position[layer] = index;
  std::vector<LayerInfo> ordered;
  ordered.reserve(rows.size());
  for (size_t layer : rows) {
    ordered.push_back(std::move(allLayers[layer]));
    for (size_t &input : ordered.back().inputs)
      input = position[input];
  }
  allLayers = std::move(ordered);
}

bool ModelGraph::isChain() const {
  for (auto [index, layer] : llvm::enumerate(allLayers)) {
    if (layer.isInput() != (index == 0))
      return false;
    if (index != 0 && (layer.inputs.size() != 1 || layer.inputs.front() != index - 1))
      return false;
  }
  return true;
}

int64_t ModelGraph::trainableParameters() const {
  int64_t sum = 0;
  for (const LayerInfo &layer : allLayers)
    sum = saturatingAdd(sum, layer.trainableParameters);
  return sum;
}

int64_t ModelGraph::nonTrainableParameters() const {
  int64_t sum = 0;
  for (const LayerInfo &layer : allLayers)
    sum = saturatingAdd(sum, layer.nonTrainableParameters);
  return sum;
}

int64_t ModelGraph::flops() const {
  int64_t sum = 0;
  for (const LayerInfo &layer : allLayers)
    sum = saturatingAdd(sum, layer.flops);
  return sum;
}

} // namespace nncc::analysis
