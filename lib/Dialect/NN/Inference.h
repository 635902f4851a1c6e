// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_DIALECT_NN_INFERENCE_H
#define NNCC_LIB_DIALECT_NN_INFERENCE_H

#include "nncc/Dialect/NN/Shape.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace nncc::nn {

/// What stands between an op's `inferReturnTypes` and the shape rules: takes samples' extents from the operands' types,
/// and makes a result type, or a diagnostic that names the layer, from what a rule returns.
class Inference {
public:
  /// `attributes` are those that are in the making with the op: the layer's name for messages is among them.
  Inference(std::optional<mlir::Location> location, mlir::DictionaryAttr attributes,
            llvm::SmallVectorImpl<mlir::Type> &results)
      : location(location), attributes(attributes), results(results) {}

  /// Reports "Conv2D 'conv2d_3': text".
  llvm::LogicalResult error(const llvm::Twine &text) const;
  /// Extents of one sample (all but the leading axis), which are static.
  llvm::FailureOr<Extents> sample(mlir::Value value) const;
  /// The same for several values; `extents` gets one entry each.
  llvm::LogicalResult samples(mlir::ValueRange values, llvm::SmallVectorImpl<Extents> &extents) const;
  /// Extents of a tensor without a batch axis, which are static.
  llvm::FailureOr<Extents> whole(mlir::Value value) const;
  /// Adds a result of the batch and element type of `like` and the shape of a sample that a rule returned.
  llvm::LogicalResult add(mlir::Value like, llvm::Expected<Shape> shape);
  /// Adds a result of the type of `like`.
  llvm::LogicalResult addSame(mlir::Value like);

private:
  std::optional<mlir::Location> location;
  mlir::DictionaryAttr attributes;
  llvm::SmallVectorImpl<mlir::Type> &results;
};

/// An error at the op unless `value`, called `name`, is a vector of `extent` elements.
llvm::LogicalResult verifyVector(mlir::Operation *op, mlir::Value value, int64_t extent, llvm::StringRef name);
/// An error at the op unless both values have one type.
llvm::LogicalResult verifySameType(mlir::Operation *op, mlir::Value a, llvm::StringRef nameA, mlir::Value b,
                                   llvm::StringRef nameB);
/// An error at the op unless `value` has the extents that a rule returned, behind its leading axis.
llvm::LogicalResult verifySample(mlir::Operation *op, mlir::Value value, llvm::StringRef name,
                                 llvm::Expected<Shape> shape);
/// An error at the op unless all its operands are of one batch.
llvm::LogicalResult verifyBatches(mlir::Operation *op);
/// Extent of the last axis; 0 for a scalar. (An op's own verifier runs before its types are held against inference.)
int64_t lastExtent(mlir::Value value);
/// Extents of a sample: all but the leading axis.
Extents sampleExtents(mlir::Value value);
/// Elements of a sample; as large as an int64_t gets where the product is not one.
int64_t sampleElements(mlir::Value value);
/// Product, or as large as an int64_t gets. Factors are not negative.
int64_t saturatingProduct(Extents factors);
/// Sum, or as large as an int64_t gets. Terms are not negative.
int64_t saturatingSum(Extents terms);

/// The type of positions in a pool's window: i8 (as unsigned numbers) where they fit, else i32.
mlir::Type argmaxElementType(mlir::MLIRContext *context, Extents window);

/// Pairs (position of the window, tap) over all axes whose input element is inside, that is: not padding. As large as
/// an int64_t gets where the count is not one. Shapes are those of Shape.h's rules, without channels.
int64_t insidePairs(Extents spatial, Extents window, Extents strides, Extents padding, Extents dilations);

} // namespace nncc::nn

#endif // NNCC_LIB_DIALECT_NN_INFERENCE_H
