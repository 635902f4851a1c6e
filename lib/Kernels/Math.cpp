// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elementary functions by polynomials.
#include "nncc/Kernels/Math.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

/// c[0] * x^n + c[1] * x^(n-1) + ... + c[n], by Horner's scheme.
Value polynomial(Emit &emit, Value x, ArrayRef<double> coefficients) {
  Value result = emit.constant(x.getType(), coefficients.front());
  for (double coefficient : coefficients.drop_front())
    result = emit.fma(result, x, coefficient);
  return result;
}

Value bits(Emit &emit, Value x) {
  return arith::BitcastOp::create(emit.builder, emit.loc, Emit::retype(x.getType(), emit.builder.getI32Type()), x);
}
Value fromBits(Emit &emit, Value x) {
  return arith::BitcastOp::create(emit.builder, emit.loc, Emit::retype(x.getType(), emit.builder.getF32Type()), x);
}

/// 2^n for an integer -126 <= n <= 127.
Value powerOfTwo(Emit &emit, Value n) {
  Value biased = emit.add(n, emit.integer(n.getType(), 127));
  return fromBits(emit, arith::ShLIOp::create(emit.builder, emit.loc, biased, emit.integer(n.getType(), 23)));
}

// ln 2 as a sum of two numbers, the first with few enough bits that its product with an exponent is exact.
constexpr double kLn2High = 0.693359375, kLn2Low = -2.12194440e-4;

} // namespace

Value kernels::emitExp(Emit &emit, Value x) {
  Type type = x.getType();
  // 1. Outside of this range the result is 0 or infinity, and the exponent below would overflow.
  x = emit.clamp(x, -104.0, 89.0);
  // 2. n = x / ln 2 rounded: adding 1.5 * 2^23 leaves it in the low bits of the sum (no conversion, so a NaN is no
  //    undefined behaviour).
  constexpr double magic = 12582912.0;
  Value shifted = emit.fma(x, emit.constant(type, 1.44269504088896341), magic);
  Value n = emit.addf(shifted, -magic);
  Value exponent = emit.sub(bits(emit, shifted), bits(emit, emit.constant(type, magic)));
  // 3. e^r of the rest |r| <= ln 2 / 2.
  Value r = emit.fma(n, emit.constant(type, -kLn2High), x);
  r = emit.fma(n, emit.constant(type, -kLn2Low), r);
  Value p = polynomial(emit, r,
                       {1.9875691500E-4, 1.3981999507E-3, 8.3334519073E-3, 4.1665795894E-2, 1.6666665459E-1,
                        5.0000001201E-1});
  p = emit.addf(emit.fma(emit.mulf(r, r), p, r), 1.0);
  // 4. Times 2^n in two steps: n may be one beyond the exponents of normal numbers on either side.
  Value half = arith::ShRSIOp::create(emit.builder, emit.loc, exponent, emit.integer(exponent.getType(), 1));
  Value rest = emit.sub(exponent, half);
  return emit.mulf(emit.mulf(p, powerOfTwo(emit, half)), powerOfTwo(emit, rest));
}

