// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Entry functions to kernels.
#include "EntryBuilder.h"
#include "ElementMap.h"
#include "Elementwise.h"

#include "nncc/ABI/Program.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

/// Packed and transformed weights are kept from run to run where they take no more memory than this, or than half of the
/// parameters.
static constexpr int64_t kMostKeptBytes = int64_t(64) << 20;

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
  if (claimed.contains(op))
    return success();
  if (isa<nn::ReadOp, nn::ReshapeOp>(op))
    return success(); // memory that is already there
  if (auto store = dyn_cast<nn::StoreGradientOp>(op)) {
    const Storage &from = storages[storageOf(store.getGradient())];
    int64_t offset = layout.lookup(store.getVariable())->offset;
    if (from.base == Base::Gradients && from.offset == offset)
      return success(); // the producer has written it
    auto type = cast<ShapedType>(store.getGradient().getType());
    int64_t to = addStorage("gradient of " + store.getVariable().str(), type);
    storages[to].base = Base::Gradients;
    storages[to].offset = offset;
    addCopy(op, "store gradient", store.getGradient(), to);
    return success();
  }
  auto emitter = emitters.find(op->getName().getStringRef());
  if (emitter == emitters.end())
    return op->emitError() << nn::describe(op) << ": there is no code generator for '" << op->getName() << "'";
  if (failed(emitter->second(op, *this)))
    return failure();
  watchFresh();
  return success();
}

void EntryBuilder::watchFresh() {
  for (Value root : std::exchange(fresh, {})) {
    auto type = cast<ShapedType>(root.getType());
    Operation *producer = root.getDefiningOp();
    int64_t index = storageOf(root);
    if (info.name != "train_step" || !producer || isa<nn::ReadOp>(producer) || storages[index].base != Base::Arena ||
        !type.getElementType().isF32())
      continue;
    WatchInfo watch;
    if (nn::LayerAttr layer = nn::getLayer(producer))
      watch.layer = layer.getName().str();
    watch.step = storages[index].last;
    watch.isGradient = phaseOf(producer) != Phase::Forward;
    watch.region.elements = perBatch(type, elementsPerSample(type));
    bool isOneNumber = type.getRank() == 0 || type.isDynamicDim(type.getRank() - 1);
    watch.width = isOneNumber ? 1 : type.getShape().back();
    watch.distance = isOneNumber ? 1 : distanceOf(root);
    if (auto part = parts.find(root); part != parts.end())
      watch.region.offset.fixed = part->second.first * int64_t(sizeof(float));
    info.watches.push_back(std::move(watch));
    watchedStorages.push_back(index);
  }
}

// Storage.

