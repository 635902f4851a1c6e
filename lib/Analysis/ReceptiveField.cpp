// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/ReceptiveField.h"

#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Dialect/NN/Ops/Shape.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace nncc::analysis {

static ArrayRef<int64_t> sampleShape(Value value) { return cast<RankedTensorType>(value.getType()).getShape().drop_front(); }

void ReceptiveFields::Field::collapse(unsigned axis, int64_t positions) {
  Axis &old = axes[axis];
  if (old.source >= 0)
    seen[old.source] = std::max(seen[old.source], old.extent + static_cast<double>(positions - 1) * old.distance);
  old = Axis();
}

void ReceptiveFields::addInput(Value input) {
  ArrayRef<int64_t> shape = sampleShape(input);
  Field field;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    bool spatial = axis + 1 < shape.size();
    field.axes.push_back({spatial ? static_cast<int>(axis) : -1});
    if (spatial && axis >= inputExtents.size())
      inputExtents.push_back(0);
    if (spatial)
      inputExtents[axis] = std::max(inputExtents[axis], shape[axis]);
  }
  fields[input] = field;
}

/// The largest of the operands' fields, axis by axis. Where they run along different axes all is seen from everywhere.
ReceptiveFields::Field ReceptiveFields::merged(Operation *op) const {
  Field result;
  for (Value operand : op->getOperands()) {
    auto found = fields.find(operand);
    if (found == fields.end())
      continue; // a parameter
    Field field = found->second;
    field.seen.resize(inputExtents.size(), 1);
    if (result.seen.empty() && result.axes.empty()) {
      result = field;
      continue;
    }
    for (auto [a, b] : llvm::zip(result.seen, field.seen))
      a = std::max(a, b);
    for (unsigned i = 0; i < std::min(result.axes.size(), field.axes.size()); ++i) {
      Axis &a = result.axes[i], &b = field.axes[i];
      if (a.source >= 0 && b.source >= 0 && a.source != b.source) {
        result.collapse(i, sampleShape(operand)[i]);
        field.collapse(i, sampleShape(operand)[i]);
        for (auto [one, other] : llvm::zip(result.seen, field.seen))
          one = std::max(one, other);
      } else if (b.source >= 0) {
        a = {b.source, std::max(a.extent, b.extent), a.source < 0 ? b.distance : std::max(a.distance, b.distance)};
      }
    }
  }
  return result;
}

/// Axes are matched where the products of the extents up to them are equal. In between, axes of extent 1 come and go, an axis
/// beside repetitions (UpSampling) becomes as much denser, and what else is mixed is seen as a whole.
void ReceptiveFields::reshape(Field &field, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<Axis> axes;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    size_t firstFrom = i, firstTo = j;
    int64_t a = i < from.size() ? from[i++] : 1, b = j < to.size() ? to[j++] : 1;
    while (a != b && (i < from.size() || j < to.size())) {
      if (a < b && i < from.size())
        a *= from[i++];
      else if (j < to.size())
        b *= to[j++];
      else
        a *= from[i++];
    }
    // The one axis with a place, if all others are repetitions, and the one axis that it can become.
    int64_t place = -1, repetitions = 1;
    bool single = true;
    for (size_t k = firstFrom; k < i; ++k) {
      if (field.axes[k].source < 0) {
        repetitions *= from[k];
      } else {
        single &= place < 0;
        place = k;
      }
    }
    int64_t wide = -1, count = 0;
    for (size_t k = firstTo; k < j; ++k)
      if (to[k] != 1 || (wide < 0 && k + 1 == j)) {
        wide = k;
        ++count;
      }
    bool keeps = place >= 0 && single && count == 1;
    if (!keeps)
      for (size_t k = firstFrom; k < i; ++k)
        field.collapse(k, from[k]);
    for (size_t k = firstTo; k < j; ++k) {
      axes.push_back({});
      if (keeps && static_cast<int64_t>(k) == wide) {
        axes.back() = field.axes[place];
        axes.back().distance /= static_cast<double>(repetitions);
      }
    }
  }
  field.axes = std::move(axes);
}

