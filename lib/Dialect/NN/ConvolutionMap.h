// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_DIALECT_NN_CONVOLUTIONMAP_H
#define NNCC_LIB_DIALECT_NN_CONVOLUTIONMAP_H

#include "Inference.h"

/// What the ops around convolutions share: inference of the map, and the check of gradients against it.
namespace nncc::nn {

/// The map that an op of a convolution, or its adaptor, has to do with.
template <typename Op>
llvm::Expected<Shape> mapOf(Op op, Extents input, Extents kernel) {
  return convShape(input, kernel, op.getStrides(), op.getPadding(), op.getDilations(), op.getGroups());
}
/// The same behind the max pool that is fused into the op.
template <typename Op>
llvm::Expected<Shape> pooledMapOf(Op op, Extents input, Extents kernel) {
  llvm::Expected<Shape> map = mapOf(op, input, kernel);
  if (!map)
    return map;
  // (C5), (Q2) The window fits the map, as that of a pool by itself would.
  Extents pool = op.getPoolSize();
  Shape noPadding(2 * pool.size(), 0);
  return poolShape(*map, pool, pool, noPadding);
}

/// The result type from the shape that `rule` makes of the extents of input and kernel.
template <typename Adaptor, typename Rule>
llvm::LogicalResult inferMap(std::optional<mlir::Location> location, Adaptor adaptor,
                             llvm::SmallVectorImpl<mlir::Type> &types, Rule rule) {
  Inference infer(location, adaptor.getAttributes(), types);
  llvm::FailureOr<Extents> input = infer.sample(adaptor.getInput());
  llvm::FailureOr<Extents> kernel = infer.whole(adaptor.getKernel());
  if (mlir::failed(input) || mlir::failed(kernel))
    return mlir::failure();
  return infer.add(adaptor.getInput(), rule(*input, *kernel));
}

/// (C6), (L4), (Q3) The output gradient has the shape that the forward op gives of this input and kernel, one of which is the result.
template <typename Op, typename Rule>
llvm::LogicalResult verifyMapGradient(Op op, mlir::Value input, mlir::Value kernel, llvm::StringRef kernelName,
                                      Rule rule) {
  auto kernelType = mlir::cast<mlir::RankedTensorType>(kernel.getType());
  if (!kernelType.hasStaticShape())
    return op.emitOpError() << "the " << kernelName << "'s extents are not static";
  return verifySample(op, op.getOutputGradient(), "the output gradient", rule(op, sampleExtents(input), kernelType.getShape()));
}

} // namespace nncc::nn

#endif // NNCC_LIB_DIALECT_NN_CONVOLUTIONMAP_H
