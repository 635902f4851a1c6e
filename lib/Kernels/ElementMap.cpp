// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementwise ops as functions, and chains of them.
#include "ElementMap.h"
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Kernels/Math.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using arith::CmpFPredicate;

namespace {

/// Chains are not made longer: each op adds what it reads to what the step keeps in registers.
constexpr size_t kMostMaps = 4;

std::optional<double> maximumOf(std::optional<APFloat> attr) {
  return attr ? std::optional(attr->convertToDouble()) : std::nullopt;
}

ElementMap mapOf(nn::ActivationOp op) {
  nn::Activation function = op.getFunction();
  return {nn::stringifyActivation(function).str(), {op.getInput()}, op.getOutput(), activationFlops(function),
          [=](Emit &emit, ArrayRef<Value> x) { return emitActivation(emit, function, x[0]); }};
}

ElementMap mapOf(nn::ActivationGradOp op) {
  nn::Activation function = op.getFunction();
  return {nn::stringifyActivation(function).str() + " gradient", {op.getOutput(), op.getOutputGradient()},
          op.getInputGradient(), 3,
          [=](Emit &emit, ArrayRef<Value> x) { return emitActivationGradient(emit, function, x[0], x[1]); }};
}

ElementMap mapOf(nn::ReluOp op) {
  std::optional<double> maximum = maximumOf(op.getMaxValue());
  double slope = op.getNegativeSlope().convertToDouble(), threshold = op.getThreshold().convertToDouble();
  return {"relu", {op.getInput()}, op.getOutput(), 3, [=](Emit &emit, ArrayRef<Value> values) {
    Value x = values[0];
    Type type = x.getType();
    Value below = slope == 0 ? emit.constant(type, 0.0) : emit.mulf(emit.addf(x, -threshold), slope);
    Value above = x;
    // Compared so that a NaN is returned.
    if (maximum) {
      Value limit = emit.constant(type, *maximum);
      above = emit.select(emit.compare(CmpFPredicate::OGT, x, limit), limit, x);
    }
    return emit.select(emit.compare(CmpFPredicate::OLE, x, emit.constant(type, threshold)), below, above);
  }};
}

ElementMap mapOf(nn::ReluGradOp op) {
  std::optional<double> maximum = maximumOf(op.getMaxValue());
  double slope = op.getNegativeSlope().convertToDouble(), threshold = op.getThreshold().convertToDouble();
  bool isLeaky = op.isLeaky(), isRelu6 = op.isRelu6();
  return {"relu gradient", {op.getInput(), op.getOutputGradient()}, op.getInputGradient(), 3,
          [=](Emit &emit, ArrayRef<Value> values) {
    Value x = values[0], dy = values[1];
    Type type = x.getType();
    Value zero = emit.constant(type, 0.0);
    Value limit = emit.constant(type, threshold), above = dy, below = zero;
    if (slope != 0)
      below = emit.mulf(dy, slope);
    if (slope != 0 && !isLeaky)
      below = emit.select(emit.compare(CmpFPredicate::OLT, x, limit), below, zero);
    if (maximum) {
      CmpFPredicate isBeyond = isRelu6 ? CmpFPredicate::OGE : CmpFPredicate::OGT;
      above = emit.select(emit.compare(isBeyond, x, emit.constant(type, *maximum)), zero, dy);
    }
    return emit.select(emit.compare(CmpFPredicate::OGT, x, limit), above, below);
  }};
}

ElementMap mapOf(nn::AddOp op) {
  return {"add", llvm::to_vector(op.getInputs()), op.getOutput(), int64_t(op.getInputs().size()) - 1,
          [](Emit &emit, ArrayRef<Value> values) {
    Value sum = values[0];
    for (Value value : values.drop_front())
      sum = emit.addf(sum, value);
    return sum;
  }};
}

bool isBefore(Value value, Operation *op) {
  Operation *producer = value.getDefiningOp();
  return !producer || producer->isBeforeInBlock(op);
}

/// The next op that has steps of its own and is no map that is left to its reader.
Operation *nextWithSteps(Operation *op) {
  for (Operation *next = op->getNextNode(); next; next = next->getNextNode())
    if (!isa<nn::ReadOp, nn::ReshapeOp, nn::StoreGradientOp>(next))
      return next;
  return nullptr;
}

} // namespace

