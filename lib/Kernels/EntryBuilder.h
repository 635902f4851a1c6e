// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_ENTRYBUILDER_H
#define NNCC_LIB_KERNELS_ENTRYBUILDER_H

#include "nncc/Analysis/ParameterLayout.h"
#include "nncc/Kernels/EntryTable.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Planning/MemoryPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace nncc::kernels {

/// Bytes of a dense tensor.
Affine bytesOf(mlir::ShapedType type);

/// Turns one entry function into kernels behind it in the module.
///
/// While steps are added, each buffer's place is unknown: a view of the arena takes its offset from two constants
/// (fixed and per sample) of the kernel. Which steps ask for a buffer gives its lifetime; when all steps are known the
/// memory is planned and the constants are set.
class EntryBuilder : public KernelBuilder {
public:
  EntryBuilder(mlir::func::FuncOp entry, const analysis::ParameterLayout &layout, const TargetFacts &target,
               const EmitterTable &emitters);

  /// Emits all steps and places the buffers. Fails after an error at the op without an emitter, or whose emitter
  /// failed.
  mlir::FailureOr<EntryInfo> build();

  /// The plan that `build` has made.
  const planning::MemoryPlan &memoryPlan() const { return plan; }

  const TargetFacts &target() const override { return targetFacts; }
  void addStep(mlir::Operation *source, llvm::StringRef what, Affine units, Affine flops,
               llvm::function_ref<void(Kernel &)> body) override;
  void describeNextStep(std::string plan) override { nextPlan = std::move(plan); }
  mlir::Value flat(Kernel &kernel, mlir::Value tensor) override;
  void mayOverwrite(mlir::Operation *op, mlir::Value operand, mlir::Value result) override;
  int64_t rowDistance(mlir::Value result) override;
  bool isJoined(mlir::Value tensor) const override { return parts.contains(tensor); }
  int64_t distanceOf(mlir::Value tensor) const override;
  bool readInPlace(mlir::Value part, mlir::Value whole, int64_t first) override;
  void claim(mlir::Operation *later) override { claimed.insert(later); }
  BufferId addTemporary(mlir::MemRefType type) override;
  mlir::Value buffer(Kernel &kernel, BufferId temporary) override;
  mlir::Value flat(Kernel &kernel, BufferId temporary) override;
  mlir::Value scratch(Kernel &kernel, mlir::MemRefType type) override;
  mlir::Value flatParameters(Kernel &kernel) override;
  mlir::Value flatGradients(Kernel &kernel) override;
  mlir::Value stateSlot(Kernel &kernel, int64_t slot) override;
  mlir::Value flatVariable(Kernel &kernel, llvm::StringRef path) override;
  int64_t trainableFloats() const override { return layout.trainableFloats; }
  void countMoved(int64_t bytes) override { bytesMoved += bytes; }
  mlir::Value seed(Kernel &kernel) override;
  mlir::Value step(Kernel &kernel) override;
  mlir::Value learningRate(Kernel &kernel) override;

private:
  enum class Base { Arena, Parameters, Gradients };

  /// What a tensor or temporary becomes. Reshapes of a tensor share its storage.
  struct Storage {
    std::string name;
    std::string layer; ///< of its first producer, or of the first step that touches it; an input's own name
    Base base = Base::Arena;
    Affine bytes;
    int64_t offset = 0;            ///< in floats, of parameters and gradients
    int64_t first = -1, last = -1; ///< steps that touch it
    bool pinned = false;           ///< lives throughout: the runtime reads or writes it
    bool kept = false;             ///< made of the parameters alone by steps that need not run again
  };

  /// A constant of a kernel that the memory plan will set.
  struct Placeholder {
    mlir::arith::ConstantOp constant;
    enum { BufferFixed, BufferPerSample, ScratchFixed, ScratchPerSample, WorkerBytes } kind;
    int64_t storage = -1; ///< of Buffer*
    int64_t addend = 0;   ///< of ScratchFixed: offset in the worker's slice
  };

