// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accuracy of the elementary functions, in units in the last place, and what they do at the ends of their ranges.
#include "nncc/Kernels/Math.h"
#include "Kernels/KernelTestHarness.h"
#include "nncc/Codegen/Jit.h"
#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Dialect/NN/NNDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

using Function = Value (*)(Emit &, Value);
constexpr int64_t kCount = 1 << 16;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Applies a function to kCount numbers: a kernel that reads its `parameters` and writes its `gradients`.
std::vector<float> apply(Function function, const std::vector<float> &x) {
  planning::TargetFacts target = test::hostTargets().back();
  DialectRegistry registry;
  codegen::registerCodegenDialects(registry);
  MLIRContext context(registry);
  context.disableMultithreading();
  context.loadAllAvailableDialects();
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(module->getBodyRegion());
  auto bytes = MemRefType::get({1}, builder.getI8Type()), floats = MemRefType::get({1}, builder.getF32Type());
  Type index = builder.getIndexType();
  auto kernel = func::FuncOp::create(
      builder, loc, "apply.0", builder.getFunctionType({bytes, floats, floats, floats, index, index, index, index}, {}));
  Block *body = kernel.addEntryBlock();
  builder.setInsertionPointToStart(body);
  auto view = [&](unsigned argument) -> Value {
    return memref::ReinterpretCastOp::create(builder, loc, MemRefType::get({kCount}, builder.getF32Type()),
                                             body->getArgument(argument), 0, ArrayRef<int64_t>{kCount},
                                             ArrayRef<int64_t>{1});
  };
  Value from = view(1), to = view(2);
  Emit emit(builder, loc, target);
  emit.loop(emit.index(0), emit.index(kCount), target.lanes(),
            [&](Value at) { emit.store(function(emit, emit.load(from, at, target.lanes())), to, at); });
  func::ReturnOp::create(builder, loc);

  codegen::Program program;
  codegen::Step step;
  step.kernelSymbol = "apply.0";
  program.entries[NNCC_ENTRY_PREDICT].emplace().steps.push_back(step);
  auto jit = codegen::JitProgram::create(*module, program, codegen::TargetOptions());
  if (!jit) {
    ADD_FAILURE() << llvm::toString(jit.takeError());
    return std::vector<float>(kCount);
  }
  // Kernels rely on aligned bases.
  alignas(64) static uint8_t arena[64];
  alignas(64) static float input[kCount], output[kCount], state[16];
  for (int64_t i = 0; i < kCount; ++i)
    input[i] = i < int64_t(x.size()) ? x[i] : x.back();
  (*jit)->program()->entries[NNCC_ENTRY_PREDICT]->steps[0].kernel(arena, input, output, state, 1, 0, 1, 0);
  return std::vector<float>(output, output + kCount);
}

std::vector<float> linear(double low, double high) {
  std::vector<float> x(kCount);
  for (int64_t i = 0; i < kCount; ++i)
    x[i] = float(low + (high - low) * double(i) / (kCount - 1));
  return x;
}

/// The greatest error in ulps of the exact result; results below the normal numbers count as right when they are tiny
/// too.
double worstUlps(Function function, double (*exact)(double), const std::vector<float> &x) {
  std::vector<float> y = apply(function, x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = exact(x[i]);
    if (std::abs(expected) < std::numeric_limits<float>::min()) {
      EXPECT_LT(std::abs(y[i]), 2 * std::numeric_limits<float>::min()) << x[i];
      continue;
    }
    float rounded = std::abs(float(expected));
    double ulp = double(std::nextafter(rounded, kInfinity)) - rounded;
    double error = std::abs(double(y[i]) - expected) / ulp;
    if (!(error <= worst))
      worst = error;
  }
  return worst;
}

TEST(Math, Exp) {
  EXPECT_LE(worstUlps(emitExp, std::exp, linear(-103, 88.7)), 2);
  EXPECT_LE(worstUlps(emitExp, std::exp, linear(-1, 1)), 2);
  std::vector<float> ends = apply(emitExp, {-kInfinity, -200, 0, 89, kInfinity, NAN});
  EXPECT_EQ(ends[0], 0);
  EXPECT_EQ(ends[1], 0);
  EXPECT_EQ(ends[2], 1);
  EXPECT_EQ(ends[3], kInfinity);
  EXPECT_EQ(ends[4], kInfinity);
  EXPECT_TRUE(std::isnan(ends[5]));
}

TEST(Math, Log) {
  EXPECT_LE(worstUlps(emitLog, std::log, linear(1e-7, 4)), 2);
  EXPECT_LE(worstUlps(emitLog, std::log, linear(1, 1e30)), 2);
  std::vector<float> ends = apply(emitLog, {1, kInfinity, NAN});
  EXPECT_EQ(ends[0], 0);
  EXPECT_EQ(ends[1], kInfinity);
  EXPECT_TRUE(std::isnan(ends[2]));
}

TEST(Math, Log1p) {
  EXPECT_LE(worstUlps(emitLog1p, std::log1p, linear(0, 1)), 3);
  EXPECT_LE(worstUlps(emitLog1p, std::log1p, linear(0, 1e-6)), 3);
}

TEST(Math, Tanh) {
  EXPECT_LE(worstUlps(emitTanh, std::tanh, linear(-12, 12)), 3);
  EXPECT_LE(worstUlps(emitTanh, std::tanh, linear(-0.7, 0.7)), 3);
  std::vector<float> ends = apply(emitTanh, {-kInfinity, -100, 0, 100, NAN});
  EXPECT_EQ(ends[0], -1);
  EXPECT_EQ(ends[1], -1);
  EXPECT_EQ(ends[2], 0);
  EXPECT_EQ(ends[3], 1);
  EXPECT_TRUE(std::isnan(ends[4]));
}

TEST(Math, Expm1) {
  EXPECT_LE(worstUlps(emitExpm1, std::expm1, linear(-30, 80)), 3);
  EXPECT_LE(worstUlps(emitExpm1, std::expm1, linear(-0.7, 0.7)), 3);
}

TEST(Math, Erf) {
  EXPECT_LE(worstUlps(emitErf, std::erf, linear(-5, 5)), 2);
  EXPECT_LE(worstUlps(emitErf, std::erf, linear(-1.1, 1.1)), 2);
  std::vector<float> ends = apply(emitErf, {-kInfinity, 0, kInfinity, NAN});
  EXPECT_EQ(ends[0], -1);
  EXPECT_EQ(ends[1], 0);
  EXPECT_EQ(ends[2], 1);
  EXPECT_TRUE(std::isnan(ends[3]));
}

TEST(Math, Softplus) {
  auto exact = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); };
  EXPECT_LE(worstUlps(emitSoftplus, exact, linear(-80, 80)), 4);
  EXPECT_LE(worstUlps(emitSoftplus, exact, linear(-3, 3)), 4);
}

TEST(Math, Sigmoid) {
  auto exact = [](double x) { return 1 / (1 + std::exp(-x)); };
  EXPECT_LE(worstUlps(emitSigmoid, exact, linear(-86, 30)), 4);
  std::vector<float> ends = apply(emitSigmoid, {-kInfinity, 0, kInfinity, NAN});
  EXPECT_EQ(ends[0], 0);
  EXPECT_EQ(ends[1], 0.5f);
  EXPECT_EQ(ends[2], 1);
  EXPECT_TRUE(std::isnan(ends[3]));
}

TEST(Math, ReluKeepsNaN) {
  std::vector<float> y = apply(emitRelu, {-1, 2, NAN});
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[1], 2);
  EXPECT_TRUE(std::isnan(y[2]));
}

} // namespace
