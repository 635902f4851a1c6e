// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The buffers of an entry as memrefs in a kernel: views of the arena at places yet to be planned, of parameters,
// gradients and state, and the run's scalars.
#include "EntryBuilder.h"

#include "nncc/ABI/Program.h"
#include "nncc/Kernels/Emit.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

#include <cstddef>
#include <limits>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

Value EntryBuilder::atStart(Kernel &kernel, llvm::function_ref<Value()> make) {
  OpBuilder::InsertionGuard guard(kernel.builder);
  if (lastAtStart)
    kernel.builder.setInsertionPointAfter(lastAtStart);
  else
    kernel.builder.setInsertionPointToStart(&kernel.function.getBody().front());
  Value value = make();
  lastAtStart = value.getDefiningOp();
  return value;
}

Value EntryBuilder::placeholder(Kernel &kernel, Placeholder description) {
  description.constant = placeConstant(kernel, 0);
  placeholders.push_back(description);
  return description.constant;
}

arith::ConstantOp EntryBuilder::placeConstant(Kernel &kernel, int64_t value) {
  auto constant = arith::ConstantOp::create(kernel.builder, kernel.loc, kernel.builder.getIndexAttr(value));
  constant->setAttr(kPlaceAttrName, kernel.builder.getUnitAttr());
  return constant;
}

void EntryBuilder::touch(int64_t storage, Affine bytes) {
  Storage &place = storages[storage];
  int64_t now = info.steps.size();
  if (place.first < 0)
    place.first = now;
  place.last = now;
  bytesMoved += bytes.fixed;
  bytesMovedPerSample += bytes.perSample;
}

Value EntryBuilder::view(Kernel &kernel, int64_t storageIndex, MemRefType type, int64_t element) {
  Value &cached = views[{storageIndex, element, type}];
  if (cached)
    return cached;
  if (touched.insert(storageIndex).second)
    touch(storageIndex, storages[storageIndex].bytes);
  const Storage &storage = storages[storageIndex];
  if (storage.base != Base::Arena)
    return cached = floatsView(kernel, storage.base == Base::Parameters ? kernel.parameters : kernel.gradients,
                               storage.offset, type.getNumElements());
  return cached = atStart(kernel, [&] {
    OpBuilder &builder = kernel.builder;
    Value offset = placeholder(kernel, {{}, Placeholder::BufferFixed, storageIndex});
    if (storage.bytes.perSample) {
      Value perSample = placeholder(kernel, {{}, Placeholder::BufferPerSample, storageIndex});
      Value scaled = arith::MulIOp::create(builder, kernel.loc, perSample, kernel.batch);
      offset = arith::AddIOp::create(builder, kernel.loc, offset, scaled);
    }
    if (element) {
      int64_t bytes = element * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
      Value start = arith::ConstantIndexOp::create(builder, kernel.loc, bytes);
      offset = arith::AddIOp::create(builder, kernel.loc, offset, start);
    }
    return arenaView(kernel, offset, type);
  });
}

Value EntryBuilder::arenaView(Kernel &kernel, Value offset, MemRefType type) {
  OpBuilder &builder = kernel.builder;
  auto bytes = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  Value arena = memref::CastOp::create(builder, kernel.loc, bytes, kernel.arena);
  SmallVector<Value> sizes;
  if (type.getRank() && type.isDynamicDim(0)) // nobody reads how long a view is
    sizes.push_back(arith::ConstantIndexOp::create(builder, kernel.loc, std::numeric_limits<int32_t>::max()));
  return memref::ViewOp::create(builder, kernel.loc, type, arena, offset, sizes);
}

Value EntryBuilder::floatsView(Kernel &kernel, Value base, int64_t offset, int64_t floats) {
  // Where it begins is no part of its type, so that equal kernels at different places can share their code.
  OpBuilder &builder = kernel.builder;
  auto placed = MemRefType::get({floats}, builder.getF32Type(),
                                StridedLayoutAttr::get(builder.getContext(), ShapedType::kDynamic, {1}));
  return atStart(kernel, [&]() -> Value {
    OpFoldResult place = placeConstant(kernel, offset).getResult();
    return memref::ReinterpretCastOp::create(builder, kernel.loc, placed, base, place, {builder.getIndexAttr(floats)},
                                             {builder.getIndexAttr(1)});
  });
}

static MemRefType flatType(ShapedType type) {
  return MemRefType::get({isBatched(type) ? ShapedType::kDynamic : type.getNumElements()}, type.getElementType());
}

