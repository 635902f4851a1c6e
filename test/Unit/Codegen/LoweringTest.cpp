// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What kernels may be made of: each is lowered, compiled and run.

#include "TestKernels.h"
#include "nncc/Codegen/Jit.h"

#include <cmath>

using namespace nncc::codegen;

namespace {

/// Runs a kernel of a body that sees `%p`, the parameters as memref<256xf32>, on p[i] = i.
std::vector<float> run(const std::string &body, const std::string &features = "") {
  TestModule module("#id = affine_map<(i, j) -> (i, j)>\n#row = affine_map<(i, j) -> (i)>\nmodule { func.func @k" + kSignature +
                    " {\n%p = memref.reinterpret_cast %parameters to offset: [0], sizes: [256], strides: [1] : memref<1xf32> "
                    "to memref<256xf32>\n" + body + "\nreturn\n} }");
  auto jit = JitProgram::create(*module, programOf({"k"}), {"", "", features, 3});
  if (!jit) {
    ADD_FAILURE() << textOf(jit.takeError());
    return std::vector<float>(256);
  }
  Buffer arena(64), parameters(1024), other(64);
  for (int i = 0; i < 256; ++i)
    parameters.floats()[i] = float(i);
  (*jit)->program()->entries[0]->steps[0].kernel(arena.data, parameters.floats(), other.floats(), other.floats(), 4, 0, 1, 0);
  return std::vector<float>(parameters.floats(), parameters.floats() + 256);
}

TEST(Lowering, LinalgOnViews) {
  // Row sums of a 4 x 8 view of 32 floats, with a dynamic extent (the batch).
  auto p = run(R"mlir(
    %matrix = memref.reinterpret_cast %p to offset: [0], sizes: [%batch, 8], strides: [8, 1] : memref<256xf32> to memref<?x8xf32>
    %sums = memref.reinterpret_cast %p to offset: [64], sizes: [%batch], strides: [1] : memref<256xf32> to memref<?xf32, strided<[1], offset: 64>>
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%sums : memref<?xf32, strided<[1], offset: 64>>)
    linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%matrix : memref<?x8xf32>) outs(%sums : memref<?xf32, strided<[1], offset: 64>>) {
    ^bb0(%x: f32, %sum: f32):
      %s = arith.addf %x, %sum : f32
      linalg.yield %s : f32
    })mlir");
  for (int row = 0; row < 4; ++row)
    EXPECT_EQ(p[64 + row], 64.f * float(row) + 28);
  EXPECT_EQ(p[68], 68);
}

TEST(Lowering, NamedLinalgAndStridedCopy) {
  auto p = run(R"mlir(
    %a = memref.reinterpret_cast %p to offset: [0], sizes: [4, 4], strides: [4, 1] : memref<256xf32> to memref<4x4xf32>
    %c = memref.reinterpret_cast %p to offset: [32], sizes: [4, 4], strides: [4, 1] : memref<256xf32> to memref<4x4xf32, strided<[4, 1], offset: 32>>
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%c : memref<4x4xf32, strided<[4, 1], offset: 32>>)
    linalg.matmul ins(%a, %a : memref<4x4xf32>, memref<4x4xf32>) outs(%c : memref<4x4xf32, strided<[4, 1], offset: 32>>)
    %inner = memref.subview %c[1, 1][2, 2][1, 1] : memref<4x4xf32, strided<[4, 1], offset: 32>> to memref<2x2xf32, strided<[4, 1], offset: 37>>
    %d = memref.reinterpret_cast %p to offset: [100], sizes: [2, 2], strides: [2, 1] : memref<256xf32> to memref<2x2xf32, strided<[2, 1], offset: 100>>
    memref.copy %inner, %d : memref<2x2xf32, strided<[4, 1], offset: 37>> to memref<2x2xf32, strided<[2, 1], offset: 100>>
  )mlir");
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      float sum = 0;
      for (int k = 0; k < 4; ++k)
        sum += float(4 * i + k) * float(4 * k + j);
      EXPECT_EQ(p[32 + 4 * i + j], sum);
    }
  EXPECT_EQ(p[100], p[37]);
  EXPECT_EQ(p[103], p[42]);
}

