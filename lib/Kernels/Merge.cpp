// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Concatenation, its gradient (slice), and elementwise merges.
#include "ElementMap.h"
#include "Elementwise.h"
#include "nncc/Dialect/NN/Ops/Merge.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// Rows in front of an axis in a sample.
int64_t rowsBefore(ShapedType type, int64_t axis) {
  int64_t rows = 1;
  for (int64_t i = isBatched(type) ? 1 : 0; i < axis; ++i)
    rows *= type.getDimSize(i);
  return rows;
}

void copyRun(Emit &emit, Value from, Value fromStart, Value to, Value toStart, int64_t count) {
  emit.pieces(count, [&](Value offset, int64_t width) {
    emit.store(emit.load(from, emit.add(fromStart, offset), width), to, emit.add(toStart, offset));
  });
}

LogicalResult emitConcatenate(nn::ConcatenateOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getOutput().getType());
  int64_t rows = rowsBefore(type, op.getAxis());
  int64_t length = elementsPerSample(type) / rows;
  if (llvm::all_of(op.getInputs(), [&](Value input) { return kernels.isJoined(input); }))
    return success(); // their producers have written the result
  addRowStep(kernels, op, "concatenate", isBatched(type), rows, length, 0,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    SmallVector<Value> from;
    SmallVector<int64_t> lengths;
    for (Value input : op.getInputs()) {
      from.push_back(kernels.isJoined(input) ? Value() : kernels.flat(kernel, input));
      lengths.push_back(elementsPerSample(cast<ShapedType>(input.getType())) / rows);
    }
    Value to = kernels.flat(kernel, op.getOutput());
    return [=, &emit](Value row) {
      Value start = emit.mul(row, length);
      int64_t done = 0;
      for (auto [memref, part] : llvm::zip_equal(from, lengths)) {
        if (memref)
          copyRun(emit, memref, emit.mul(row, part), to, emit.add(start, done), part);
        done += part;
      }
    };
  });
  return success();
}

/// A slice along the last axis and the map of elements that alone reads it.
struct SlicedMap {
  Operation *slice, *op;
  Value part; ///< the slice's result
  int64_t first, size;
  ElementMap map;
};

/// Those of the tensor that `first` is the first slice of, `first` among them or none. All can be computed where `first`
/// stands: their other operands are there.
SmallVector<SlicedMap> mapsOfSlices(nn::SliceOp first) {
  auto type = cast<ShapedType>(first.getInput().getType());
  auto exists = [&](Value value) {
    Operation *producer = value.getDefiningOp();
    return !producer || producer->isBeforeInBlock(first);
  };
  auto mapOf = [&](nn::SliceOp slice) -> std::optional<SlicedMap> {
    if (int64_t(slice.getAxis()) != type.getRank() - 1 || !slice.getOutput().hasOneUse())
      return std::nullopt;
    Operation *reader = *slice.getOutput().getUsers().begin();
    std::optional<ElementMap> map = elementMapOf(reader);
    if (!map || !readsRowsAtDistance(reader) || !llvm::all_of(map->operands, [&](Value operand) {
          return operand == slice.getOutput() || exists(operand);
        }))
      return std::nullopt;
    return SlicedMap{slice, reader, slice.getOutput(), int64_t(slice.getOffset()), int64_t(slice.getSize()), std::move(*map)};
  };
  SmallVector<SlicedMap> maps;
  if (std::optional<SlicedMap> map = mapOf(first))
    maps.push_back(std::move(*map));
  else
    return {}; // before the others are looked at: of thousands each asks
  for (Operation *user : first.getInput().getUsers())
    if (auto slice = dyn_cast<nn::SliceOp>(user); slice && slice != first && first->isBeforeInBlock(slice))
      if (std::optional<SlicedMap> map = mapOf(slice))
        maps.push_back(std::move(*map));
  llvm::sort(maps, [](const SlicedMap &a, const SlicedMap &b) { return a.first < b.first; });
  return maps;
}

/// The maps of all slices in one pass over the whole tensor: each of its lines is read once.
void addSlicedMapsStep(KernelBuilder &kernels, nn::SliceOp first, ArrayRef<SlicedMap> maps) {
  auto type = cast<ShapedType>(first.getInput().getType());
  int64_t length = type.getShape().back(), rows = elementsPerSample(type) / length, flops = 0;
  for (const SlicedMap &each : maps) {
    kernels.claim(each.op);
    if (each.slice != first)
      kernels.claim(each.slice);
    flops += each.map.flops * each.size;
  }
  kernels.describeNextStep(std::to_string(maps.size()) + " slices of " + std::to_string(length));
  addRowStep(kernels, maps.front().op, maps.front().map.what + " of slices", isBatched(type), rows, length, flops,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value whole = kernels.flat(kernel, first.getInput());
    SmallVector<Value> results;
    SmallVector<SmallVector<std::pair<Value, int64_t>>> operands; // memory and distance; null for the slice
    for (const SlicedMap &each : maps) {
      results.push_back(kernels.flat(kernel, each.map.result));
      operands.emplace_back();
      for (Value operand : each.map.operands) {
        bool sliced = operand == each.part;
        operands.back().push_back({sliced ? Value() : kernels.flat(kernel, operand), kernels.distanceOf(operand)});
      }
    }
    return [=, &emit](Value row) {
      for (const auto &[each, result, sources] : llvm::zip_equal(maps, results, operands)) {
        emit.pieces(each.size, [&](Value offset, int64_t width) {
          SmallVector<Value> values;
          for (auto [memory, distance] : sources) {
            Value at = emit.add(emit.mul(row, memory ? distance : length), offset);
            values.push_back(memory ? emit.load(memory, at, width) : emit.load(whole, emit.add(at, each.first), width));
          }
          emit.store(each.map.function(emit, values), result, emit.add(emit.mul(row, each.size), offset));
        });
      }
    };
  });
}

