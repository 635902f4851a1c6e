// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Inference.h"

#include "nncc/Dialect/NN/Layer.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace nncc::nn {

LogicalResult Inference::error(const llvm::Twine &text) const {
  auto layer = attributes ? attributes.getAs<LayerAttr>(kLayerAttrName) : LayerAttr();
  if (!layer)
    return emitOptionalError(location, text);
  return emitOptionalError(location, layer.getClassName(), " '", layer.getName(), "': ", text);
}

FailureOr<Extents> Inference::sample(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 0)
    return error("an operand has no batch axis");
  Extents extents = type.getShape().drop_front();
  if (llvm::any_of(extents, ShapedType::isDynamic))
    return error("only the leading extent of an operand, the batch, may be dynamic");
  return extents;
}

LogicalResult Inference::samples(ValueRange values, SmallVectorImpl<Extents> &extents) const {
  for (Value value : values) {
    FailureOr<Extents> one = sample(value);
    if (failed(one))
      return failure();
    extents.push_back(*one);
  }
  return success();
}

FailureOr<Extents> Inference::whole(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.hasStaticShape())
    return error("the extents of a parameter are not static");
  return type.getShape();
}

LogicalResult Inference::add(Value like, llvm::Expected<Shape> shape) {
  if (!shape)
    return error(llvm::toString(shape.takeError()));
  auto type = cast<RankedTensorType>(like.getType());
  shape->insert(shape->begin(), type.getDimSize(0));
  results.push_back(RankedTensorType::get(*shape, type.getElementType()));
  return success();
}

LogicalResult Inference::addSame(Value like) {
  results.push_back(like.getType());
  return success();
}

/// Extent of the leading axis; 0 for a scalar.
static int64_t batchExtent(Value value) {
  Extents extents = cast<RankedTensorType>(value.getType()).getShape();
  return extents.empty() ? 0 : extents.front();
}

LogicalResult verifyBatches(Operation *op) {
  for (Value operand : op->getOperands())
    if (batchExtent(operand) != batchExtent(op->getOperand(0)))
      return op->emitOpError() << "the batches of " << op->getOperand(0).getType() << " and " << operand.getType()
                               << " differ";
  return success();
}

int64_t lastExtent(Value value) {
  Extents extents = cast<RankedTensorType>(value.getType()).getShape();
  return extents.empty() ? 0 : extents.back();
}

LogicalResult verifyVector(Operation *op, Value value, int64_t extent, llvm::StringRef name) {
  if (!value)
    return success();
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 1 && type.getDimSize(0) == extent)
    return success();
  return op->emitOpError() << name << " is " << type << ", expected a vector of " << extent;
}

LogicalResult verifySameType(Operation *op, Value a, llvm::StringRef nameA, Value b, llvm::StringRef nameB) {
  if (a.getType() == b.getType())
    return success();
  return op->emitOpError() << nameA << " is " << a.getType() << ", expected the type of " << nameB << ", "
                           << b.getType();
}

LogicalResult verifySample(Operation *op, Value value, llvm::StringRef name, llvm::Expected<Shape> shape) {
  if (!shape)
    return op->emitOpError() << llvm::toString(shape.takeError());
  if (sampleExtents(value) == Extents(*shape))
    return success();
  return op->emitOpError() << name << " is " << value.getType() << ", expected samples of the shape "
                           << formatShape(*shape);
}

Extents sampleExtents(Value value) {
  Extents extents = cast<RankedTensorType>(value.getType()).getShape();
  return extents.empty() ? extents : extents.drop_front();
}

static int64_t clamp(uint64_t value) {
  return int64_t(std::min<uint64_t>(value, std::numeric_limits<int64_t>::max()));
}

int64_t saturatingProduct(Extents factors) {
  uint64_t product = 1;
  for (int64_t factor : factors)
    product = llvm::SaturatingMultiply(product, uint64_t(factor));
  return clamp(product);
}

int64_t saturatingSum(Extents terms) {
  uint64_t sum = 0;
  for (int64_t term : terms)
    sum = llvm::SaturatingAdd(sum, uint64_t(term));
  return clamp(sum);
}

int64_t sampleElements(Value value) { return saturatingProduct(sampleExtents(value)); }

Type argmaxElementType(MLIRContext *context, Extents window) {
  return IntegerType::get(context, saturatingProduct(window) <= 256 ? 8 : 32);
}

int64_t insidePairs(Extents spatial, Extents window, Extents strides, Extents padding, Extents dilations) {
  int64_t product = 1;
  for (size_t axis = 0; axis < spatial.size(); ++axis) {
    int64_t input = spatial[axis], taps = window[axis], stride = strides[axis], low = padding[2 * axis];
    int64_t padded = input + low + padding[2 * axis + 1];
    int64_t positions = (padded - (taps - 1) * dilations[axis] - 1) / stride + 1;
    int64_t pairs = saturatingProduct({positions, taps});
    // Padding takes some of the pairs of the axis away: tap by tap those positions o with 0 <= o * stride + tap - low <
    // input remain. Not worth the loop for windows of absurd size.
    if (padded != input && taps <= (1 << 16)) {
      pairs = 0;
      for (int64_t tap = 0; tap < taps; ++tap) {
        int64_t shift = tap * dilations[axis] - low;
        int64_t first = std::max<int64_t>((stride - 1 - shift) / stride, 0);
        int64_t last = input - 1 - shift < 0 ? -1 : std::min(positions - 1, (input - 1 - shift) / stride);
        pairs = saturatingSum({pairs, std::max<int64_t>(last - first + 1, 0)});
      }
    }
    product = saturatingProduct({product, pairs});
  }
  return product;
}

} // namespace nncc::nn
