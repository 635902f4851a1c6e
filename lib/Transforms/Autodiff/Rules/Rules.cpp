// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Transforms/Autodiff/Rules.h"

#include "mlir/IR/DialectRegistry.h"

namespace nncc {

void registerGradientRules(mlir::DialectRegistry &registry) {
  registerConvolutionRules(registry);
  registerDenseRules(registry);
  registerPoolingRules(registry);
  registerAttentionRules(registry);
  registerActivationRules(registry);
  registerNormalizationRules(registry);
  registerRegularizationRules(registry);
  registerMergeRules(registry);
  registerShapeRules(registry);
  registerLossRules(registry);
}

} // namespace nncc
