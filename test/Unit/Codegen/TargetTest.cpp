// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include "nncc/Codegen/Target.h"
#include "nncc/Runtime/Core/Cpu.h"

#include "llvm/Target/TargetMachine.h"

using namespace nncc::codegen;

namespace {

Target resolve(TargetOptions options) {
  auto target = Target::resolve(options);
  if (!target) {
    ADD_FAILURE() << textOf(target.takeError());
    std::abort();
  }
  return *target;
}

std::string errorOf(TargetOptions options) {
  auto target = Target::resolve(options);
  if (target)
    return "";
  return textOf(target.takeError());
}

TEST(Target, HostHasVectors) {
  Target host = resolve({});
  EXPECT_TRUE(host.isHostArchitecture());
  EXPECT_GE(host.facts().vectorBits, 128);
  EXPECT_GE(host.facts().l1Bytes, 8 * 1024);
  EXPECT_GE(host.facts().l2Bytes, host.facts().l1Bytes);
  EXPECT_EQ(resolve({"", "native", "", 3}).requiredFeatures(), host.requiredFeatures());
}

#if defined(__x86_64__)

TEST(Target, VectorWidthFollowsFeatures) {
  struct Case {
    const char *cpu, *features;
    int64_t bits, registers;
    bool fma;
  } cases[] = {
      {"x86-64", "", 128, 16, false},
      {"x86-64-v2", "", 128, 16, false},
      {"x86-64-v3", "", 256, 16, true},
      {"x86-64-v4", "", 512, 32, true},
      {"znver4", "", 512, 32, true},
      {"skylake-avx512", "", 512, 32, true}, // although LLVM itself prefers 256 bits there
      {"x86-64", "+avx2", 256, 16, false},
      {"x86-64", "+avx2,+fma", 256, 16, true},
      {"x86-64-v4", "+avx2,-avx512f", 256, 16, true},
      {"x86-64-v4", "-avx", 128, 16, false},
      {"x86-64-v4", "+prefer-256-bit", 256, 32, true},
      {"x86-64-v4", "+prefer-128-bit", 128, 32, true},
  };
  for (const Case &c : cases) {
    SCOPED_TRACE(std::string(c.cpu) + " " + c.features);
    CpuFacts facts = resolve({"", c.cpu, c.features, 3}).facts();
    EXPECT_EQ(facts.vectorBits, c.bits);
    EXPECT_EQ(facts.vectorRegisters, c.registers);
    EXPECT_EQ(facts.fma, c.fma);
  }
}

TEST(Target, ChangesOfTheHost) {
  CpuFacts facts = resolve({"", "", "+avx2,-avx512f", 3}).facts();
  EXPECT_EQ(facts.vectorBits, 256);
  EXPECT_EQ(facts.vectorRegisters, 16);
  EXPECT_EQ(resolve({"", "", "-avx", 3}).facts().vectorBits, 128);
}

TEST(Target, CodeForOthersDoesNotDependOnThisMachine) {
  for (const char *cpu : {"x86-64-v3", "znver4"}) {
    CpuFacts facts = resolve({"", cpu, "", 3}).facts();
    EXPECT_EQ(facts.l1Bytes, CpuFacts().l1Bytes);
    EXPECT_EQ(facts.l2Bytes, CpuFacts().l2Bytes);
  }
}

TEST(Target, RequiredFeatures) {
  EXPECT_EQ(resolve({"", "x86-64", "", 3}).requiredFeatures(), "");
  EXPECT_EQ(resolve({"", "x86-64-v2", "", 3}).requiredFeatures(), "sse3,ssse3,sse4.1,sse4.2,popcnt");
  EXPECT_EQ(resolve({"", "x86-64-v3", "", 3}).requiredFeatures(),
            "sse3,ssse3,sse4.1,sse4.2,popcnt,avx,f16c,avx2,fma,bmi,bmi2,lzcnt");
  // What a feature implies is required too, and what follows from it goes with it.
  EXPECT_EQ(resolve({"", "x86-64", "+avx2", 3}).requiredFeatures(), "sse3,ssse3,sse4.1,sse4.2,avx,avx2");
  EXPECT_EQ(resolve({"", "x86-64-v4", "-avx512f", 3}).requiredFeatures(),
            resolve({"", "x86-64-v3", "", 3}).requiredFeatures());
}

TEST(Target, TheRuntimeKnowsEveryFeature) {
  auto has = [](llvm::StringRef feature) { return nncc_cpu_has(feature.data(), feature.size()); };
  llvm::SmallVector<llvm::StringRef> features;
  // znver5 has all that are ever enabled.
  std::string all = resolve({"", "znver5", "", 3}).requiredFeatures();
  llvm::StringRef(all).split(features, ',');
  EXPECT_EQ(features.size(), 24u);
  for (llvm::StringRef feature : features)
    EXPECT_NE(has(feature), -1) << feature.str() << " is not known to the check at the program's start";

  features.clear();
  std::string host = resolve({}).requiredFeatures();
  llvm::StringRef(host).split(features, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef feature : features)
    EXPECT_EQ(has(feature), 1) << feature.str();
}

TEST(Target, NameForTheTable) {
  EXPECT_EQ(resolve({"", "x86-64", "", 3}).cpu(), "x86-64");
  EXPECT_EQ(resolve({"", "haswell", "", 3}).cpu(), "x86-64-v3");
  EXPECT_EQ(resolve({"", "znver4", "", 3}).cpu(), "x86-64-v4");
  EXPECT_EQ(resolve({"", "znver4", "-avx512bw", 3}).cpu(), "x86-64-v3");
}

TEST(Target, OtherArchitecture) {
  Target arm = resolve({"aarch64-linux-gnu", "", "", 2});
  EXPECT_FALSE(arm.isHostArchitecture());
  EXPECT_EQ(arm.facts().vectorBits, 128);
  EXPECT_EQ(arm.facts().vectorRegisters, 32);
  EXPECT_TRUE(arm.facts().fma);
  auto machine = arm.createTargetMachine();
  ASSERT_TRUE(!!machine) << textOf(machine.takeError());
  EXPECT_TRUE(contains(errorOf({"aarch64-linux-gnu", "native", "", 3}), "not this machine's architecture"));
}

TEST(Target, WebAssembly) {
  Target wasm = resolve({"wasm32", "", "", 3});
  EXPECT_EQ(wasm.facts().vectorBits, 128);
  EXPECT_EQ(wasm.facts().vectorRegisters, 16);
  EXPECT_FALSE(wasm.facts().fma);
  auto machine = wasm.createTargetMachine();
  ASSERT_TRUE(!!machine) << textOf(machine.takeError());
  EXPECT_TRUE((*machine)->getTargetFeatureString().contains("+simd128"));
  EXPECT_FALSE((*resolve({"wasm32", "generic", "", 3}).createTargetMachine())->getTargetFeatureString().contains("+simd128"));
}

TEST(Target, Errors) {
  EXPECT_EQ(errorOf({"", "znver44", "", 3}), "-mcpu: x86_64-pc-linux-gnu has no CPU 'znver44'; did you mean 'znver4'?");
  EXPECT_TRUE(contains(errorOf({"", "quantum", "", 3}), "has no CPU 'quantum'"));
  EXPECT_TRUE(contains(errorOf({"", "pentium", "", 3}), "'pentium' is a 32-bit CPU"));
  EXPECT_TRUE(contains(errorOf({"", "", "+avx3", 3}), "has no feature 'avx3'; did you mean 'avx"));
  EXPECT_TRUE(contains(errorOf({"", "", "avx2", 3}), "expected '+feature' or '-feature', found 'avx2'"));
  EXPECT_TRUE(contains(errorOf({"pdp11", "", "", 3}), "no code generator for 'pdp11'"));
  EXPECT_TRUE(contains(errorOf({"i686-linux-gnu", "", "", 3}), "not a 64-bit little-endian architecture or wasm32"));
  EXPECT_TRUE(contains(errorOf({"", "", "", 4}), "expected a level from 0 to 3, found 4"));
}

#endif

} // namespace
