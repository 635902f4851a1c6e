// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Kernels/Contraction/MatrixUnit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace nncc::kernels {

namespace {
constexpr int64_t bytesOfF32 = 4, bytesOfBF16 = 2;
}

Value MatrixUnit::number(int64_t value, unsigned bits) const {
  return arith::ConstantOp::create(emit.builder, emit.loc, emit.builder.getIntegerAttr(emit.builder.getIntegerType(bits), value));
}

Value MatrixUnit::address(Value memory, Value position, int64_t elementBytes) const {
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(emit.builder, emit.loc, memory);
  auto strides = cast<MemRefType>(memory.getType()).getStridesAndOffset();
  Value element = emit.add(position, ShapedType::isStatic(strides.second) ? strides.second : 0);
  Value sum = emit.add(base, emit.mul(element, elementBytes));
  Value integer = arith::IndexCastOp::create(emit.builder, emit.loc, emit.builder.getI64Type(), sum);
  return LLVM::IntToPtrOp::create(emit.builder, emit.loc, LLVM::LLVMPointerType::get(emit.builder.getContext()), integer);
}

Value MatrixUnit::call(StringRef intrinsic, ValueRange operands, bool hasResult) const {
  Type tile = LLVM::LLVMX86AMXType::get(emit.builder.getContext());
  auto name = emit.builder.getStringAttr("llvm.x86." + intrinsic + ".internal");
  if (!hasResult) {
    LLVM::CallIntrinsicOp::create(emit.builder, emit.loc, name, operands);
    return {};
  }
  return LLVM::CallIntrinsicOp::create(emit.builder, emit.loc, tile, name, operands).getResults();
}

Value MatrixUnit::zero() const {
  return call("tilezero", {number(rows, 16), number(columns * bytesOfF32, 16)});
}

Value MatrixUnit::loadA(Value memory, Value position, int64_t stride) const {
  return call("tileloadd64", {number(rows, 16), number(depth * bytesOfBF16, 16), address(memory, position, bytesOfBF16),
                              number(stride * bytesOfBF16, 64)});
}

Value MatrixUnit::loadB(Value memory, Value position) const {
  int64_t rowBytes = columns * 2 * bytesOfBF16;
  return call("tileloadd64", {number(depth / 2, 16), number(rowBytes, 16), address(memory, position, bytesOfBF16),
                              number(rowBytes, 64)});
}

Value MatrixUnit::multiplyAdd(Value a, Value b, Value c) const {
  return call("tdpbf16ps", {number(rows, 16), number(columns * bytesOfF32, 16), number(depth * bytesOfBF16, 16), c, a, b});
}

void MatrixUnit::store(Value c, Value memory, Value position, int64_t stride) const {
  call("tilestored64",
       {number(rows, 16), number(columns * bytesOfF32, 16), address(memory, position, bytesOfF32),
        number(stride * bytesOfF32, 64), c},
       /*hasResult=*/false);
}

} // namespace nncc::kernels
