// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Reference of the ops that move, repeat and sum elements.

#include "nncc/Dialect/NN/Interpolation.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Reference/Evaluation.h"

namespace nncc::reference {
namespace {

void reshape(nn::ReshapeOp op, Evaluation &e) { e.result().data = e[op.getInput()].data; }

void zerosLike(nn::ZerosLikeOp, Evaluation &e) { llvm::fill(e.result().data, 0.0); }

using Index = llvm::SmallVector<int64_t>;

/// Visits all elements of a shape in row-major order: their index along each axis, and their position.
template <typename Visit> void forEach(llvm::ArrayRef<int64_t> shape, Visit visit) {
  Index index(shape.size(), 0);
  for (int64_t position = 0; position < Tensor::count(shape); ++position) {
    visit(index, position);
    for (size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];)
      index[axis] = 0;
  }
}

int64_t positionOf(llvm::ArrayRef<int64_t> shape, const Index &index) {
  int64_t position = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    position = position * shape[axis] + index[axis];
  return position;
}

void permute(nn::PermuteOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  forEach(e.result().shape, [&](const Index &out, int64_t position) {
    Index in = out;
    for (size_t i = 0; i < op.getPermutation().size(); ++i)
      in[op.getPermutation()[i]] = out[i + 1];
    e.result()[position] = x[positionOf(x.shape, in)];
  });
}

void pad(nn::PadOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  forEach(e.result().shape, [&](const Index &out, int64_t position) {
    Index in = out;
    for (size_t axis = 1; axis < in.size(); ++axis) {
      in[axis] -= op.getPadding()[2 * axis - 2];
      if (in[axis] < 0 || in[axis] >= x.shape[axis])
        return;
    }
    e.result()[position] = x[positionOf(x.shape, in)];
  });
}

void broadcast(nn::BroadcastOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  forEach(e.result().shape, [&](const Index &out, int64_t position) {
    Index in = out;
    for (size_t axis = 0; axis < in.size(); ++axis)
      if (x.shape[axis] == 1)
        in[axis] = 0;
    e.result()[position] = x[positionOf(x.shape, in)];
  });
}

void reduceSum(nn::ReduceSumOp op, Evaluation &e) {
  const Tensor &x = e[op.getInput()];
  Tensor &y = e.result();
  forEach(x.shape, [&](const Index &in, int64_t position) {
    Index out(in.end() - y.rank(), in.end()); // without the axes in front that a parameter lacks
    for (int64_t axis = 0; axis < y.rank(); ++axis)
      if (y.shape[axis] == 1)
        out[axis] = 0;
    y[positionOf(y.shape, out)] += x[position];
  });
}

/// Applies the matrix of `rows` along one axis.
Tensor alongAxis(const Tensor &x, int64_t axis, llvm::ArrayRef<nn::WeightedRow> rows) {
  llvm::SmallVector<int64_t> shape = x.shape;
  shape[axis] = int64_t(rows.size());
  Tensor y(shape);
  AxisView from(x.shape, axis), to(shape, axis);
  for (int64_t o = 0; o < to.outer; ++o)
    for (int64_t a = 0; a < to.extent; ++a)
      for (auto [tap, weight] : llvm::enumerate(rows[a].weights))
        for (int64_t i = 0; i < to.inner; ++i)
          y[to.at(o, a, i)] += double(weight) * x[from.at(o, rows[a].first + int64_t(tap), i)];
  return y;
}

void resize(nn::ResizeOp op, Evaluation &e) {
  Tensor value = e[op.getInput()];
  for (auto [axis, factor] : llvm::enumerate(op.getFactors()))
    value = alongAxis(value, axis + 1, nn::interpolationRows(op.getInterpolation(), value.shape[axis + 1], factor));
  e.result() = std::move(value);
}

void resizeGrad(nn::ResizeGradOp op, Evaluation &e) {
  Tensor value = e[op.getOutputGradient()];
  for (auto [axis, factor] : llvm::enumerate(op.getFactors())) {
    const int64_t extent = value.shape[axis + 1] / factor;
    value = alongAxis(value, axis + 1,
                      nn::transposedRows(nn::interpolationRows(op.getInterpolation(), extent, factor), extent));
  }
  e.result() = std::move(value);
}

} // namespace

void addShapeEvaluators(EvaluatorTable &table) {
  table.add<nn::ReshapeOp, reshape>();
  table.add<nn::PermuteOp, permute>();
  table.add<nn::PadOp, pad>();
  table.add<nn::BroadcastOp, broadcast>();
  table.add<nn::ReduceSumOp, reduceSum>();
  table.add<nn::ZerosLikeOp, zerosLike>();
  table.add<nn::ResizeOp, resize>();
  table.add<nn::ResizeGradOp, resizeGrad>();
}

} // namespace nncc::reference