  int64_t addStorage(std::string name, mlir::ShapedType type);
  /// The value whose memory a value is a view of.
  static mlir::Value rootOf(mlir::Value value);
  /// The storage of a value; a new one in the arena (or the gradients, where the value is stored there) at its first
  /// use.
  int64_t storageOf(mlir::Value tensor);
  void touch(int64_t storage, Affine bytes);
  /// `element`: where the view begins in the storage.
  mlir::Value view(Kernel &kernel, int64_t storage, mlir::MemRefType type, int64_t element = 0);
  mlir::Value arenaView(Kernel &kernel, mlir::Value offset, mlir::MemRefType type);
  /// `floats` from `offset` on of a flat buffer of the run.
  mlir::Value floatsView(Kernel &kernel, mlir::Value base, int64_t offset, int64_t floats);
  mlir::Value scalar(Kernel &kernel, int64_t byteOffset, mlir::Type type);
  mlir::Value placeholder(Kernel &kernel, Placeholder description);
  /// A constant that says where something lies, marked with `kPlaceAttrName`.
  static mlir::arith::ConstantOp placeConstant(Kernel &kernel, int64_t value);
  /// Runs `make` with the kernel's builder at the start of its body, so that what it makes can be used everywhere in
  /// it.
  mlir::Value atStart(Kernel &kernel, llvm::function_ref<mlir::Value()> make);

  /// What a step of an op is for.
  Phase phaseOf(mlir::Operation *source);
  void prepareArguments();
  void prepareResults();
  void addCopy(mlir::Operation *source, llvm::StringRef what, mlir::Value from, int64_t to);
  mlir::LogicalResult emitOperation(mlir::Operation *op);
  /// The watches of the tensors that were first asked for since the last call: those that an op has just computed.
  void watchFresh();
  /// Whether the step that has just been built computes something of the parameters alone, which then can be kept.
  bool isOfParameters(Affine units) const;
  /// Gives up keeping what would take too much memory; else it lives throughout.
  void decideWhatIsKept();
  void placeBuffers();

  mlir::func::FuncOp entry;
  const analysis::ParameterLayout &layout;
  TargetFacts targetFacts;
  const EmitterTable &emitters;
  mlir::OpBuilder moduleBuilder;

  std::vector<Storage> storages;
  llvm::DenseMap<mlir::Value, int64_t> storageOfRoot;
  /// Where a value lies in a larger tensor: its first element there, and from one run of the last axis to the next.
  struct Part {
    int64_t first, distance;
  };
  llvm::DenseMap<mlir::Value, Part> parts;
  std::vector<mlir::MemRefType> temporaryTypes; ///< by storage; null for tensors
  struct ResultPlace {
    int64_t storage = -1;
    bool copy = false;
  };
  std::vector<ResultPlace> results;

  llvm::SmallPtrSet<mlir::Operation *, 8> claimed; ///< whose results other ops have computed
  EntryInfo info;
  llvm::DenseSet<mlir::Value> known;         ///< roots of the tensors that steps have asked for
  llvm::SmallVector<mlir::Value> fresh;      ///< those of them that have no watch yet
  std::vector<int64_t> watchedStorages;      ///< by watch, until the places are known
  mlir::Operation *lastForward = nullptr; ///< what comes behind it belongs to the gradients; null: nothing does
  std::vector<Placeholder> placeholders;
  planning::MemoryPlan plan;
  std::string nextPlan; ///< of the step to come

  // Of the kernel that is being built.
  mlir::Operation *lastAtStart = nullptr;
  llvm::DenseMap<std::tuple<int64_t, int64_t, mlir::Type>, mlir::Value> views;
  llvm::DenseSet<int64_t> touched;
  bool readsOnlyTensors = true; ///< and temporaries: neither the run's numbers nor the flat buffers
  llvm::DenseSet<mlir::Value> counted; ///< roots of the tensors that it has asked for
  mlir::Value arenaBytes;
  int64_t scratchUsed = 0;
  int64_t bytesMoved = 0, bytesMovedPerSample = 0;
};

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_ENTRYBUILDER_H