TEST(Lowering, TransfersWithMasksAndSeveralAxes) {
  auto p = run(R"mlir(
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %pad = arith.constant -1.0 : f32
    %m = memref.reinterpret_cast %p to offset: [0], sizes: [3, 6], strides: [6, 1] : memref<256xf32> to memref<3x6xf32>
    %v = vector.transfer_read %m[%c0, %c2], %pad : memref<3x6xf32>, vector<4x8xf32>
    %t = vector.transpose %v, [1, 0] : vector<4x8xf32> to vector<8x4xf32>
    %o = memref.reinterpret_cast %p to offset: [64], sizes: [8, 4], strides: [4, 1] : memref<256xf32> to memref<8x4xf32, strided<[4, 1], offset: 64>>
    vector.transfer_write %t, %o[%c0, %c0] {in_bounds = [true, true]} : vector<8x4xf32>, memref<8x4xf32, strided<[4, 1], offset: 64>>
    %tail = vector.create_mask %c2 : vector<8xi1>
    %none = arith.constant dense<-2.0> : vector<8xf32>
    %x = vector.maskedload %p[%c2], %tail, %none : memref<256xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
    %c128 = arith.constant 128 : index
    vector.store %x, %p[%c128] : memref<256xf32>, vector<8xf32>
  )mlir");
  // Outside of the matrix is the padding.
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 4; ++j)
      EXPECT_EQ(p[64 + 4 * i + j], j < 3 && i + 2 < 6 ? float(6 * j + i + 2) : -1.f) << i << ", " << j;
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(p[128 + i], i < 2 ? float(2 + i) : -2.f);
}

TEST(Lowering, ReductionKeepsItsOrder) {
  auto p = run(R"mlir(
    %c0 = arith.constant 0 : index
    %v = vector.load %p[%c0] : memref<256xf32>, vector<16xf32>
    %s = vector.reduction <add>, %v : vector<16xf32> into f32
    %i = vector.reduction <maximumf>, %v : vector<16xf32> into f32
    %c100 = arith.constant 100 : index
    %c101 = arith.constant 101 : index
    memref.store %s, %p[%c100] : memref<256xf32>
    memref.store %i, %p[%c101] : memref<256xf32>
  )mlir");
  EXPECT_EQ(p[100], 120);
  EXPECT_EQ(p[101], 15);
}

TEST(Lowering, MathThatLLVMLacks) {
  auto p = run(R"mlir(
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %v = vector.load %p[%c0] : memref<256xf32>, vector<4xf32>
    %e = math.erf %v : vector<4xf32>
    vector.store %e, %p[%c16] : memref<256xf32>, vector<4xf32>
    %c20 = arith.constant 20 : index
    %l = math.log1p %v : vector<4xf32>
    vector.store %l, %p[%c20] : memref<256xf32>, vector<4xf32>
    %c24 = arith.constant 24 : index
    %t = math.tanh %v : vector<4xf32>
    vector.store %t, %p[%c24] : memref<256xf32>, vector<4xf32>
  )mlir");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(p[16 + i], std::erf(float(i)));
    EXPECT_EQ(p[20 + i], std::log1p(float(i)));
    EXPECT_EQ(p[24 + i], std::tanh(float(i)));
  }
}

TEST(Lowering, CompressAndIntegers) {
  // What the sparse backward kernels use: a compressing store, bytes, index arithmetic, while loops.
  auto p = run(R"mlir(
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %c3 = arith.constant 3 : index
    %v = vector.load %p[%c0] : memref<256xf32>, vector<16xf32>
    %limit = arith.constant dense<9.5> : vector<16xf32>
    %mask = arith.cmpf ogt, %v, %limit : vector<16xf32>
    vector.compressstore %p[%c64], %mask, %v : memref<256xf32>, vector<16xi1>, vector<16xf32>
    %count = scf.while (%i = %c0) : (index) -> index {
      %go = arith.cmpi ult, %i, %c3 : index
      scf.condition(%go) %i : index
    } do {
    ^bb0(%i: index):
      %n = arith.addi %i, %c1 : index
      scf.yield %n : index
    }
    %quotient = arith.ceildivsi %c64, %count : index
    %q32 = arith.index_cast %quotient : index to i32
    %qf = arith.sitofp %q32 : i32 to f32
    %c80 = arith.constant 80 : index
    memref.store %qf, %p[%c80] : memref<256xf32>
  )mlir");
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(p[64 + i], 10.f + float(i));
  EXPECT_EQ(p[70], 70);
  EXPECT_EQ(p[80], 22);
}

TEST(Lowering, ScratchOnTheStack) {
  auto p = run(R"mlir(
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %s = memref.alloca() : memref<16xf32>
    %v = vector.load %p[%c1] : memref<256xf32>, vector<16xf32>
    vector.store %v, %s[%c0] : memref<16xf32>, vector<16xf32>
    %x = memref.load %s[%c1] : memref<16xf32>
    memref.store %x, %p[%c0] : memref<256xf32>
  )mlir");
  EXPECT_EQ(p[0], 2);
}

} // namespace
