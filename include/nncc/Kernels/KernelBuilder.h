// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_KERNELBUILDER_H
#define NNCC_KERNELS_KERNELBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "nncc/Planning/TargetFacts.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <string>

namespace nncc::kernels {

using planning::Affine;
using planning::TargetFacts;

/// A buffer of an entry: what a tensor value of the function becomes, or a temporary. Where it lies is decided after
/// all steps are known, from which steps touch it.
struct BufferId {
  int64_t index = -1;
};

/// A kernel function while its body is built. The builder stands in the body.
struct Kernel {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::func::FuncOp function;
  mlir::Value arena, parameters, gradients, state; ///< the bases (memref<1xi8>, memref<1xf32>)
  mlir::Value batch, begin, end, worker;           ///< index
  int64_t step;                                    ///< position of the step in the entry
};

/// Turns one entry function into steps. Emitters (one per nn op, Kernels/<Family>.cpp) are called in program order and
/// add the steps of their op.
class KernelBuilder {
public:
  virtual ~KernelBuilder() = default;

  virtual const TargetFacts &target() const = 0;

  /// Adds a step with `units` independent units and builds its kernel. `source` gives location and layer name.
  virtual void addStep(mlir::Operation *source, llvm::StringRef what, Affine units, Affine flops,
                       llvm::function_ref<void(Kernel &)> body) = 0;

  /// What was decided about the step that is added next, for who looks at the plan (`-emit=plan`).
  virtual void describeNextStep(std::string plan) = 0;

  /// The buffer of a tensor value of the function as one row of its elements in row-major order: memref<?xf32> for a
  /// batched tensor, memref<Nxf32> for others (with an offset in its layout where it lies in the parameters or
  /// gradients). A value of an `nn.reshape` is a view of the same memory; an `nn.read` lies in the parameters.
  virtual mlir::Value flat(Kernel &kernel, mlir::Value tensor) = 0;

  /// Lets `op` compute `result` in the memory of its operand `operand`: asked for where the step that writes the result
  /// is the last of the op to read the operand, and the unit that writes an element is the only one to read the
  /// operand's element at that place, before it writes. Call it before any step asks for `result`. It is done where the
  /// operand dies in `op` and has the result's size; otherwise nothing happens.
  virtual void mayOverwrite(mlir::Operation *op, mlir::Value operand, mlir::Value result) = 0;

  /// Says that all steps of an op write the runs of `result`'s last axis at the distance (in elements) that this returns,
  /// in the memory that `flat` gives. It is more than the axis' extent where the result is written into a part of a
  /// tensor that joins it with others. Call it before any step asks for `result`.
  virtual int64_t rowDistance(mlir::Value result) = 0;
  /// Whether a value lies in a part of a larger tensor: it has been written into the result of the `nn.concatenate` that
  /// reads it, or is an `nn.slice` that its readers take from where it is.
  virtual bool isJoined(mlir::Value tensor) const = 0;
  /// From one run of a value's last axis to the next in the memory that `flat` gives, in elements.
  virtual int64_t distanceOf(mlir::Value tensor) const = 0;
  /// Lets the readers of `part` find it as the elements from `first` on in each run of the last axis of `whole`: done
  /// where all of them can read so.
  virtual bool readInPlace(mlir::Value part, mlir::Value whole, int64_t first) = 0;

  /// Says that the steps of the op that is being emitted also compute the results of `later`, an op behind it: its own
  /// emitter will not be called.
  virtual void claim(mlir::Operation *later) = 0;

  /// A temporary that lives from the first to the last step that asks for its memref. A dynamic leading extent is the
  /// batch.
  virtual BufferId addTemporary(mlir::MemRefType type) = 0;
  virtual mlir::Value buffer(Kernel &kernel, BufferId temporary) = 0;
  virtual mlir::Value flat(Kernel &kernel, BufferId temporary) = 0;

  /// Scratch of the running worker, contents undefined at the kernel's start; static type. Several calls in one kernel
  /// give disjoint memory.
  virtual mlir::Value scratch(Kernel &kernel, mlir::MemRefType type) = 0;

  /// The flat trainable part of a base, memref<Nxf32> with N the padded number of floats: parameters, gradients, and
  /// state slot s. How much of it a kernel moves, it says by `countMoved`: bytes read plus bytes written.
  virtual mlir::Value flatParameters(Kernel &kernel) = 0;
  virtual mlir::Value flatGradients(Kernel &kernel) = 0;
  virtual mlir::Value stateSlot(Kernel &kernel, int64_t slot) = 0;
  /// The whole buffer of a variable by symbol (parameters), memref<Nxf32>.
  virtual mlir::Value flatVariable(Kernel &kernel, llvm::StringRef path) = 0;
  /// N of the flat trainable part: a multiple of 16.
  virtual int64_t trainableFloats() const = 0;
  virtual void countMoved(int64_t bytes) = 0;

  /// Numbers of the run (nncc_scalars at the start of the arena): seed and step as i64, the learning rate as f32.
  virtual mlir::Value seed(Kernel &kernel) = 0;
  virtual mlir::Value step(Kernel &kernel) = 0;
  virtual mlir::Value learningRate(Kernel &kernel) = 0;
};

/// What a step reads or writes: a tensor value of the function or a temporary.
class BufferRef {
public:
  BufferRef(mlir::Value tensor) : tensor(tensor) {}
  BufferRef(BufferId temporary) : temporary(temporary) {}

  /// As one row of elements.
  mlir::Value flat(KernelBuilder &kernels, Kernel &kernel) const {
    return tensor ? kernels.flat(kernel, tensor) : kernels.flat(kernel, temporary);
  }

private:
  mlir::Value tensor;
  BufferId temporary;
};

/// A plan as it prints itself.
template <typename PlanT> std::string planText(const PlanT &plan) {
  std::string text;
  llvm::raw_string_ostream(text) << plan;
  return text;
}

/// Emits the steps of one op; failure after an error at the op.
using Emitter = std::function<llvm::LogicalResult(mlir::Operation *, KernelBuilder &)>;
/// By op name ("nn.conv").
using EmitterTable = llvm::StringMap<Emitter>;

/// One function per family, defined in Kernels/<Family>.cpp.
void addConvolutionKernels(EmitterTable &table);
void addDenseKernels(EmitterTable &table);
void addPoolingKernels(EmitterTable &table);
void addAttentionKernels(EmitterTable &table);
void addEmbeddingKernels(EmitterTable &table);
void addPooledConvolutionKernels(EmitterTable &table);
void addActivationKernels(EmitterTable &table);
void addNormalizationKernels(EmitterTable &table);
void addRegularizationKernels(EmitterTable &table);
void addMergeKernels(EmitterTable &table);
void addRearrangeKernels(EmitterTable &table);
void addStandardizeKernels(EmitterTable &table);
void addShapeKernels(EmitterTable &table);
void addLossKernels(EmitterTable &table);
void addOptimizerKernels(EmitterTable &table);
void addConstraintKernels(EmitterTable &table);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_KERNELBUILDER_H