std::optional<ElementMap> nncc::kernels::elementMapOf(Operation *op) {
  if (auto activation = dyn_cast<nn::ActivationOp>(op))
    return mapOf(activation);
  if (auto gradient = dyn_cast<nn::ActivationGradOp>(op))
    return mapOf(gradient);
  if (auto relu = dyn_cast<nn::ReluOp>(op))
    return mapOf(relu);
  if (auto gradient = dyn_cast<nn::ReluGradOp>(op))
    return mapOf(gradient);
  if (auto add = dyn_cast<nn::AddOp>(op))
    return mapOf(add);
  return std::nullopt;
}

ElementsBehind::ElementsBehind(const KernelBuilder &kernels, Operation *producer, Value value) : value(value) {
  for (Value last = value; last.hasOneUse() && maps.size() < kMostMaps;) {
    Operation *reader = *last.getUsers().begin();
    std::optional<ElementMap> map = elementMapOf(reader);
    if (!map || isComputedByReader(reader) || map->result.getType() != value.getType() ||
        llvm::any_of(map->operands, [&](Value operand) {
          return operand != last && (!isBefore(operand, producer) || kernels.isJoined(operand));
        }))
      break;
    last = map->result;
    ops.push_back(reader);
    maps.push_back(std::move(*map));
  }
}

Value ElementsBehind::result() const { return maps.empty() ? value : maps.back().result; }

std::string ElementsBehind::names() const {
  std::string names;
  for (const ElementMap &map : maps)
    names += ", " + map.what;
  return names;
}

int64_t ElementsBehind::flops() const {
  int64_t flops = 0;
  for (const ElementMap &map : maps)
    flops += map.flops;
  return flops;
}

void ElementsBehind::claim(KernelBuilder &kernels, Operation *producer) const {
  for (Operation *op : ops)
    kernels.claim(op);
  Value last = value;
  for (const ElementMap &map : maps) {
    for (Value operand : map.operands)
      if (operand != last)
        kernels.mayOverwrite(producer, operand, result());
    last = map.result;
  }
}

ElementsBehind::Function ElementsBehind::prepare(KernelBuilder &kernels, Kernel &kernel, Emit &emit) const {
  // Operands by map; null for the value so far.
  SmallVector<SmallVector<Value>> memory;
  Value last = value;
  for (const ElementMap &map : maps) {
    memory.emplace_back();
    for (Value operand : map.operands)
      memory.back().push_back(operand == last ? Value() : kernels.flat(kernel, operand));
    last = map.result;
  }
  return [memory, functions = maps, &emit](Value x, Value at, int64_t width) {
    for (const auto &[map, operands] : llvm::zip_equal(functions, memory)) {
      SmallVector<Value> values;
      for (Value memref : operands)
        values.push_back(memref ? emit.load(memref, at, width) : x);
      x = map.function(emit, values);
    }
    return x;
  };
}

bool nncc::kernels::isComputedByReader(Operation *op) {
  std::optional<ElementMap> map = elementMapOf(op);
  Operation *next = map ? nextWithSteps(op) : nullptr;
  if (!next)
    return false;
  if (auto gradient = dyn_cast<nn::BatchNormTrainGradOp>(next))
    return gradient.getOutputGradient() == map->result && gradient.getInput() != map->result;
  return map->result.hasOneUse() && *map->result.getUsers().begin() == next && isComputedByReader(next);
}

bool nncc::kernels::readsRowsAtDistance(Operation *op) { return elementMapOf(op) && !isComputedByReader(op); }

ElementsBefore::ElementsBefore(Value value, Operation *reader) : value(value) {
  Operation *producer = value.getDefiningOp();
  computed = producer && isComputedByReader(producer) && nextWithSteps(producer) == reader;
}

