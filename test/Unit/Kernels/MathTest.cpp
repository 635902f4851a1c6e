// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accuracy of the elementary functions over all floats, for each width of vectors: in units in the last place of the exact result
// (that of C's f64 functions), and what they do at the ends of their ranges. Every 4099th bit pattern is tried, or with
// NNCC_MATH_STRIDE=1 each of them (some minutes); NNCC_MATH_REPORT=1 prints the largest errors.
#include "nncc/Kernels/Math.h"
#include "Kernels/KernelTestHarness.h"
#include "nncc/Codegen/Jit.h"
#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Dialect/NN/NNDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <bit>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

using Function = Value (*)(Emit &, Value);
using Exact = double (*)(double);
constexpr int64_t kCount = 1 << 12;
constexpr float kInfinity = std::numeric_limits<float>::infinity(), kLargest = std::numeric_limits<float>::max(),
                kNormal = std::numeric_limits<float>::min(), kNaN = std::numeric_limits<float>::quiet_NaN();

/// A function compiled for vectors of one width: a kernel that reads kCount `parameters` and writes as many `gradients`.
class Compiled {
public:
  Compiled(Function function, const planning::TargetFacts &target) {
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
    codegen::TargetOptions options;
    if (!target.fma)
      options.features = "-fma,-avx512f"; // which would fuse what has been written as two operations
    auto made = codegen::JitProgram::create(*module, program, options);
    if (made)
      jit = std::move(*made);
    else
      ADD_FAILURE() << llvm::toString(made.takeError());
  }

  /// Of kCount numbers at most.
  std::vector<float> operator()(const std::vector<float> &x) const {
    alignas(64) static uint8_t arena[64]; // kernels rely on aligned bases
    alignas(64) static float input[kCount], output[kCount], state[16];
    for (int64_t i = 0; i < kCount; ++i)
      input[i] = i < int64_t(x.size()) ? x[i] : x.back();
    if (jit)
      jit->program()->entries[NNCC_ENTRY_PREDICT]->steps[0].kernel(arena, input, output, state, 1, 0, 1, 0);
    return std::vector<float>(output, output + x.size());
  }

private:
  std::unique_ptr<codegen::JitProgram> jit;
};

/// The error in ulps of the rounded exact result. Results below the normal numbers count as right when they are tiny too, as
/// threads flush them; those beyond the largest number when they are infinite.
double ulps(float y, double expected) {
  if (std::isnan(expected))
    return std::isnan(y) ? 0 : kInfinity;
  if (std::abs(expected) < kNormal)
    return std::abs(y) < 2 * kNormal ? 0 : kInfinity;
  float rounded = std::abs(float(expected));
  if (std::isinf(rounded))
    return y == float(expected) ? 0 : kInfinity;
  double ulp = rounded < kLargest ? double(std::nextafter(rounded, kInfinity)) - rounded : std::ldexp(1.0, 104);
  double error = std::abs(double(y) - expected) / ulp;
  return std::isnan(error) ? kInfinity : error;
}

/// Holds a function to `limit` ulps for all floats in [low, high] and NaNs; for each width.
void expectUlps(const char *name, Function function, Exact exact, double limit, float low = -kInfinity, float high = kInfinity) {
  const char *given = getenv("NNCC_MATH_STRIDE");
  const uint64_t stride = given ? strtoull(given, nullptr, 10) : 4099;
  std::vector<std::unique_ptr<Compiled>> widths;
  std::vector<double> worst;
  std::vector<float> where;
  for (const planning::TargetFacts &target : test::hostTargets()) {
    widths.push_back(std::make_unique<Compiled>(function, target));
    worst.push_back(0);
    where.push_back(0);
  }
  std::vector<float> x;
  auto flush = [&] {
    if (x.empty())
      return;
    std::vector<double> expected;
    for (float value : x)
      expected.push_back(exact(value));
    for (size_t w = 0; w < widths.size(); ++w) {
      std::vector<float> y = (*widths[w])(x);
      for (size_t i = 0; i < x.size(); ++i)
        if (double error = ulps(y[i], expected[i]); error > worst[w]) {
          worst[w] = error;
          where[w] = x[i];
        }
    }
    x.clear();
  };
  auto take = [&](float value) {
    if ((value < low || value > high) && !std::isnan(value))
      return;
    x.push_back(value);
    if (int64_t(x.size()) == kCount)
      flush();
  };
  for (float end : {0.0f, -0.0f, 1.0f, -1.0f, kInfinity, -kInfinity, kLargest, -kLargest, kNormal, -kNormal, kNaN, -kNaN,
                    std::numeric_limits<float>::denorm_min(), -std::numeric_limits<float>::denorm_min(), low, high})
    take(end);
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += stride)
    take(std::bit_cast<float>(uint32_t(bits)));
  flush();
  for (size_t w = 0; w < widths.size(); ++w) {
    int bits = 128 << w;
    EXPECT_LE(worst[w], limit) << name << "(" << where[w] << "), vectors of " << bits << " bits";
    if (getenv("NNCC_MATH_REPORT"))
      printf("%-9s %d bits: %.3f ulp at %.9g\n", name, bits, worst[w], where[w]);
  }
}

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
/// What is below the normal numbers counts as 0: threads flush it.
double logOfNormal(double x) { return std::log(std::abs(x) < kNormal ? 0 : x); }

TEST(Math, Exp) { expectUlps("exp", emitExp, std::exp, 2); }
TEST(Math, Log) { expectUlps("log", emitLog, logOfNormal, 2); }
TEST(Math, Log1p) { expectUlps("log1p", emitLog1p, std::log1p, 2, 0, kLargest); }
TEST(Math, Tanh) { expectUlps("tanh", emitTanh, std::tanh, 2); }
TEST(Math, Expm1) { expectUlps("expm1", emitExpm1, std::expm1, 2); }
TEST(Math, Erf) { expectUlps("erf", emitErf, std::erf, 2); }
TEST(Math, Softplus) { expectUlps("softplus", emitSoftplus, softplus, 2); }
TEST(Math, Sigmoid) { expectUlps("sigmoid", emitSigmoid, sigmoid, 3); }

TEST(Math, ReluKeepsNaN) {
  for (const planning::TargetFacts &target : test::hostTargets()) {
    std::vector<float> y = Compiled(emitRelu, target)({-1, 2, kNaN});
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(y[1], 2);
    EXPECT_TRUE(std::isnan(y[2]));
  }
}

} // namespace
