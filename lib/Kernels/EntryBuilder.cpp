// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entry functions to kernels.
#include "EntryBuilder.h"
#include "Elementwise.h"

#include "nncc/ABI/Program.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

#include <cstddef>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

EntryBuilder::EntryBuilder(func::FuncOp entry, const analysis::ParameterLayout &layout, const TargetFacts &target,
                           const EmitterTable &emitters)
    : entry(entry), layout(layout), targetFacts(target), emitters(emitters), moduleBuilder(entry.getContext()) {
  moduleBuilder.setInsertionPoint(entry);
  info.name = entry.getName().str();
}

FailureOr<EntryInfo> EntryBuilder::build() {
  prepareArguments();
  prepareResults();
  Block &body = entry.getBody().front();
  for (Operation &op : body.without_terminator())
    if (failed(emitOperation(&op)))
      return failure();
  for (auto [place, operand] : llvm::zip_equal(results, body.getTerminator()->getOperands()))
    if (place.copy)
      addCopy(body.getTerminator(), "copy result", operand, place.storage);
  placeBuffers();
  return info;
}

LogicalResult EntryBuilder::emitOperation(Operation *op) {
  if (auto variable = op->getAttrOfType<FlatSymbolRefAttr>("variable"))
    if (!layout.lookup(variable.getValue()))
      return op->emitError() << "there is no variable '" << variable.getValue() << "' in the module";
  if (isa<nn::ReadOp, nn::ReshapeOp>(op))
    return success(); // memory that is already there
  if (auto store = dyn_cast<nn::StoreGradientOp>(op)) {
    const Storage &from = storages[storageOf(store.getGradient())];
    int64_t offset = layout.lookup(store.getVariable())->offset;
    if (from.base == Base::Gradients && from.offset == offset)
      return success(); // the producer has written it
    int64_t to = addStorage("gradient of " + store.getVariable().str(), cast<ShapedType>(store.getGradient().getType()));
    storages[to].base = Base::Gradients;
    storages[to].offset = offset;
    addCopy(op, "store gradient", store.getGradient(), to);
    return success();
  }
  auto emitter = emitters.find(op->getName().getStringRef());
  if (emitter == emitters.end())
    return op->emitError() << nn::describe(op) << ": there is no code generator for '" << op->getName() << "'";
  return emitter->second(op, *this);
}

// Storage.