LogicalResult emitSlice(nn::SliceOp op, KernelBuilder &kernels) {
  auto type = cast<ShapedType>(op.getInput().getType());
  if (SmallVector<SlicedMap> maps = mapsOfSlices(op); !maps.empty() && !kernels.isJoined(op.getInput())) {
    addSlicedMapsStep(kernels, op, maps);
    return success();
  }
  if (int64_t(op.getAxis()) == type.getRank() - 1 &&
      kernels.readInPlace(op.getOutput(), op.getInput(), op.getOffset()))
    return success();
  int64_t rows = rowsBefore(type, op.getAxis());
  int64_t length = elementsPerSample(type) / rows;
  int64_t inner = length / type.getDimSize(op.getAxis());
  int64_t first = op.getOffset() * inner, part = op.getSize() * inner;
  addRowStep(kernels, op, "slice", isBatched(type), rows, part, 0,
             [&](Kernel &kernel, Emit &emit) -> std::function<void(Value)> {
    Value from = kernels.flat(kernel, op.getInput()), to = kernels.flat(kernel, op.getOutput());
    return [=, &emit](Value row) {
      copyRun(emit, from, emit.add(emit.mul(row, length), first), to, emit.mul(row, part), part);
    };
  });
  return success();
}

/// Inputs combined from left to right.
template <typename Op>
LogicalResult emitFold(Op op, StringRef what, KernelBuilder &kernels, Value (Emit::*combine)(Value, Value)) {
  addMapStep(kernels, op, what, op.getInputs(), op.getOutput(), op.getInputs().size() - 1,
             [&](Emit &emit, ArrayRef<Value> values) {
    Value result = values[0];
    for (Value value : values.drop_front())
      result = (emit.*combine)(result, value);
    return result;
  });
  return success();
}

template <typename Op> LogicalResult emitExtremumGrad(Op op, KernelBuilder &kernels, bool isMaximum) {
  addMapStep(kernels, op, isMaximum ? "maximum gradient" : "minimum gradient", op->getOperands(), op.getInputGradient(),
             op.getInputs().size(), [&](Emit &emit, ArrayRef<Value> values) {
    using P = arith::CmpFPredicate;
    Value gradient = values[0], zero = emit.constant(gradient.getType(), 0.0);
    ArrayRef<Value> inputs = values.drop_front();
    const size_t index = op.getIndex();
    for (size_t other = 0; other < inputs.size(); ++other) {
      if (other == index)
        continue;
      // Of equal ones the first has it.
      P predicate = other < index ? (isMaximum ? P::OGT : P::OLT) : (isMaximum ? P::OGE : P::OLE);
      gradient = emit.select(emit.compare(predicate, inputs[index], inputs[other]), gradient, zero);
    }
    return gradient;
  });
  return success();
}

LogicalResult emitRescale(nn::RescaleOp op, KernelBuilder &kernels) {
  double scale = op.getScale().convertToDouble(), offset = op.getOffset().convertToDouble();
  addMapStep(kernels, op, "rescale", op.getInput(), op.getOutput(), 2, [&](Emit &emit, ArrayRef<Value> x) {
    Value scaled = emit.mulf(x[0], scale);
    return offset == 0 ? scaled : emit.addf(scaled, offset);
  });
  return success();
}

} // namespace

void kernels::addMergeKernels(EmitterTable &table) {
  table["nn.multiply"] = [](Operation *op, KernelBuilder &k) {
    return emitFold(cast<nn::MultiplyOp>(op), "multiply", k, &Emit::mulf);
  };
  table["nn.maximum"] = [](Operation *op, KernelBuilder &k) {
    return emitFold(cast<nn::MaximumOp>(op), "maximum", k, &Emit::maximum);
  };
  table["nn.minimum"] = [](Operation *op, KernelBuilder &k) {
    return emitFold(cast<nn::MinimumOp>(op), "minimum", k, &Emit::minimum);
  };
  table["nn.maximum_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitExtremumGrad(cast<nn::MaximumGradOp>(op), k, /*isMaximum=*/true);
  };
  table["nn.minimum_grad"] = [](Operation *op, KernelBuilder &k) {
    return emitExtremumGrad(cast<nn::MinimumGradOp>(op), k, /*isMaximum=*/false);
  };
  table["nn.rescale"] = [](Operation *op, KernelBuilder &k) { return emitRescale(cast<nn::RescaleOp>(op), k); };
  table["nn.concatenate"] = [](Operation *op, KernelBuilder &k) {
    return emitConcatenate(cast<nn::ConcatenateOp>(op), k);
  };
  table["nn.slice"] = [](Operation *op, KernelBuilder &k) { return emitSlice(cast<nn::SliceOp>(op), k); };
  table["nn.add"] = [](Operation *op, KernelBuilder &k) {
    addElementMapStep(k, op);
    return success();
  };
}