Value EntryBuilder::flat(Kernel &kernel, Value tensor) {
  auto tensorType = cast<ShapedType>(tensor.getType());
  MemRefType type = flatType(tensorType);
  int64_t storage = storageOf(tensor);
  if (known.insert(rootOf(tensor)).second)
    fresh.push_back(rootOf(tensor));
  if (auto part = parts.find(rootOf(tensor)); part != parts.end()) {
    if (touched.insert(storage).second)
      touch(storage, bytesOf(tensorType));
    return view(kernel, storage, type, part->second.first);
  }
  bool inPlace = touched.contains(storage);
  // A result that is computed in an operand's place is written all the same.
  if (counted.insert(rootOf(tensor)).second && inPlace) {
    bytesMoved += storages[storage].bytes.fixed;
    bytesMovedPerSample += storages[storage].bytes.perSample;
  }
  return view(kernel, storage, type);
}

BufferId EntryBuilder::addTemporary(MemRefType type) {
  int64_t storage = addStorage("temporary", type);
  temporaryTypes[storage] = type;
  return {storage};
}
Value EntryBuilder::buffer(Kernel &kernel, BufferId temporary) {
  return view(kernel, temporary.index, temporaryTypes[temporary.index]);
}
Value EntryBuilder::flat(Kernel &kernel, BufferId temporary) {
  return view(kernel, temporary.index, flatType(temporaryTypes[temporary.index]));
}

Value EntryBuilder::scratch(Kernel &kernel, MemRefType type) {
  assert(type.hasStaticShape() && "scratch has a static size");
  // The slice of this worker: behind the arena, whose size is not known yet.
  if (!arenaBytes)
    arenaBytes = atStart(kernel, [&]() -> Value {
      OpBuilder &builder = kernel.builder;
      Value fixed = placeholder(kernel, {{}, Placeholder::ScratchFixed});
      Value perSample = placeholder(kernel, {{}, Placeholder::ScratchPerSample});
      Value workerBytes = placeholder(kernel, {{}, Placeholder::WorkerBytes});
      Value batched = arith::MulIOp::create(builder, kernel.loc, perSample, kernel.batch);
      Value others = arith::MulIOp::create(builder, kernel.loc, workerBytes, kernel.worker);
      Value sum = arith::AddIOp::create(builder, kernel.loc, fixed, batched);
      return arith::AddIOp::create(builder, kernel.loc, sum, others);
    });
  int64_t offset = scratchUsed;
  int64_t bytes = type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  scratchUsed += llvm::alignTo(bytes, planning::kBufferAlignment);
  return atStart(kernel, [&] {
    Value local = arith::ConstantIndexOp::create(kernel.builder, kernel.loc, offset);
    return arenaView(kernel, arith::AddIOp::create(kernel.builder, kernel.loc, arenaBytes, local), type);
  });
}

Value EntryBuilder::flatParameters(Kernel &kernel) {
  readsOnlyTensors = false;
  return floatsView(kernel, kernel.parameters, 0, layout.trainableFloats);
}
Value EntryBuilder::flatGradients(Kernel &kernel) {
  readsOnlyTensors = false;
  return floatsView(kernel, kernel.gradients, 0, layout.trainableFloats);
}
Value EntryBuilder::stateSlot(Kernel &kernel, int64_t slot) {
  readsOnlyTensors = false;
  return floatsView(kernel, kernel.state, slot * layout.trainableFloats, layout.trainableFloats);
}
Value EntryBuilder::flatVariable(Kernel &kernel, StringRef path) {
  readsOnlyTensors = false;
  const analysis::VariablePlace *place = layout.lookup(path);
  bytesMoved += place->elements * 4;
  return floatsView(kernel, kernel.parameters, place->offset, place->elements);
}

Value EntryBuilder::scalar(Kernel &kernel, int64_t byteOffset, Type type) {
  readsOnlyTensors = false;
  return atStart(kernel, [&]() -> Value {
    Value offset = arith::ConstantIndexOp::create(kernel.builder, kernel.loc, byteOffset);
    Value memory = arenaView(kernel, offset, MemRefType::get({}, type));
    return memref::LoadOp::create(kernel.builder, kernel.loc, memory);
  });
}
Value EntryBuilder::seed(Kernel &kernel) {
  return scalar(kernel, offsetof(nncc_scalars, seed), kernel.builder.getI64Type());
}
Value EntryBuilder::step(Kernel &kernel) {
  return scalar(kernel, offsetof(nncc_scalars, step), kernel.builder.getI64Type());
}
Value EntryBuilder::learningRate(Kernel &kernel) {
  return scalar(kernel, offsetof(nncc_scalars, learning_rate), kernel.builder.getF32Type());
}