int64_t EntryBuilder::addStorage(std::string name, ShapedType type) {
  Storage storage;
  storage.name = std::move(name);
  storage.bytes = perBatch(type, elementsPerSample(type) * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
  storages.push_back(std::move(storage));
  temporaryTypes.emplace_back();
  return storages.size() - 1;
}

/// The value whose memory a value is a view of.
static Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

/// The first op that stores a value or a reshape of it as a gradient.
static nn::StoreGradientOp firstStore(Value root) {
  nn::StoreGradientOp first;
  SmallVector<Value> aliases = {root};
  while (!aliases.empty())
    for (Operation *user : aliases.pop_back_val().getUsers()) {
      if (auto reshape = dyn_cast<nn::ReshapeOp>(user))
        aliases.push_back(reshape.getOutput());
      else if (auto store = dyn_cast<nn::StoreGradientOp>(user))
        if (!first || store->isBeforeInBlock(first))
          first = store;
    }
  return first;
}

int64_t EntryBuilder::storageOf(Value tensor) {
  Value root = rootOf(tensor);
  auto found = storageOfRoot.find(root);
  if (found != storageOfRoot.end())
    return found->second;

  Operation *producer = root.getDefiningOp();
  assert(producer && "arguments have their storage from the start");
  std::string name = producer->getName().getStringRef().str();
  if (nn::LayerAttr layer = nn::getLayer(producer))
    name += " " + layer.getName().str();
  int64_t storage = addStorage(name, cast<ShapedType>(root.getType()));
  if (auto read = dyn_cast<nn::ReadOp>(producer)) {
    storages[storage].name = read.getVariable().str();
    storages[storage].base = Base::Parameters;
    storages[storage].offset = layout.lookup(read.getVariable())->offset;
  } else if (nn::StoreGradientOp store = firstStore(root)) {
    storages[storage].base = Base::Gradients;
    storages[storage].offset = layout.lookup(store.getVariable())->offset;
  }
  storageOfRoot[root] = storage;
  return storage;
}

void EntryBuilder::prepareArguments() {
  for (BlockArgument argument : entry.getArguments()) {
    std::string name = "argument " + std::to_string(argument.getArgNumber());
    if (auto attr = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.name"))
      name = attr.getValue().str();
    int64_t storage = addStorage(name, cast<ShapedType>(argument.getType()));
    storages[storage].pinned = true;
    storageOfRoot[argument] = storage;
  }
}

void EntryBuilder::prepareResults() {
  for (Value operand : entry.getBody().front().getTerminator()->getOperands()) {
    ResultPlace place;
    place.storage = storageOf(operand);
    Storage &storage = storages[place.storage];
    // A result has a region of its own: not an input's, nor one of another result, nor memory outside of the arena.
    if (storage.base != Base::Arena || storage.pinned) {
      place.storage = addStorage("result", cast<ShapedType>(operand.getType()));
      place.copy = true;
    }
    storages[place.storage].pinned = true;
    results.push_back(place);
  }
}

void EntryBuilder::addCopy(Operation *source, StringRef what, Value from, int64_t to) {
  auto type = cast<ShapedType>(from.getType());
  addElementwiseStep(*this, source, what, type, 0, [&](Kernel &kernel, Emit &emit) -> ElementBody {
    Value fromMemref = flat(kernel, from);
    Value toMemref =
        view(kernel, to, MemRefType::get({isBatched(type) ? ShapedType::kDynamic : type.getNumElements()},
                                         type.getElementType()));
    return [=, &emit](Value offset, int64_t width) { emit.store(emit.load(fromMemref, offset, width), toMemref, offset); };
  });
}

// Steps.

void EntryBuilder::addStep(Operation *source, StringRef what, Affine units, Affine flops,
                           llvm::function_ref<void(Kernel &)> body) {
  Location loc = source->getLoc();
  Builder types(source->getContext());
  auto bytes = MemRefType::get({1}, types.getI8Type()), floats = MemRefType::get({1}, types.getF32Type());
  Type index = types.getIndexType();
  StepInfo step;
  step.kernel = info.name + "." + std::to_string(info.steps.size());
  step.what = what.str();
  if (nn::LayerAttr layer = nn::getLayer(source))
    step.layer = layer.getName().str();
  step.units = units;
  step.flops = flops;

  auto function = func::FuncOp::create(
      moduleBuilder, loc, step.kernel,
      types.getFunctionType({bytes, floats, floats, floats, index, index, index, index}, {}));
  Block *block = function.addEntryBlock();
  OpBuilder builder = OpBuilder::atBlockEnd(block);
  Kernel kernel{builder,
                loc,
                function,
                block->getArgument(0),
                block->getArgument(1),
                block->getArgument(2),
                block->getArgument(3),
                block->getArgument(4),
                block->getArgument(5),
                block->getArgument(6),
                block->getArgument(7),
                int64_t(info.steps.size())};
  lastAtStart = nullptr;
  views.clear();
  touched.clear();
  arenaBytes = nullptr;
  scratchUsed = 0;
  bytesMoved = bytesMovedPerSample = 0;
  body(kernel);
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, loc);

  info.workerBytes = std::max(info.workerBytes, scratchUsed);
  step.bytes = {bytesMoved, bytesMovedPerSample};
  info.steps.push_back(step);
}

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
  description.constant = arith::ConstantOp::create(kernel.builder, kernel.loc, kernel.builder.getIndexAttr(0));
  placeholders.push_back(description);
  return description.constant;
}

void EntryBuilder::touch(int64_t storage) {
  Storage &place = storages[storage];
  int64_t now = info.steps.size();
  if (place.first < 0)
    place.first = now;
  place.last = now;
  bytesMoved += place.bytes.fixed;
  bytesMovedPerSample += place.bytes.perSample;
}

Value EntryBuilder::view(Kernel &kernel, int64_t storageIndex, MemRefType type) {
  Value &cached = views[{storageIndex, type}];
  if (cached)
    return cached;
  if (touched.insert(storageIndex).second)
    touch(storageIndex);
  const Storage &storage = storages[storageIndex];
  if (storage.base != Base::Arena)
    return cached = floatsView(kernel, storage.base == Base::Parameters ? kernel.parameters : kernel.gradients,
                               storage.offset, type);
  return cached = atStart(kernel, [&] {
    OpBuilder &builder = kernel.builder;
    Value offset = placeholder(kernel, {{}, Placeholder::BufferFixed, storageIndex});
    if (storage.bytes.perSample) {
      Value perSample = placeholder(kernel, {{}, Placeholder::BufferPerSample, storageIndex});
      Value scaled = arith::MulIOp::create(builder, kernel.loc, perSample, kernel.batch);
      offset = arith::AddIOp::create(builder, kernel.loc, offset, scaled);
    }
    return arenaView(kernel, offset, type);
  });
}

Value EntryBuilder::arenaView(Kernel &kernel, Value offset, MemRefType type) {
  OpBuilder &builder = kernel.builder;
  auto bytes = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  Value arena = memref::CastOp::create(builder, kernel.loc, bytes, kernel.arena);
  SmallVector<Value> sizes;
  if (type.getRank() && type.isDynamicDim(0)) {
    Value size = kernel.batch;
    if (type.getRank() == 1) // a flat view of a batched tensor: its size is no more than the type's word, nobody reads it
      size = arith::ConstantIndexOp::create(builder, kernel.loc, std::numeric_limits<int32_t>::max());
    sizes.push_back(size);
  }
  return memref::ViewOp::create(builder, kernel.loc, type, arena, offset, sizes);
}