std::string ElementsBefore::names() const {
  if (!isComputed())
    return "";
  ElementMap map = *elementMapOf(value.getDefiningOp());
  std::string names;
  for (Value operand : map.operands)
    names += ElementsBefore(operand, value.getDefiningOp()).names();
  return names + map.what + ", ";
}

SmallVector<Value> ElementsBefore::leaves() const {
  if (!isComputed())
    return {value};
  SmallVector<Value> leaves;
  const ElementMap map = *elementMapOf(value.getDefiningOp());
  for (Value operand : map.operands)
    llvm::append_range(leaves, ElementsBefore(operand, value.getDefiningOp()).leaves());
  return leaves;
}

ElementsBefore::Function ElementsBefore::prepare(KernelBuilder &kernels, Kernel &kernel, Emit &emit) const {
  if (!isComputed()) {
    Value memref = kernels.flat(kernel, value);
    return [=, &emit](Value at, int64_t width) { return emit.load(memref, at, width); };
  }
  ElementMap map = *elementMapOf(value.getDefiningOp());
  SmallVector<Function> operands;
  for (Value operand : map.operands)
    operands.push_back(ElementsBefore(operand, value.getDefiningOp()).prepare(kernels, kernel, emit));
  return [operands, function = map.function, &emit](Value at, int64_t width) {
    SmallVector<Value> values;
    for (const Function &operand : operands)
      values.push_back(operand(at, width));
    return function(emit, values);
  };
}

void nncc::kernels::addElementMapStep(KernelBuilder &kernels, Operation *op) {
  if (isComputedByReader(op))
    return;
  ElementMap map = *elementMapOf(op);
  ElementsBehind behind(kernels, op, map.result);
  behind.claim(kernels, op);
  // Of an activation's output and its gradient the latter is in the cache: it was just written.
  for (Value operand : llvm::reverse(map.operands))
    kernels.mayOverwrite(op, operand, behind.result());
  auto type = cast<ShapedType>(map.result.getType());
  std::string what = map.what + behind.names();
  int64_t flops = map.flops + behind.flops();
  SmallVector<Value> from;
  Value to;
  ElementsBehind::Function then;
  auto prepare = [&](Kernel &kernel, Emit &emit) {
    from.clear();
    for (Value operand : map.operands)
      from.push_back(kernels.flat(kernel, operand));
    then = behind.prepare(kernels, kernel, emit);
    to = kernels.flat(kernel, behind.result());
  };
  if (llvm::none_of(map.operands, [&](Value operand) { return kernels.isJoined(operand); })) {
    addElementwiseStep(kernels, op, what, type, flops, [&](Kernel &kernel, Emit &emit) -> ElementBody {
      prepare(kernel, emit);
      return [&](Value at, int64_t width) {
        SmallVector<Value> values;
        for (Value memref : from)
          values.push_back(emit.load(memref, at, width));
        emit.store(then(map.function(emit, values), at, width), to, at);
      };
    });
    return;
  }
  // Some operands are parts of larger tensors: run by run of the last axis.
  int64_t length = type.getShape().back(), rows = elementsPerSample(type) / length;
  SmallVector<int64_t> distances;
  for (Value operand : map.operands)
    distances.push_back(kernels.distanceOf(operand));
  kernels.describeNextStep("operands at distances of " + llvm::join(llvm::map_range(distances, [](int64_t distance) {
                                                            return std::to_string(distance);
                                                          }), ", "));
  addRowStep(kernels, op, what, isBatched(type), rows, length, flops * length,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    prepare(kernel, emit);
    return [&](Value row) {
      emit.pieces(length, [&](Value offset, int64_t width) {
        SmallVector<Value> values;
        for (auto [memref, distance] : llvm::zip_equal(from, distances))
          values.push_back(emit.load(memref, emit.add(emit.mul(row, distance), offset), width));
        Value at = emit.add(emit.mul(row, length), offset);
        emit.store(then(map.function(emit, values), at, width), to, at);
      });
    };
  });
}
