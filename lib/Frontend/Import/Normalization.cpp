// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Normalisations as ops.

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"

using namespace nncc;
using namespace nncc::frontend;

namespace {

struct NormalizationImport : LayerImport {
  using LayerImport::LayerImport;

  mlir::Value batchNormalization() {
    const llvm::SmallVector<int64_t> all = axes();
    int64_t extent = 1;
    for (int64_t axis : all)
      extent *= inputShape()[axis - 1];
    auto normalize = [&](mlir::Value value, int64_t axis) {
      mlir::Value gamma = read("gamma", extent), beta = read("beta", extent);
      mlir::Value mean = read("moving_mean", extent), variance = read("moving_variance", extent);
      mlir::Value output = create<nn::BatchNormOp>(value, gamma, beta, mean, variance, builder.getI64IntegerAttr(axis),
                                                   number("epsilon"), number("momentum"));
      // Keras: one that is not trainable stays in inference form while training. The pass nn-make-entries reads this.
      if (!layer.isTrainable)
        output.getDefiningOp()->setAttr("nn.frozen", builder.getUnitAttr());
      return output;
    };
    // Keras does not take its fused kernel where there are several axes or the statistics are synchronized. On 3-D batches, as
    // alongOneAxis makes them, the moving variance is the biased one as it is then.
    if (all.size() == 1 && !flag("synchronized"))
      return normalize(input(), all.front());
    return alongOneAxis(all, normalize);
  }

  mlir::Value layerNormalization() {
    // The axes last, where they are not, and back again.
    const llvm::SmallVector<int64_t> all = axes();
    const AxisOrder order = axesLast(all);
    // The parameters' extents are in the order in which the axes are given; Keras takes their elements for those of the axes in
    // their own order.
    nn::Shape extents;
    for (int64_t axis : all)
      extents.push_back(layer.output[axis - 1]);
    mlir::Value gamma = read("gamma", extents), beta = read("beta", extents);
    mlir::Value value =
        create<nn::StandardizeOp>(permute(input(), order.there),
                                  builder.getI64IntegerAttr(static_cast<int64_t>(all.size())), number("epsilon"));
    if (gamma)
      value = create<nn::ScaleByOp>(value, gamma);
    if (beta)
      value = create<nn::ShiftByOp>(value, beta);
    return permute(value, order.back);
  }
};

} // namespace

void frontend::addNormalizationImports(ImportTable &table) {
  table.add<&NormalizationImport::batchNormalization>(LayerKind::BatchNormalization);
  table.add<&NormalizationImport::layerNormalization>(LayerKind::LayerNormalization);
}