void ReceptiveFields::add(Operation *op) {
  Field field = merged(op);
  if (field.axes.empty() || op->getNumResults() == 0)
    return;
  ArrayRef<int64_t> from;
  for (Value operand : op->getOperands())
    if (fields.contains(operand)) {
      from = sampleShape(operand);
      break;
    }
  ArrayRef<int64_t> to = sampleShape(op->getResult(0));
  auto window = [&](unsigned axis, int64_t taps, int64_t dilation, int64_t stride) {
    Axis &a = field.axes[axis];
    a.extent += static_cast<double>((taps - 1) * dilation) * a.distance;
    a.distance *= static_cast<double>(stride);
  };
  auto pool = [&](ArrayRef<int64_t> extents, ArrayRef<int64_t> strides) {
    for (unsigned axis = 0; axis < extents.size(); ++axis)
      window(axis, extents[axis], 1, strides[axis]);
  };
  if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    ArrayRef<int64_t> kernel = cast<RankedTensorType>(conv.getKernel().getType()).getShape();
    for (unsigned axis = 0; axis + 2 < kernel.size(); ++axis)
      window(axis, kernel[axis], conv.getDilations()[axis], conv.getStrides()[axis]);
    field.collapse(from.size() - 1, from.back());
  } else if (auto conv = dyn_cast<nn::ConvTransposeOp>(op)) {
    // An output position meets every so many taps, at neighbours in the input.
    ArrayRef<int64_t> kernel = cast<RankedTensorType>(conv.getKernel().getType()).getShape();
    for (unsigned axis = 0; axis + 2 < kernel.size(); ++axis) {
      Axis &a = field.axes[axis];
      int64_t stride = conv.getStrides()[axis], dilation = conv.getDilations()[axis], common = std::gcd(stride, dilation);
      int64_t taps = (kernel[axis] - 1) * common / stride;
      a.extent += static_cast<double>(taps * (dilation / common)) * a.distance;
      a.distance /= static_cast<double>(stride);
    }
    field.collapse(from.size() - 1, from.back());
  } else if (auto local = dyn_cast<nn::LocalConvOp>(op)) {
    pool(local.getWindow(), local.getStrides());
    field.collapse(from.size() - 1, from.back());
  } else if (auto max = dyn_cast<nn::MaxPoolOp>(op)) {
    pool(max.getWindow(), max.getStrides());
  } else if (auto average = dyn_cast<nn::AveragePoolOp>(op)) {
    pool(average.getWindow(), average.getStrides());
  } else if (isa<nn::GlobalMaxPoolOp, nn::GlobalAveragePoolOp>(op)) {
    for (unsigned axis = 0; axis + 1 < from.size(); ++axis)
      field.collapse(axis, from[axis]);
    if (to.size() != from.size())
      field.axes = {field.axes.back()};
  } else if (isa<nn::DenseOp>(op)) {
    field.collapse(from.size() - 1, from.back());
  } else if (auto permute = dyn_cast<nn::PermuteOp>(op)) {
    SmallVector<Axis> old = field.axes;
    for (auto [axis, source] : llvm::enumerate(permute.getPermutation()))
      field.axes[axis] = old[source - 1];
  } else if (isa<nn::ReshapeOp>(op)) {
    reshape(field, from, to);
  } else if (field.axes.size() != to.size()) {
    // An op of another kind that changes the number of axes: each result may see all.
    for (unsigned axis = 0; axis < from.size(); ++axis)
      field.collapse(axis, from[axis]);
    field.axes.assign(to.size(), Axis());
  }
  for (Value result : op->getResults())
    fields[result] = field;
}

std::vector<int64_t> ReceptiveFields::of(Value value) const {
  auto found = fields.find(value);
  std::vector<int64_t> result(inputExtents.size(), 1);
  if (found == fields.end())
    return result;
  for (auto [axis, extent] : llvm::enumerate(result)) {
    double most = axis < found->second.seen.size() ? found->second.seen[axis] : 1;
    for (const Axis &own : found->second.axes)
      if (own.source == static_cast<int>(axis))
        most = std::max(most, own.extent);
    extent = std::min(static_cast<int64_t>(std::ceil(most)), inputExtents[axis]);
  }
  return result;
}

std::string formatField(ArrayRef<int64_t> field) {
  std::string text;
  for (int64_t extent : field)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "-" : text;
}

} // namespace nncc::analysis
