// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The matrices of Winograd's algorithm, and their products with vectors.
#include "nncc/Kernels/Contraction/WinogradTransform.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nncc::kernels {

namespace {

/// The finite points of a tile with so many positions.
SmallVector<double> pointsOf(int64_t positions) {
  if (positions == 4)
    return {0, 1, -1};
  assert(positions == 6 && "no points for such a tile");
  return {0, 0.625, -0.625, 1.5, -1.5};
}

/// The product of (x - p) over all points but one (-1 for all points), lowest power first.
SmallVector<double> polynomial(ArrayRef<double> points, int64_t without) {
  SmallVector<double> result = {1};
  for (auto [i, point] : llvm::enumerate(points)) {
    if (static_cast<int64_t>(i) == without)
      continue;
    result.push_back(0);
    for (size_t power = result.size() - 1; power > 0; --power)
      result[power] = result[power - 1] - point * result[power];
    result[0] *= -point;
  }
  return result;
}

/// +1 or -1 where two rows of coefficients differ by their signs only: the sign of each column. Empty otherwise, and where
/// all signs are the same.
SmallVector<int> signsBetween(ArrayRef<double> a, ArrayRef<double> b) {
  SmallVector<int> signs;
  bool plus = false, minus = false;
  for (auto [x, y] : llvm::zip_equal(a, b)) {
    if (std::abs(x) != std::abs(y))
      return {};
    signs.push_back(x == y ? 1 : -1);
    plus |= x != 0 && x == y;
    minus |= x != 0 && x != y;
  }
  return plus && minus ? signs : SmallVector<int>();
}

/// Sums of products of vectors with constants.
class LinearEmitter {
public:
  LinearEmitter(const ContractionEmit &emit, const planning::TargetFacts &target) : emit(emit), target(target) {}

  Value plus(Value a, Value b) const { return arith::AddFOp::create(emit.builder, emit.loc, a, b); }
  Value minus(Value a, Value b) const { return arith::SubFOp::create(emit.builder, emit.loc, a, b); }

  /// sum + factor * value; `sum` may be null.
  Value addTo(Value sum, double factor, Value value) const {
    if (factor == 1)
      return sum ? plus(sum, value) : value;
    if (factor == -1 && sum)
      return minus(sum, value);
    if (sum)
      return emit.multiplyAdd(value, constant(factor, value), sum, target);
    return arith::MulFOp::create(emit.builder, emit.loc, value, constant(factor, value));
  }

  /// The sum of those columns that `wanted` names; null for none. It begins with one that needs no product.
  Value sum(ArrayRef<double> row, ArrayRef<Value> inputs, llvm::function_ref<bool(size_t)> wanted) const {
    SmallVector<size_t> order;
    for (size_t i = 0; i < row.size(); ++i)
      if (row[i] != 0 && wanted(i))
        order.insert(row[i] == 1 ? order.begin() : order.end(), i);
    Value result;
    for (size_t i : order)
      result = addTo(result, row[i], inputs[i]);
    return result;
  }

private:
  const ContractionEmit &emit;
  const planning::TargetFacts &target;

  Value constant(double factor, Value like) const {
    auto type = cast<VectorType>(like.getType());
    return arith::ConstantOp::create(emit.builder, emit.loc, type,
                                     DenseElementsAttr::get(type, static_cast<float>(factor)));
  }
};

/// Columns that differ by their signs only become their sum and their difference.
void combineColumns(const LinearEmitter &linear, Coefficients &matrix, Values &inputs) {
  auto column = [&](size_t j) {
    SmallVector<double> result;
    for (const SmallVector<double> &row : matrix)
      result.push_back(row[j]);
    return result;
  };
  for (size_t j = 0; j + 1 < inputs.size(); ++j) {
    SmallVector<int> signs = signsBetween(column(j), column(j + 1));
    if (signs.empty())
      continue;
    Value sum = linear.plus(inputs[j], inputs[j + 1]), difference = linear.minus(inputs[j], inputs[j + 1]);
    inputs[j] = sum;
    inputs[j + 1] = difference;
    for (auto [row, sign] : llvm::zip_equal(matrix, signs)) {
      row[j + 1] = sign > 0 ? 0 : row[j];
      row[j] = sign > 0 ? row[j] : 0;
    }
    ++j;
  }
}

} // namespace