Affine nncc::kernels::bytesOf(ShapedType type) {
  return perBatch(type, elementsPerSample(type) * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
}

int64_t EntryBuilder::addStorage(std::string name, ShapedType type) {
  Storage storage;
  storage.name = std::move(name);
  storage.bytes = bytesOf(type);
  storages.push_back(std::move(storage));
  temporaryTypes.emplace_back();
  return storages.size() - 1;
}

Value EntryBuilder::rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

/// All that read a value or a reshape of it.
static SmallVector<Operation *> readersOf(Value root) {
  SmallVector<Operation *> readers;
  SmallVector<Value> aliases = {root};
  while (!aliases.empty())
    for (Operation *user : aliases.pop_back_val().getUsers()) {
      if (auto reshape = dyn_cast<nn::ReshapeOp>(user))
        aliases.push_back(reshape.getOutput());
      else
        readers.push_back(user);
    }
  return readers;
}

/// The first op that stores a value or a reshape of it as a gradient.
static nn::StoreGradientOp firstStore(Value root) {
  nn::StoreGradientOp first;
  for (Operation *reader : readersOf(root))
    if (auto store = dyn_cast<nn::StoreGradientOp>(reader))
      if (!first || store->isBeforeInBlock(first))
        first = store;
  return first;
}

/// What a plan calls an op's result: "nn.conv conv2d".
static std::string nameOf(Value result) {
  Operation *producer = result.getDefiningOp();
  std::string name = producer->getName().getStringRef().str();
  if (nn::LayerAttr layer = nn::getLayer(producer))
    name += " " + layer.getName().str();
  return name;
}

int64_t EntryBuilder::storageOf(Value tensor) {
  Value root = rootOf(tensor);
  auto found = storageOfRoot.find(root);
  if (found != storageOfRoot.end())
    return found->second;

  Operation *producer = root.getDefiningOp();
  assert(producer && "arguments have their storage from the start");
  int64_t storage = addStorage(nameOf(root), cast<ShapedType>(root.getType()));
  if (nn::LayerAttr layer = nn::getLayer(producer))
    storages[storage].layer = layer.getName().str();
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

void EntryBuilder::mayOverwrite(Operation *op, Value operand, Value result) {
  Value from = rootOf(operand);
  if (storageOfRoot.contains(result) || firstStore(result) ||
      cast<ShapedType>(operand.getType()).getElementType() != cast<ShapedType>(result.getType()).getElementType())
    return; // a place of its own: a result of the entry, a gradient
  auto readsLater = [&](Operation *reader) { return op->isBeforeInBlock(reader) && !claimed.contains(reader); };
  if (llvm::any_of(readersOf(from), readsLater))
    return;
  int64_t storage = storageOf(operand);
  Storage &place = storages[storage];
  for (auto [part, where] : parts)
    if (storageOfRoot.lookup(part) == storage && llvm::any_of(readersOf(part), readsLater))
      return;
  Affine bytes = bytesOf(cast<ShapedType>(result.getType()));
  if (place.base != Base::Arena || place.pinned || place.kept || place.bytes.fixed != bytes.fixed ||
      place.bytes.perSample != bytes.perSample)
    return;
  place.name += ", " + nameOf(result);
  storageOfRoot[result] = storage;
}

int64_t EntryBuilder::rowDistance(Value result) {
  int64_t dense = cast<ShapedType>(result.getType()).getShape().back();
  if (storageOfRoot.contains(result))
    return dense;
  OpOperand *joined = nullptr;
  for (OpOperand &use : result.getUses()) {
    if (isa<nn::ConcatenateOp>(use.getOwner()) && !joined)
      joined = &use;
    else if (!readsRowsAtDistance(use.getOwner()))
      return dense; // expects it dense
  }
  auto join = joined ? cast<nn::ConcatenateOp>(joined->getOwner()) : nn::ConcatenateOp();
  auto type = join ? cast<ShapedType>(join.getOutput().getType()) : ShapedType();
  if (!join || int64_t(join.getAxis()) != type.getRank() - 1)
    return dense;
  int64_t storage = storageOf(join.getOutput());
  if (storages[storage].base != Base::Arena)
    return dense;
  int64_t before = 0;
  for (Value input : join.getInputs().take_front(joined->getOperandNumber()))
    before += cast<ShapedType>(input.getType()).getShape().back();
  storageOfRoot[result] = storage;
  parts[result] = {before, type.getShape().back()};
  return type.getShape().back();
}

int64_t EntryBuilder::distanceOf(Value tensor) const {
  auto part = parts.find(tensor);
  return part == parts.end() ? cast<ShapedType>(tensor.getType()).getShape().back() : part->second.distance;
}

bool EntryBuilder::readInPlace(Value part, Value whole, int64_t first) {
  if (storageOfRoot.contains(part) || isJoined(rootOf(whole)) || !llvm::all_of(part.getUsers(), readsRowsAtDistance))
    return false;
  int64_t storage = storageOf(whole);
  if (storages[storage].base != Base::Arena)
    return false;
  storageOfRoot[part] = storage;
  parts[part] = {first, cast<ShapedType>(whole.getType()).getShape().back()};
  return true;
}

void EntryBuilder::prepareArguments() {
  for (BlockArgument argument : entry.getArguments()) {
    std::string name = "argument " + std::to_string(argument.getArgNumber());
    if (auto attr = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.name"))
      name = attr.getValue().str();
    int64_t storage = addStorage(name, cast<ShapedType>(argument.getType()));
    storages[storage].pinned = true;
    storages[storage].layer = name;
    storageOfRoot[argument] = storage;
  }
}

Phase EntryBuilder::phaseOf(Operation *source) {
  if (source->hasTrait<OpTrait::IsTerminator>())
    return Phase::Forward; // copies results
  if (source->getNumResults() == 0 && !isa<nn::StoreGradientOp>(source))
    return Phase::Update;
  return lastForward && lastForward->isBeforeInBlock(source) ? Phase::Backward : Phase::Forward;
}

void EntryBuilder::prepareResults() {
  // The gradient pass appends: forward is all up to the output and the loss.
  for (Value operand : entry.getBody().front().getTerminator()->getOperands().take_front(info.hasTarget() ? 2 : 1))
    if (Operation *producer = rootOf(operand).getDefiningOp())
      if (!lastForward || lastForward->isBeforeInBlock(producer))
        lastForward = producer;
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
    return [=, &emit](Value offset, int64_t width) {
      emit.store(emit.load(fromMemref, offset, width), toMemref, offset);
    };
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
  step.plan = std::exchange(nextPlan, "");
  step.phase = phaseOf(source);

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
  readsOnlyTensors = true;
  counted.clear();
  arenaBytes = nullptr;
  scratchUsed = 0;
  bytesMoved = bytesMovedPerSample = 0;
  body(kernel);
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, loc);

  info.workerBytes = std::max(info.workerBytes, scratchUsed);
  step.bytes = {bytesMoved, bytesMovedPerSample};
  step.kept = isOfParameters(units);
  if (step.kept)
    for (int64_t storage : touched)
      storages[storage].kept |= storages[storage].base == Base::Arena;
  info.steps.push_back(step);
}

bool EntryBuilder::isOfParameters(Affine units) const {
  // Entries with a backward pass change the parameters, or run once.
  if (!readsOnlyTensors || units.perSample || (info.name != "predict" && info.name != "evaluate"))
    return false;
  bool readsParameters = false;
  int64_t now = info.steps.size();
  for (int64_t index : touched) {
    const Storage &storage = storages[index];
    readsParameters |= storage.base == Base::Parameters || storage.kept;
    bool isResult = storage.first == now && !storage.bytes.perSample && !storage.pinned;
    if (storage.base == Base::Gradients || (storage.base == Base::Arena && !storage.kept && !isResult))
      return false;
  }
  return readsParameters;
}

void EntryBuilder::decideWhatIsKept() {
  int64_t bytes = 0;
  for (const Storage &storage : storages)
    bytes += storage.kept ? storage.bytes.fixed : 0;
  bool keeps = bytes <= std::max(kMostKeptBytes, layout.totalFloats * 4 / 2);
  for (Storage &storage : storages) {
    storage.pinned |= storage.kept && keeps;
    storage.kept &= keeps;
  }
  for (StepInfo &step : info.steps)
    step.kept &= keeps;
}

// Places.

void EntryBuilder::placeBuffers() {
  decideWhatIsKept();
  int64_t lastStep = std::max<int64_t>(0, int64_t(info.steps.size()) - 1);
  std::vector<planning::BufferLifetime> lifetimes;
  std::vector<int64_t> positionOf(storages.size(), -1);
  for (auto [index, storage] : llvm::enumerate(storages)) {
    if (storage.base != Base::Arena || (!storage.pinned && storage.first < 0))
      continue;
    positionOf[index] = lifetimes.size();
    lifetimes.push_back({storage.name, storage.bytes, storage.pinned ? 0 : storage.first,
                         storage.pinned ? lastStep : storage.last, storage.layer});
    if (storage.layer.empty() && !storage.pinned)
      lifetimes.back().layer = info.steps[storage.first].layer;
  }
  plan = planning::planMemory(lifetimes, sizeof(nncc_scalars));
  info.arenaBytes = plan.total;
  info.memory = plan;

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
  for (auto [watch, storage] : llvm::zip_equal(info.watches, watchedStorages)) {
    Affine place = plan.offsets[positionOf[storage]];
    watch.region.offset = {watch.region.offset.fixed + place.fixed, place.perSample};
  }
  llvm::stable_sort(info.watches, [](const WatchInfo &a, const WatchInfo &b) { return a.step < b.step; });
  for (BlockArgument argument : entry.getArguments())
    info.arguments.push_back(region(storageOfRoot[argument], argument.getType()));
  for (auto [place, type] : llvm::zip_equal(results, entry.getResultTypes()))
    info.results.push_back(region(place.storage, type));
}
