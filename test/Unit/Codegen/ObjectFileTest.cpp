// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestKernels.h"
#include "nncc/Codegen/ObjectFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"

#include <dlfcn.h>

using namespace nncc::codegen;

namespace {

std::string output(const std::string &text, const std::vector<std::string> &kernels, TargetOptions options,
                   OutputKind kind, const ModuleOptions &moduleOptions = {}) {
  TestModule module(text);
  llvm::LLVMContext context;
  auto target = llvm::cantFail(Target::resolve(options));
  auto result = buildLLVMModule(*module, programOf(kernels), context, target, moduleOptions);
  if (!result) {
    ADD_FAILURE() << textOf(result.takeError());
    return "";
  }
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (llvm::Error error = writeModule(**result, target, kind, stream))
    ADD_FAILURE() << textOf(std::move(error));
  return bytes.str().str();
}

TEST(ObjectFile, OnlyTheTablesAreVisible) {
  std::string ir = output("module {" + addKernel("k") + "}", {"k"}, {}, OutputKind::LLVMIR, {.withMain = true});
  EXPECT_TRUE(contains(ir, "@nncc_programs_table = "));
  EXPECT_TRUE(contains(ir, "define internal void @k("));
  EXPECT_TRUE(contains(ir, "@nncc_runtime_main(i32 %0, ptr %1, ptr nonnull @nncc_programs_table, ptr nonnull @nncc.commands)"));
  // The program has `predict` alone.
  EXPECT_TRUE(contains(ir, "[3 x ptr] [ptr @nncc_command_predict, ptr @nncc_command_benchmark, ptr null]"));
}

TEST(ObjectFile, BasesAreApartAndAligned) {
  std::string ir = output("module {" + addKernel("k") + "}", {"k"}, {}, OutputKind::LLVMIR);
  EXPECT_TRUE(contains(ir, "@k(ptr noalias noundef nonnull align 64"));
}

#if defined(__x86_64__)
TEST(ObjectFile, VectorsAsWideAsTheTarget) {
  std::string text = "module {" + addKernel("k") + "}";
  struct Case {
    const char *cpu, *features, *has, *hasNot;
  } cases[] = {
      {"x86-64", "", "xmm", "ymm"},         {"x86-64-v3", "", "ymm", "zmm"},
      {"x86-64-v4", "", "zmm", "nothing"},  {"x86-64-v4", "+avx2,-avx512f", "ymm", "zmm"},
      {"skylake-avx512", "", "zmm", "ymm"}, {"x86-64-v4", "+prefer-256-bit", "ymm", "zmm"},
  };
  for (const Case &c : cases) {
    SCOPED_TRACE(std::string(c.cpu) + " " + c.features);
    std::string assembly = output(text, {"k"}, {"", c.cpu, c.features, 3}, OutputKind::Assembly);
    EXPECT_TRUE(contains(assembly, c.has));
    EXPECT_EQ(assembly.find(c.hasNot), std::string::npos);
  }
}

TEST(ObjectFile, NoLibraryCallForAFusedMultiplyAdd) {
  std::string text = "module { func.func @k" + kSignature + R"mlir( {
    %c0 = arith.constant 0 : index
    %p = memref.reinterpret_cast %parameters to offset: [0], sizes: [48], strides: [1] : memref<1xf32> to memref<48xf32>
    %x = vector.load %p[%c0] : memref<48xf32>, vector<16xf32>
    %y = vector.fma %x, %x, %x : vector<16xf32>
    vector.store %y, %p[%c0] : memref<48xf32>, vector<16xf32>
    return
  } })mlir";
  std::string plain = output(text, {"k"}, {"", "x86-64", "", 3}, OutputKind::Assembly);
  EXPECT_TRUE(contains(plain, "mulps"));
  EXPECT_EQ(plain.find("fmaf"), std::string::npos);
  EXPECT_TRUE(contains(output(text, {"k"}, {"", "x86-64-v3", "", 3}, OutputKind::Assembly), "vfmadd"));
}
#endif

TEST(ObjectFile, OtherArchitecture) {
  std::string assembly =
      output("module {" + addKernel("k") + "}", {"k"}, {"aarch64-linux-gnu", "", "", 3}, OutputKind::Assembly);
  EXPECT_TRUE(contains(assembly, "fadd\tv"));
}

TEST(ObjectFile, LinkedAndLoaded) {
  auto driver = llvm::sys::findProgramByName("c++");
  if (!driver)
    GTEST_SKIP() << "no c++ to link with";
  std::string object = output("module {" + addKernel("k") + "}", {"k"}, {}, OutputKind::Object);
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("nncc-object", folder));
  auto clean = llvm::scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  std::string objectPath = (folder + "/k.o").str(), libraryPath = (folder + "/libk.so").str();
  std::error_code code;
  llvm::raw_fd_ostream(objectPath, code) << object;
  ASSERT_FALSE(code);
  llvm::StringRef arguments[] = {*driver, "-shared", "-o", libraryPath, objectPath, "-lm"};
  ASSERT_EQ(llvm::sys::ExecuteAndWait(*driver, arguments), 0);

  void *library = dlopen(libraryPath.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  auto *program = static_cast<const nncc_program *>(dlsym(library, NNCC_PROGRAM_SYMBOL));
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(dlsym(library, "k"), nullptr);
  Buffer arena(3136), other(64);
  for (int i = 0; i < 256; ++i)
    arena.floats(64)[i] = arena.floats(1088)[i] = float(i);
  program->entries[NNCC_ENTRY_PREDICT]->steps[0].kernel(arena.data, other.floats(), other.floats(), other.floats(), 1, 0, 16, 0);
  for (int i = 0; i < 256; ++i)
    EXPECT_EQ(arena.floats(2112)[i], 2.f * float(i));
  dlclose(library);
}

} // namespace
