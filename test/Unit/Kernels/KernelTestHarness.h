// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_KERNELS_KERNELTESTHARNESS_H
#define NNCC_TEST_UNIT_KERNELS_KERNELTESTHARNESS_H

#include "nncc/Planning/TargetFacts.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Compiles entries of nn modules through `nn-to-loops` and LLVM, runs them here and holds the results against the f64
/// interpreter.
namespace nncc::kernels::test {

/// 128 bits (without fused multiply-add, as the baseline x86-64 is), 256 and 512, as far as this machine runs them.
std::vector<planning::TargetFacts> hostTargets();

/// How the numbers that an entry starts from are drawn.
struct RunOptions {
  uint64_t seed = 1; ///< of the drawn numbers, and the seed of the run (dropout)
  int64_t batch = 3;
  int64_t step = 0;
  float learningRate = 0.01f;
  double low = -1, high = 1; ///< floats are uniform in [low, high)
  bool normal = false;       ///< floats are normal with mean 0 and deviation 1 instead
  double tolerance = 1e-5;   ///< |actual - expected| <= tolerance * max(1, |expected|)
  /// The tiles that convolutions may use; other than those of the target.
  planning::WinogradTiles winograd = planning::WinogradTiles::Accurate;
  /// Arguments by position that hold class numbers 0 <= k < second instead, or where second is 1, numbers in [0, 1).
  std::vector<std::pair<int64_t, int64_t>> classes;
};

/// Runs the entry (the one function with the unit attribute `nn.entry`) of a module:
/// ```mlir
/// func.func @test(%x: tensor<?x5x5x3xf32>) -> tensor<?x5x5x3xf32> attributes {nn.entry} {
///   %0 = nn.activation %x {function = #nn.activation<relu>} : (tensor<?x5x5x3xf32>) -> tensor<?x5x5x3xf32>
///   return %0 : tensor<?x5x5x3xf32>
/// }
/// ```
/// Arguments, variables and state (not negative) are drawn at random. Steps run on one thread with their units split in
/// several ways; all must give the same bits. Results, variables, gradients and optimizer state are compared with the
/// reference interpreter.
void expectMatchesReference(llvm::StringRef mlirText, const planning::TargetFacts &target,
                            const RunOptions &options = {});

/// The same for all of `hostTargets()`.
void expectMatchesReference(llvm::StringRef mlirText, const RunOptions &options = {});

/// Errors of an entry's first result against the reference: the largest of an element in units of the largest element, and
/// the root of the mean square in units of the result's.
struct ResultErrors {
  double largest = 0, mean = 0;
};
ResultErrors measureErrors(llvm::StringRef mlirText, const planning::TargetFacts &target, const RunOptions &options);

/// The same with the most frequent choices spelt out.
inline void expectMatchesReference(llvm::StringRef mlirText, uint64_t seed, int64_t batch,
                                   const planning::TargetFacts &target, double tolerance) {
  RunOptions options;
  options.seed = seed;
  options.batch = batch;
  options.tolerance = tolerance;
  expectMatchesReference(mlirText, target, options);
}

/// What an entry is compiled to.
struct KernelCode {
  int64_t operations = 0;         ///< of the whole module: what unrolling makes larger
  std::vector<std::string> plans; ///< what was decided about each step; "" for nothing
};
KernelCode compileKernels(llvm::StringRef mlirText, const planning::TargetFacts &target);

/// Text of an entry of one op, `op` in custom form with the arguments %arg0, %arg1, ...; its results are the entry's:
/// entryText("nn.relu_grad %arg0, %arg1 {...}", {"?x4xf32", "?x4xf32"}, {"?x4xf32"}). Types are the insides of
/// `tensor<>`. The functional type is appended.
std::string entryText(llvm::StringRef op, const std::vector<std::string> &arguments,
                      const std::vector<std::string> &results);

} // namespace nncc::kernels::test

#endif // NNCC_TEST_UNIT_KERNELS_KERNELTESTHARNESS_H