Value EntryBuilder::floatsView(Kernel &kernel, Value base, int64_t offset, MemRefType type) {
  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int64_t axis = type.getRank() - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * type.getDimSize(axis + 1);
  MemRefType placed = type;
  if (offset != 0)
    placed = MemRefType::get(type.getShape(), type.getElementType(),
                             StridedLayoutAttr::get(type.getContext(), offset, strides));
  return atStart(kernel, [&]() -> Value {
    return memref::ReinterpretCastOp::create(kernel.builder, kernel.loc, placed, base, offset, type.getShape(), strides);
  });
}

static MemRefType flatType(ShapedType type) {
  return MemRefType::get({isBatched(type) ? ShapedType::kDynamic : type.getNumElements()}, type.getElementType());
}

Value EntryBuilder::buffer(Kernel &kernel, Value tensor) {
  auto type = cast<ShapedType>(tensor.getType());
  return view(kernel, storageOf(tensor), MemRefType::get(type.getShape(), type.getElementType()));
}
Value EntryBuilder::flat(Kernel &kernel, Value tensor) {
  return view(kernel, storageOf(tensor), flatType(cast<ShapedType>(tensor.getType())));
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
  bytesMoved += layout.trainableFloats * 4;
  return floatsView(kernel, kernel.parameters, 0,
                    MemRefType::get({layout.trainableFloats}, kernel.builder.getF32Type()));
}
Value EntryBuilder::flatGradients(Kernel &kernel) {
  bytesMoved += layout.trainableFloats * 4;
  return floatsView(kernel, kernel.gradients, 0,
                    MemRefType::get({layout.trainableFloats}, kernel.builder.getF32Type()));
}
Value EntryBuilder::stateSlot(Kernel &kernel, int64_t slot) {
  bytesMoved += layout.trainableFloats * 4;
  return floatsView(kernel, kernel.state, slot * layout.trainableFloats,
                    MemRefType::get({layout.trainableFloats}, kernel.builder.getF32Type()));
}
Value EntryBuilder::variable(Kernel &kernel, StringRef path) {
  const analysis::VariablePlace *place = layout.lookup(path);
  bytesMoved += place->elements * 4;
  return floatsView(kernel, kernel.parameters, place->offset,
                    MemRefType::get(place->type.getShape(), place->type.getElementType()));
}
Value EntryBuilder::flatVariable(Kernel &kernel, StringRef path) {
  const analysis::VariablePlace *place = layout.lookup(path);
  bytesMoved += place->elements * 4;
  return floatsView(kernel, kernel.parameters, place->offset,
                    MemRefType::get({place->elements}, place->type.getElementType()));
}

Value EntryBuilder::scalar(Kernel &kernel, int64_t byteOffset, Type type) {
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

// Places.

void EntryBuilder::placeBuffers() {
  int64_t lastStep = std::max<int64_t>(0, int64_t(info.steps.size()) - 1);
  std::vector<planning::BufferLifetime> lifetimes;
  std::vector<int64_t> positionOf(storages.size(), -1);
  for (auto [index, storage] : llvm::enumerate(storages)) {
    if (storage.base != Base::Arena || (!storage.pinned && storage.first < 0))
      continue;
    positionOf[index] = lifetimes.size();
    lifetimes.push_back({storage.name, storage.bytes, storage.pinned ? 0 : storage.first,
                         storage.pinned ? lastStep : storage.last});
  }
  plan = planning::planMemory(lifetimes, sizeof(nncc_scalars));
  info.arenaBytes = plan.total;

  Builder builder(entry.getContext());
  for (Placeholder &placeholder : placeholders) {
    int64_t value = 0;
    switch (placeholder.kind) {
    case Placeholder::BufferFixed:
      value = plan.offsets[positionOf[placeholder.storage]].fixed;
      break;
    case Placeholder::BufferPerSample:
      value = plan.offsets[positionOf[placeholder.storage]].perSample;
      break;
    case Placeholder::ScratchFixed:
      value = plan.total.fixed;
      break;
    case Placeholder::ScratchPerSample:
      value = plan.total.perSample;
      break;
    case Placeholder::WorkerBytes:
      value = info.workerBytes;
      break;
    }
    placeholder.constant.setValueAttr(builder.getIndexAttr(value));
  }

  auto region = [&](int64_t storage, Type type) -> RegionInfo {
    auto shaped = cast<ShapedType>(type);
    return {plan.offsets[positionOf[storage]], perBatch(shaped, elementsPerSample(shaped))};
  };
  for (BlockArgument argument : entry.getArguments())
    info.arguments.push_back(region(storageOfRoot[argument], argument.getType()));
  for (auto [place, type] : llvm::zip_equal(results, entry.getResultTypes()))
    info.results.push_back(region(place.storage, type));
}