WinogradTransform winogradTransform(int64_t outputs, int64_t taps) {
  WinogradTransform transform;
  transform.outputs = outputs;
  transform.taps = taps;
  int64_t positions = transform.positions(), finite = positions - 1;
  SmallVector<double> points = pointsOf(positions);
  auto powers = [](double point, int64_t count) {
    SmallVector<double> row = {1};
    while (static_cast<int64_t>(row.size()) < count)
      row.push_back(row.back() * point);
    return row;
  };
  transform.result.assign(outputs, SmallVector<double>(positions, 0));
  for (auto [i, point] : llvm::enumerate(points)) {
    SmallVector<double> row = polynomial(points, i);
    row.resize(positions, 0);
    transform.source.push_back(row);
    double scale = 1;
    for (auto [j, other] : llvm::enumerate(points))
      if (i != j)
        scale *= point - other;
    SmallVector<double> weights = powers(point, taps);
    for (double &weight : weights)
      weight /= scale;
    transform.kernel.push_back(weights);
    for (auto [output, power] : llvm::enumerate(powers(point, outputs)))
      transform.result[output][i] = power;
  }
  // Infinity: the products of the highest powers.
  transform.source.push_back(polynomial(points, -1));
  transform.kernel.push_back(SmallVector<double>(taps, 0));
  transform.kernel.back().back() = 1;
  transform.result.back()[finite] = 1;
  return transform;
}

Values multiplyMatrix(const ContractionEmit &emit, const Coefficients &matrix, ArrayRef<Value> inputs,
                      const planning::TargetFacts &target) {
  LinearEmitter linear(emit, target);
  Coefficients rows = matrix;
  Values columns(inputs);
  combineColumns(linear, rows, columns);
  Values results;
  for (size_t i = 0; i < rows.size(); ++i) {
    SmallVector<int> signs = i + 1 < rows.size() ? signsBetween(rows[i], rows[i + 1]) : SmallVector<int>();
    if (signs.empty()) {
      results.push_back(linear.sum(rows[i], columns, [](size_t) { return true; }));
      continue;
    }
    // even + odd and even - odd, where the odd half is a common factor times a sum.
    SmallVector<double> odd = rows[i];
    double factor = 0;
    for (auto [coefficient, sign] : llvm::zip_equal(odd, signs))
      if (sign < 0 && coefficient != 0)
        factor = coefficient;
    for (double &coefficient : odd)
      coefficient /= factor;
    Value even = linear.sum(rows[i], columns, [&](size_t j) { return signs[j] > 0; });
    Value rest = linear.sum(odd, columns, [&](size_t j) { return signs[j] < 0; });
    results.push_back(linear.addTo(even, factor, rest));
    results.push_back(linear.addTo(even, -factor, rest));
    ++i;
  }
  return results;
}

VectorGrid multiplyAxis(const ContractionEmit &emit, const Coefficients &matrix, const VectorGrid &grid, int axis,
                        const planning::TargetFacts &target) {
  VectorGrid result;
  result.extents = grid.extents;
  result.extents[axis] = matrix.size();
  int64_t inner = 1, outer = 1;
  for (int i = 0; i < 3; ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : grid.extents[i];
  int64_t from = grid.extents[axis], to = result.extents[axis];
  result.values.resize(outer * to * inner);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      Values line;
      for (int64_t j = 0; j < from; ++j)
        line.push_back(grid.values[(o * from + j) * inner + i]);
      for (auto [j, value] : llvm::enumerate(multiplyMatrix(emit, matrix, line, target)))
        result.values[(o * to + j) * inner + i] = value;
    }
  return result;
}

} // namespace nncc::kernels
