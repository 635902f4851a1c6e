// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Sweep/ReferenceRun.h"

#include "nncc/Reference/Evaluation.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace nncc;
using namespace nncc::sweep;
using reference::Tensor;

namespace {

double largestOf(const Tensor &tensor) {
  double largest = 0;
  for (double x : tensor.data)
    largest = std::max(largest, std::abs(x));
  return largest;
}

} // namespace

FailureOr<ReferenceRun> sweep::runReference(const Start &start, Draw *rounding) {
  func::FuncOp function = start.function;
  reference::State state = start.state;
  reference::Values values;
  FailureOr<int64_t> batch = reference::bindArguments(function, start.inputs, values);
  if (failed(batch))
    return failure();
  ReferenceRun run;
  for (Operation &op : function.front().without_terminator()) {
    if (failed(reference::evaluate(&op, values, state, *batch)))
      return failure();
    for (Value result : op.getResults()) {
      if (!cast<RankedTensorType>(result.getType()).getElementType().isF32())
        continue;
      run.largest = std::max(run.largest, largestOf(*values.find(result)));
      if (!rounding)
        continue;
      Tensor rounded = *values.find(result);
      const double common = rounding->uniform(-1, 1); // as of the one divisor of a softmax
      for (double &x : rounded.data)
        x *= 1 + 0x1p-22 * (common + rounding->uniform(-1, 1));
      values.set(result, std::move(rounded));
    }
  }
  std::vector<NamedTensor> &all = run.tensors;
  const bool isGradientEntry = function.getName().starts_with("gradients");
  for (auto [index, value] : llvm::enumerate(function.front().getTerminator()->getOperands()))
    all.push_back({"result " + std::to_string(index), *values.find(value), isGradientEntry && index > 0});
  for (const auto &[path, tensor] : state.gradients)
    all.push_back({"gradient of " + path, tensor, true});
  for (const auto &[path, tensor] : state.variables)
    all.push_back({path, tensor});
  for (auto [slot, tensors] : llvm::enumerate(state.slots))
    for (const auto &[path, tensor] : tensors)
      all.push_back({"slot " + std::to_string(slot) + " of " + path, tensor, true});
  return run;
}

namespace {

constexpr int kRuns = 12;
/// Of the largest element of a tensor.
constexpr double kTolerance = 2e-5;
/// What f32 leaves where everything cancels: of the largest gradient for a gradient, as that of a bias before a normalization,
/// which is below kCancelled of it in f64; else of the largest number of the run, as in a mean of what has been normalized.
constexpr double kGradientNoise = 1e-4, kCancelled = 1e-10, kNoise = 5e-7;
/// A long sum has more roundings inside than the runs see.
constexpr double kInside = 64;

bool isClose(double actual, double expected, double tolerance) {
  return std::abs(actual - expected) <= tolerance || actual == expected || (std::isnan(actual) && std::isnan(expected));
}

/// How far runs with rounding took each element of each tensor from the reference.
std::vector<std::vector<double>> spreads(const Start &start, llvm::ArrayRef<NamedTensor> expected, uint64_t seed) {
  std::vector<std::vector<double>> all(expected.size());
  Draw rounding(seed);
  for (int run = 0; run < kRuns; ++run) {
    FailureOr<ReferenceRun> moved = runReference(start, &rounding);
    if (failed(moved))
      return all;
    for (auto [spread, other, exact] : llvm::zip_equal(all, moved->tensors, expected)) {
      spread.resize(exact.tensor.size());
      for (int64_t i = 0; i < exact.tensor.size(); ++i)
        spread[i] = std::max(spread[i], std::abs(other.tensor[i] - exact.tensor[i]));
    }
  }
  return all;
}

double medianOf(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return values.empty() ? 0 : *middle;
}

} // namespace

void sweep::expectClose(const Start &start, llvm::ArrayRef<NamedTensor> actual, const ReferenceRun &reference,
                        uint64_t seed) {
  llvm::ArrayRef<NamedTensor> expected = reference.tensors;
  const std::string entry = func::FuncOp(start.function).getName().str();
  double largestGradient = 0;
  for (const NamedTensor &one : expected)
    if (one.isGradient)
      largestGradient = std::max(largestGradient, largestOf(one.tensor));
  // Adaptive optimizers divide a gradient by its own size: of one that cancels, they make a step of any size.
  auto isCancelled = [&](const NamedTensor &one) {
    return one.isGradient && largestOf(one.tensor) <= kCancelled * largestGradient;
  };
  auto isRounding = [&](const std::string &variable) {
    return llvm::any_of(expected, [&](const NamedTensor &one) {
      return one.name == "gradient of " + variable && largestOf(one.tensor) > 0 && isCancelled(one);
    });
  };
  std::vector<std::vector<double>> spread;
  for (auto [which, exact] : llvm::enumerate(expected)) {
    if (isRounding(exact.name))
      continue;
    const NamedTensor *computed = llvm::find_if(actual, [&](const NamedTensor &one) { return one.name == exact.name; });
    if (computed == actual.end())
      continue; // not kept, as the gradient of a kernel that is updated in place
    ASSERT_EQ(computed->tensor.size(), exact.tensor.size()) << exact.name;
    const double largest = largestOf(exact.tensor);
    const double tolerance = isCancelled(exact) ? kGradientNoise * largestGradient : kTolerance * largest;
    int64_t wrong = 0;
    double median = 0;
    for (int64_t i = 0; i < exact.tensor.size(); ++i) {
      const double is = computed->tensor[i], should = exact.tensor[i];
      if (isClose(is, should, tolerance))
        continue;
      if (spread.empty())
        spread = spreads(start, expected, seed);
      if (median == 0)
        median = medianOf(spread[which]);
      const double widened = std::max({tolerance, kInside * std::max(spread[which][i], median),
                                       exact.isGradient ? 0 : kNoise * reference.largest});
      if (isClose(is, should, widened))
        continue;
      if (++wrong <= 4)
        ADD_FAILURE() << entry << ": " << exact.name << "[" << i << "] of " << exact.tensor.size()
                      << " is " << is << ", expected " << should << " +- " << widened;
    }
    EXPECT_EQ(wrong, 0) << entry << ": " << exact.name << ": wrong elements of "
                        << exact.tensor.size();
  }
}
