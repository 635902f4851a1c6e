// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_MATRIXUNIT_H
#define NNCC_KERNELS_CONTRACTION_MATRIXUNIT_H

#include "nncc/Kernels/Contraction/ContractionEmit.h"

namespace nncc::kernels {

/// The tile registers of Intel's AMX: C [16, 16] f32 += A [16, depth] bf16 * B [depth, 16] bf16, the products summed in f32.
/// Of B, pairs of rows lie interleaved in memory: [depth / 2][16][2]. Emitted as LLVM's own intrinsics, which know no
/// memref: MLIR's AMX dialect cannot carry a tile through a loop in LLVM 22.
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18.
class MatrixUnit {
public:
  static constexpr int64_t rows = 16, columns = 16, mostDepth = 32;

  /// depth <= mostDepth, even.
  MatrixUnit(const ContractionEmit &emit, int64_t depth) : emit(emit), depth(depth) {}

  mlir::Value zero() const;
  /// A tile of a flat memref of bf16, its rows `stride` elements apart.
  mlir::Value loadA(mlir::Value memory, mlir::Value position, int64_t stride) const;
  mlir::Value loadB(mlir::Value memory, mlir::Value position) const;
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c) const;
  /// To a flat memref of f32.
  void store(mlir::Value c, mlir::Value memory, mlir::Value position, int64_t stride) const;

private:
  const ContractionEmit &emit;
  int64_t depth;

  mlir::Value number(int64_t value, unsigned bits) const;
  /// Address of an element, as an LLVM pointer.
  mlir::Value address(mlir::Value memory, mlir::Value position, int64_t elementBytes) const;
  mlir::Value call(llvm::StringRef intrinsic, mlir::ValueRange operands, bool hasResult = true) const;
};

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_MATRIXUNIT_H
