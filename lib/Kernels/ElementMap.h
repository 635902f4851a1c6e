// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_ELEMENTMAP_H
#define NNCC_LIB_KERNELS_ELEMENTMAP_H

#include "nncc/Kernels/Emit.h"

#include <functional>
#include <optional>
#include <string>

/// Chains of elementwise ops in one pass over memory: an op computes those behind it while it has an element in hand,
/// or those before it where it reads.
namespace nncc::kernels {

/// An op that makes each element of its result from the operands' elements at the same place; all f32 of one shape.
struct ElementMap {
  std::string what;
  llvm::SmallVector<mlir::Value> operands;
  mlir::Value result;
  int64_t flops = 1; ///< an element
  std::function<mlir::Value(Emit &, llvm::ArrayRef<mlir::Value>)> function;
};

/// None for ops that are no map of elements, or none that chains know.
std::optional<ElementMap> elementMapOf(mlir::Operation *op);

/// The ops behind a value that are computed with it: each is the only reader of what is before it, and its other
/// operands stand before `producer`, the op that computes the value.
class ElementsBehind {
public:
  ElementsBehind(const KernelBuilder &kernels, mlir::Operation *producer, mlir::Value value);

  /// What is stored instead of the value.
  mlir::Value result() const;
  /// ", relu" and so on, for the step's name.
  std::string names() const;
  int64_t flops() const; ///< an element

  /// Takes the ops from the builder; the result may lie in the place of one of their other operands.
  void claim(KernelBuilder &kernels, mlir::Operation *producer) const;

  /// At a kernel's start: the function from the value's elements to the result's.
  using Function = std::function<mlir::Value(mlir::Value x, mlir::Value at, int64_t width)>;
  Function prepare(KernelBuilder &kernels, Kernel &kernel, Emit &emit) const;

private:
  llvm::SmallVector<ElementMap> maps;
  llvm::SmallVector<mlir::Operation *> ops;
  mlir::Value value;
};

/// Whether a map of elements is left to the gradient of a batch normalization behind it, which reads its result first
/// and stores it where others read it too.
bool isComputedByReader(mlir::Operation *op);

/// Whether all that an op does with its operands is to read each run of the last axis by itself, so that these may lie at
/// any distance in memory (KernelBuilder::distanceOf).
bool readsRowsAtDistance(mlir::Operation *op);

/// A value that a step reads, with the maps before it that are left to the step.
class ElementsBefore {
public:
  /// `reader` is the op that reads it: of several only the first computes the maps, and stores the value for the others.
  ElementsBefore(mlir::Value value, mlir::Operation *reader);

  /// Whether there is any map: who reads the value twice stores it the first time.
  bool isComputed() const { return computed; }
  std::string names() const;
  /// What is read from memory.
  llvm::SmallVector<mlir::Value> leaves() const;

  using Function = std::function<mlir::Value(mlir::Value at, int64_t width)>;
  Function prepare(KernelBuilder &kernels, Kernel &kernel, Emit &emit) const;

private:
  mlir::Value value;
  bool computed;
};

/// Adds the step of a map of elements, with what can be computed behind it; no step where its reader computes it.
void addElementMapStep(KernelBuilder &kernels, mlir::Operation *op);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_ELEMENTMAP_H
