// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_AUTODIFF_RULES_H
#define NNCC_TRANSFORMS_AUTODIFF_RULES_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace nncc {

/// Attaches the gradient rules of all nn ops (external models of DifferentiableOpInterface) when the nn dialect is
/// loaded.
void registerGradientRules(mlir::DialectRegistry &registry);

/// One per op family, in Rules/<Family>.cpp.
void registerConvolutionRules(mlir::DialectRegistry &registry);
void registerDenseRules(mlir::DialectRegistry &registry);
void registerPoolingRules(mlir::DialectRegistry &registry);
void registerAttentionRules(mlir::DialectRegistry &registry);
void registerActivationRules(mlir::DialectRegistry &registry);
void registerNormalizationRules(mlir::DialectRegistry &registry);
void registerRegularizationRules(mlir::DialectRegistry &registry);
void registerMergeRules(mlir::DialectRegistry &registry);
void registerShapeRules(mlir::DialectRegistry &registry);
void registerLossRules(mlir::DialectRegistry &registry);

} // namespace nncc

#endif // NNCC_TRANSFORMS_AUTODIFF_RULES_H
