// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TRANSFORMS_ENTRIES_H
#define NNCC_TRANSFORMS_ENTRIES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

/// The names that the entry points of an nn module go by (docs/Architecture.md, "The nn module").
namespace nncc {

inline constexpr llvm::StringLiteral kModelName = "model";
inline constexpr llvm::StringLiteral kPredictEntry = "predict";
inline constexpr llvm::StringLiteral kEvaluateEntry = "evaluate";
inline constexpr llvm::StringLiteral kTrainStepEntry = "train_step";
inline constexpr llvm::StringLiteral kGradientsEntry = "gradients";
inline constexpr llvm::StringLiteral kGradientsTrainingEntry = "gradients_training";

/// Unit attribute of entry functions.
inline constexpr llvm::StringLiteral kEntryAttrName = "nn.entry";
/// The training section, a dictionary on the module.
inline constexpr llvm::StringLiteral kTrainAttrName = "nn.train";
/// Argument attribute: the name of a model input, or one of the two below.
inline constexpr llvm::StringLiteral kArgumentNameAttrName = "nn.name";
inline constexpr llvm::StringLiteral kTargetName = "target";
inline constexpr llvm::StringLiteral kOutputGradientName = "output_gradient";
/// Unit attribute of a batch normalisation whose layer is not trainable: inference form even in training.
inline constexpr llvm::StringLiteral kFrozenAttrName = "nn.frozen";
/// The regularizer of a layer's output, a #nn.call on the op that makes it.
inline constexpr llvm::StringLiteral kActivityRegularizerAttrName = "nn.activity_regularizer";

/// Calls `visit` on every function but `@model`, which shows the model as written and is changed by no pass.
void forEachEntry(mlir::ModuleOp module, llvm::function_ref<void(mlir::func::FuncOp)> visit);

/// The argument of this `nn.name`; null where there is none.
mlir::BlockArgument findArgument(mlir::func::FuncOp function, llvm::StringRef name);

} // namespace nncc

#endif // NNCC_TRANSFORMS_ENTRIES_H
