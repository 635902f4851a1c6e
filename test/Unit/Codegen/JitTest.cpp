// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include "nncc/Codegen/Jit.h"

#include <cmath>
#include <cstring>

using namespace nncc::codegen;

namespace {

std::unique_ptr<JitProgram> compile(TestModule &module, const std::vector<std::string> &kernels,
                                    const TargetOptions &options = {}) {
  auto jit = JitProgram::create(*module, programOf(kernels), options);
  if (!jit) {
    ADD_FAILURE() << textOf(jit.takeError());
    return nullptr;
  }
  return std::move(*jit);
}

/// Runs the first step of predict on units [begin, end).
void run(const JitProgram &jit, Buffer &arena, int64_t begin, int64_t end, Buffer *parameters = nullptr) {
  Buffer other(64);
  float *base = parameters ? parameters->floats() : other.floats();
  jit.program()->entries[NNCC_ENTRY_PREDICT]->steps[0].kernel(arena.data, base, other.floats(), other.floats(), 1, begin,
                                                              end, 0);
}

TEST(Jit, AddsVectorsAtEveryLevel) {
  for (int level = 0; level <= 3; ++level) {
    SCOPED_TRACE("-O" + std::to_string(level));
    TestModule module("module {" + addKernel("predict.0") + "}");
    auto jit = compile(module, {"predict.0"}, {"", "", "", level});
    ASSERT_TRUE(jit);
    Buffer arena(3136);
    for (int i = 0; i < 256; ++i) {
      arena.floats(64)[i] = float(i);
      arena.floats(1088)[i] = 1000;
    }
    run(*jit, arena, 2, 5);
    for (int i = 0; i < 256; ++i)
      EXPECT_EQ(arena.floats(2112)[i], i >= 32 && i < 80 ? 1000.f + float(i) : 0.f) << i;
  }
}

TEST(Jit, FillsInTheTarget) {
  TestModule module("module {" + addKernel("k") + "}");
  auto jit = compile(module, {"k"});
  ASSERT_TRUE(jit);
  auto host = llvm::cantFail(Target::resolve({}));
  EXPECT_EQ(jit->program()->cpu, host.cpu());
  EXPECT_EQ(jit->program()->cpu_features, host.requiredFeatures());
}

TEST(Jit, ManyKernelsWithAConstantAndAHelper) {
  // Several kernels are compiled in parts; the private function and the constant are in each part that needs them.
  std::string text = "module { memref.global \"private\" constant @table : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>\n"
                     "func.func private @twice(%x: f32) -> f32 { %y = arith.addf %x, %x : f32  return %y : f32 }\n";
  std::vector<std::string> kernels;
  for (int i = 0; i < 6; ++i) {
    std::string number = std::to_string(i);
    kernels.push_back("k." + number);
    text += "func.func @k." + number + kSignature + R"mlir( {
      %table = memref.get_global @table : memref<4xf32>
      %two = arith.constant 2 : index
      %x = memref.load %table[%two] : memref<4xf32>
      %y = func.call @twice(%x) : (f32) -> f32
      %n = arith.constant )mlir" + number + R"mlir(.0 : f32
      %z = arith.addf %y, %n : f32
      %zero = arith.constant 0 : index
      memref.store %z, %parameters[%zero] : memref<1xf32>
      return
    })mlir";
  }
  TestModule module(text + "}");
  auto jit = compile(module, kernels);
  ASSERT_TRUE(jit);
  const nncc_entry &entry = *jit->program()->entries[NNCC_ENTRY_PREDICT];
  ASSERT_EQ(entry.step_count, 6);
  for (int i = 0; i < 6; ++i) {
    Buffer arena(64), parameters(64), other(64);
    entry.steps[i].kernel(arena.data, parameters.floats(), other.floats(), other.floats(), 1, 0, 1, 0);
    EXPECT_EQ(parameters.floats()[0], 6.f + float(i));
  }
}

TEST(Jit, SameBitsForAllVectorWidths) {
  // exp and a contraction, in scalar code that LLVM vectorises as it likes.
  std::string text = "module { func.func @k" + kSignature + R"mlir( {
    %c1 = arith.constant 1 : index
    %p = memref.reinterpret_cast %parameters to offset: [0], sizes: [100], strides: [1] : memref<1xf32> to memref<100xf32>
    scf.for %i = %begin to %end step %c1 {
      %x = memref.load %p[%i] : memref<100xf32>
      %e = math.exp %x : f32
      %m = arith.mulf %e, %x : f32
      %s = arith.addf %m, %x : f32
      memref.store %s, %p[%i] : memref<100xf32>
    }
    return
  } })mlir";
  auto result = [&](const std::string &features, std::vector<int64_t> cuts) {
    TestModule module(text);
    auto jit = compile(module, {"k"}, {"", "", features, 3});
    Buffer arena(64), parameters(400);
    for (int i = 0; i < 100; ++i)
      parameters.floats()[i] = std::sin(float(i));
    for (size_t i = 0; jit && i + 1 < cuts.size(); ++i)
      run(*jit, arena, cuts[i], cuts[i + 1], &parameters);
    return std::vector<float>(parameters.floats(), parameters.floats() + 100);
  };
  std::vector<float> whole = result("", {0, 100});
  EXPECT_NE(whole[50], std::sin(50.f));
  // Which thread does which units changes nothing.
  EXPECT_EQ(std::memcmp(whole.data(), result("", {0, 3, 4, 37, 64, 99, 100}).data(), 400), 0);
#if defined(__x86_64__)
  if (llvm::cantFail(Target::resolve({})).facts().vectorBits == 512)
    EXPECT_EQ(std::memcmp(whole.data(), result("-avx512f", {0, 100}).data(), 400), 0);
#endif
}

TEST(Jit, Errors) {
  TestModule module("module {" + addKernel("k") + "}");
  auto missing = JitProgram::create(*module, programOf({"k", "other"}));
  ASSERT_FALSE(!!missing);
  EXPECT_TRUE(contains(textOf(missing.takeError()), "names the kernel 'other', which the module doesn't have"));

  TestModule cross("module {" + addKernel("k") + "}");
  auto foreign = JitProgram::create(*cross, programOf({"k"}), {"aarch64-linux-gnu", "", "", 2});
  ASSERT_FALSE(!!foreign);
  EXPECT_TRUE(contains(textOf(foreign.takeError()), "cannot run in this process"));

#if defined(__x86_64__)
  TestModule future("module {" + addKernel("k") + "}");
  // Only on machines that lack it.
  if (llvm::cantFail(Target::resolve({})).requiredFeatures().find("avx512bf16") == std::string::npos) {
    auto lacking = JitProgram::create(*future, programOf({"k"}), {"", "", "+avx512bf16", 2});
    ASSERT_FALSE(!!lacking);
    EXPECT_TRUE(contains(textOf(lacking.takeError()), "this processor has no 'avx512"));
  }
#endif
}

TEST(Jit, AnOperationWithoutLoweringIsAnInternalError) {
  TestModule module("module { func.func @k" + kSignature + R"mlir( {
    %x = memref.alloc(%batch) : memref<?xf32>
    %v = memref.load %x[%begin] : memref<?xf32>
    memref.store %v, %parameters[%begin] : memref<1xf32>
    return
  } })mlir");
  auto jit = JitProgram::create(*module, programOf({"k"}));
  ASSERT_FALSE(!!jit);
  EXPECT_TRUE(contains(textOf(jit.takeError()), "internal error: lowering to LLVM failed: "));
}

} // namespace
