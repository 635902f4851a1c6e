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

/// The logarithm of a number that is positive and normal, infinity or a NaN.
static Value emitLogOfNormal(Emit &emit, Value x) {
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

Value kernels::emitLog(Emit &emit, Value x) {
  Type type = x.getType();
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();
  Value isNegative = emit.compare(arith::CmpFPredicate::OLE, x, emit.constant(type, -double(std::numeric_limits<float>::min())));
  Value isTiny = emit.compare(arith::CmpFPredicate::OLT, x, emit.constant(type, std::numeric_limits<float>::min()));
  Value special = emit.select(isNegative, emit.constant(type, kNaN), emit.constant(type, -kInfinity));
  return emit.select(isTiny, special, emitLogOfNormal(emit, x));
}

Value kernels::emitLog1p(Emit &emit, Value x) {
  Value w = emit.addf(x, 1.0);
  Value lost = emit.subf(x, emit.addf(w, -1.0)); // what rounding 1 + x dropped
  return emit.addf(emitLogOfNormal(emit, w), emit.divf(lost, w));
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

Value kernels::emitExpm1(Emit &emit, Value x) {
  Type type = x.getType();
  // Small arguments: x + x^2 p(x), the series. Others: nothing is lost in the difference.
  Value p = polynomial(emit, x, {1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5});
  Value small = emit.fma(emit.mulf(x, x), p, x);
  Value large = emit.addf(emitExp(emit, x), -1.0);
  return emit.select(emit.compare(arith::CmpFPredicate::OLT, emit.absf(x), emit.constant(type, 0.5)), small, large);
}

Value kernels::emitErf(Emit &emit, Value x) {
  Type type = x.getType();
  Value magnitude = emit.absf(x);
  // Small arguments: x + x p(x^2).
  Value z = emit.mulf(x, x);
  Value p = polynomial(emit, z,
                       {8.345223974255284E-5, -8.137437326753824E-4, 5.200634283048785E-3, -2.685927077413143E-2,
                        1.1283693941932844E-1, -3.7612633697090153E-1, 1.283791666423256E-1});
  Value small = emit.fma(x, p, x);
  // Others: 1 - e^-q(|x|); from 4 on that rounds to 1.
  Value t = emit.minimum(emit.constant(type, 4.0), magnitude); // keeps a NaN
  Value q = polynomial(emit, t,
                       {2.109507348046274E-5, -4.344628689258335E-4, 4.171064178828493E-3, -2.511943023366913E-2,
                        1.0828009354986151E-1, 6.333469028182965E-1, 1.1295149320834446, -1.7468475115034465E-4});
  Value large = emit.subf(1.0, emitExp(emit, emit.negf(q)));
  large = math::CopySignOp::create(emit.builder, emit.loc, large, x);
  return emit.select(emit.compare(arith::CmpFPredicate::OLT, magnitude, emit.constant(type, 0.93)), small, large);
}

Value kernels::emitSoftplus(Emit &emit, Value x) {
  Value rest = emitLog1p(emit, emitExp(emit, emit.negf(emit.absf(x))));
  return emit.addf(emitRelu(emit, x), rest);
}

/// The normal distribution, (1 + erf(x / sqrt 2)) / 2. Source: keras/activations.py, gelu (not approximate).
static Value emitNormalDistribution(Emit &emit, Value x) {
  constexpr double kInverseSqrt2 = 0.70710678118654752440;
  return emit.mulf(emit.addf(emitErf(emit, emit.mulf(x, kInverseSqrt2)), 1.0), 0.5);
}

Value kernels::emitActivation(Emit &emit, nn::Activation function, Value x) {
  Type type = x.getType();
  Value zero = emit.constant(type, 0.0);
  // x where it is positive (or a NaN), else another value.
  auto orBelow = [&](Value below) {
    return emit.select(emit.compare(arith::CmpFPredicate::OLE, x, zero), below, x);
  };
  switch (function) {
  case nn::Activation::Linear:
    return x;
  case nn::Activation::Relu:
    return emitRelu(emit, x);
  case nn::Activation::Sigmoid:
    return emitSigmoid(emit, x);
  case nn::Activation::Tanh:
    return emitTanh(emit, x);
  case nn::Activation::Relu6:
    return emit.clamp(x, 0.0, 6.0);
  case nn::Activation::LeakyRelu:
    return orBelow(emit.mulf(x, nn::kLeakyReluSlope));
  case nn::Activation::Elu:
    return orBelow(emitExpm1(emit, x));
  case nn::Activation::Selu:
    return emit.select(emit.compare(arith::CmpFPredicate::OLE, x, zero),
                       emit.mulf(emitExpm1(emit, x), nn::kSeluScale * nn::kSeluAlpha), emit.mulf(x, nn::kSeluScale));
  case nn::Activation::HardSigmoid:
    return emit.clamp(emit.addf(emit.mulf(x, 0.2), 0.5), 0.0, 1.0);
  case nn::Activation::Softplus:
    return emitSoftplus(emit, x);
  case nn::Activation::Softsign:
    return emit.divf(x, emit.addf(emit.absf(x), 1.0));
  case nn::Activation::Exponential:
    return emitExp(emit, x);
  case nn::Activation::Swish:
    return emit.mulf(x, emitSigmoid(emit, x));
  case nn::Activation::Gelu:
    return emit.mulf(x, emitNormalDistribution(emit, x));
  }
  llvm_unreachable("unknown activation");
}

Value kernels::emitActivationGradient(Emit &emit, nn::Activation function, Value y, Value gradient) {
  Type type = y.getType();
  Value zero = emit.constant(type, 0.0);
  Value positive = emit.compare(arith::CmpFPredicate::OGT, y, zero);
  auto inside = [&](double limit, Value passed) {
    Value below = emit.compare(arith::CmpFPredicate::OLT, y, emit.constant(type, limit));
    return emit.select(positive, emit.select(below, passed, zero), zero);
  };
  switch (function) {
  case nn::Activation::Linear:
    return gradient;
  case nn::Activation::Relu:
    return emit.select(positive, gradient, zero);
  case nn::Activation::Sigmoid:
    return emit.mulf(gradient, emit.mulf(y, emit.subf(1.0, y)));
  case nn::Activation::Tanh:
    return emit.mulf(gradient, emit.subf(1.0, emit.mulf(y, y)));
  case nn::Activation::Relu6:
    return inside(6.0, gradient);
  case nn::Activation::LeakyRelu:
    return emit.select(positive, gradient, emit.mulf(gradient, nn::kLeakyReluSlope));
  case nn::Activation::Elu:
    return emit.select(positive, gradient, emit.mulf(gradient, emit.addf(y, 1.0)));
  case nn::Activation::Selu:
    return emit.select(positive, emit.mulf(gradient, nn::kSeluScale),
                       emit.mulf(gradient, emit.addf(y, nn::kSeluScale * nn::kSeluAlpha)));
  case nn::Activation::HardSigmoid:
    return inside(1.0, emit.mulf(gradient, 0.2));
  case nn::Activation::Softplus:
    return emit.mulf(gradient, emit.negf(emitExpm1(emit, emit.negf(y))));
  case nn::Activation::Softsign: {
    Value rest = emit.subf(1.0, emit.absf(y));
    return emit.mulf(gradient, emit.mulf(rest, rest));
  }
  case nn::Activation::Exponential:
    return emit.mulf(gradient, y);
  case nn::Activation::Swish:
  case nn::Activation::Gelu:
    break;
  }
  llvm_unreachable("no gradient from the output");
}

Value kernels::emitActivationInputGradient(Emit &emit, nn::Activation function, Value x, Value gradient) {
  Value slope;
  if (function == nn::Activation::Swish) {
    Value s = emitSigmoid(emit, x);
    slope = emit.fma(emit.mulf(x, s), emit.subf(1.0, s), s);
  } else {
    constexpr double kInverseSqrt2Pi = 0.39894228040143267794;
    Value density = emit.mulf(emitExp(emit, emit.mulf(emit.mulf(x, x), -0.5)), kInverseSqrt2Pi);
    slope = emit.fma(x, density, emitNormalDistribution(emit, x));
  }
  return emit.mulf(gradient, slope);
}

int64_t kernels::activationFlops(nn::Activation function) {
  switch (function) {
  case nn::Activation::Linear:
    return 0;
  case nn::Activation::Relu:
  case nn::Activation::Relu6:
  case nn::Activation::LeakyRelu:
    return 1;
  default:
    return 4;
  }
}