Value kernels::emitLog(Emit &emit, Value x) {
  Type type = x.getType();
  // 1. x = m * 2^e with sqrt(1/2) <= m < sqrt(2).
  Value raw = bits(emit, x);
  Type intType = raw.getType();
  Value offset = emit.sub(raw, emit.integer(intType, 0x3F3504F3)); // sqrt(1/2)
  Value e = arith::ShRSIOp::create(emit.builder, emit.loc, offset, emit.integer(intType, 23));
  Value mantissa = arith::AndIOp::create(emit.builder, emit.loc, offset, emit.integer(intType, 0x007FFFFF));
  Value m = fromBits(emit, emit.add(mantissa, emit.integer(intType, 0x3F3504F3)));
  Value exponent = arith::SIToFPOp::create(emit.builder, emit.loc, type, e);
  // 2. log(1 + f) = f - f^2 / 2 + f^3 p(f).
  Value f = emit.addf(m, -1.0);
  Value z = emit.mulf(f, f);
  Value p = polynomial(emit, f,
                       {7.0376836292E-2, -1.1514610310E-1, 1.1676998740E-1, -1.2420140846E-1, 1.4249322787E-1,
                        -1.6668057665E-1, 2.0000714765E-1, -2.4999993993E-1, 3.3333331174E-1});
  Value y = emit.mulf(emit.mulf(f, z), p);
  y = emit.fma(exponent, emit.constant(type, kLn2Low), y);
  y = emit.fma(z, emit.constant(type, -0.5), y);
  y = emit.fma(exponent, emit.constant(type, kLn2High), emit.addf(f, y));
  // 3. Infinity and NaN stay.
  Value infinity = emit.constant(type, std::numeric_limits<double>::infinity());
  Value finite = emit.compare(arith::CmpFPredicate::OLT, x, infinity);
  return emit.select(finite, y, x);
}

Value kernels::emitLog1p(Emit &emit, Value x) {
  Value w = emit.addf(x, 1.0);
  Value lost = emit.subf(x, emit.addf(w, -1.0)); // what rounding 1 + x dropped
  return emit.addf(emitLog(emit, w), emit.divf(lost, w));
}

Value kernels::emitTanh(Emit &emit, Value x) {
  Type type = x.getType();
  Value magnitude = emit.absf(x);
  // Small arguments: an odd polynomial.
  Value z = emit.mulf(x, x);
  Value p = polynomial(emit, z,
                       {-5.70498872745E-3, 2.06390887954E-2, -5.37397155531E-2, 1.33314422036E-1, -3.33332819422E-1});
  Value small = emit.fma(emit.mulf(p, z), x, x);
  // Others: 1 - 2 / (e^(2|x|) + 1), with the sign of x.
  Value e = emitExp(emit, emit.addf(magnitude, magnitude));
  Value large = emit.subf(1.0, emit.divf(2.0, emit.addf(e, 1.0)));
  large = math::CopySignOp::create(emit.builder, emit.loc, large, x);
  return emit.select(emit.compare(arith::CmpFPredicate::OLT, magnitude, emit.constant(type, 0.625)), small, large);
}

Value kernels::emitSigmoid(Emit &emit, Value x) {
  return emit.divf(1.0, emit.addf(emitExp(emit, emit.negf(x)), 1.0));
}

Value kernels::emitRelu(Emit &emit, Value x) { return emit.maximum(emit.constant(x.getType(), 0.0), x); }

Value kernels::emitActivation(Emit &emit, nn::Activation function, Value x) {
  switch (function) {
  case nn::Activation::Linear:
    return x;
  case nn::Activation::Relu:
    return emitRelu(emit, x);
  case nn::Activation::Sigmoid:
    return emitSigmoid(emit, x);
  case nn::Activation::Tanh:
    return emitTanh(emit, x);
  }
  llvm_unreachable("unknown activation");
}

Value kernels::emitActivationGradient(Emit &emit, nn::Activation function, Value y, Value gradient) {
  Value zero = emit.constant(y.getType(), 0.0);
  switch (function) {
  case nn::Activation::Linear:
    return gradient;
  case nn::Activation::Relu:
    return emit.select(emit.compare(arith::CmpFPredicate::OGT, y, zero), gradient, zero);
  case nn::Activation::Sigmoid:
    return emit.mulf(gradient, emit.mulf(y, emit.subf(1.0, y)));
  case nn::Activation::Tanh:
    return emit.mulf(gradient, emit.subf(1.0, emit.mulf(y, y)));
  }
  llvm_unreachable("unknown activation");
}

int64_t kernels::activationFlops(nn::Activation function) {
  switch (function) {
  case nn::Activation::Linear:
    return 0;
  case nn::Activation::Relu:
    return 1;
  case nn::Activation::Sigmoid:
  case nn::Activation::Tanh:
    return 4;
  }
  llvm_unreachable("unknown activation");
}
