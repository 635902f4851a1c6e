// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of entries as an attribute of the module, and back.
#include "nncc/Kernels/EntryTable.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace nncc::kernels;

namespace {

class Encoder {
public:
  explicit Encoder(MLIRContext *context) : builder(context) {}

  NamedAttribute named(StringRef name, Attribute value) { return builder.getNamedAttr(name, value); }
  Attribute text(StringRef value) { return builder.getStringAttr(value); }
  Attribute affine(Affine value) { return builder.getDenseI64ArrayAttr({value.fixed, value.perSample}); }

  Attribute step(const StepInfo &step) {
    NamedAttrList result({named("layer", text(step.layer)), named("what", text(step.what)),
                                      named("kernel", text(step.kernel)), named("units", affine(step.units)),
                                      named("flops", affine(step.flops)), named("bytes", affine(step.bytes))});
    if (!step.plan.empty())
      result.set("plan", text(step.plan));
    if (step.phase != Phase::Forward)
      result.set("phase", builder.getI64IntegerAttr(static_cast<int64_t>(step.phase)));
    if (step.kept)
      result.set("kept", builder.getUnitAttr());
    return result.getDictionary(builder.getContext());
  }
  Attribute regions(ArrayRef<RegionInfo> regions) {
    SmallVector<Attribute> result;
    for (const RegionInfo &region : regions)
      result.push_back(builder.getDenseI64ArrayAttr(
          {region.offset.fixed, region.offset.perSample, region.elements.fixed, region.elements.perSample}));
    return builder.getArrayAttr(result);
  }
  Attribute buffers(const nncc::planning::MemoryPlan &plan) {
    SmallVector<Attribute> result;
    for (auto [buffer, offset] : llvm::zip_equal(plan.buffers, plan.offsets))
      result.push_back(builder.getDictionaryAttr(
          {named("name", text(buffer.name)), named("layer", text(buffer.layer)), named("offset", affine(offset)),
           named("bytes", affine(buffer.bytes)),
           named("steps", builder.getDenseI64ArrayAttr({buffer.first, buffer.last}))}));
    return builder.getArrayAttr(result);
  }
  Attribute watches(ArrayRef<WatchInfo> watches) {
    SmallVector<Attribute> result;
    for (const WatchInfo &watch : watches)
      result.push_back(builder.getDictionaryAttr(
          {named("layer", text(watch.layer)), named("region", regions(watch.region)),
           named("place", builder.getDenseI64ArrayAttr({watch.step, watch.isGradient, watch.width, watch.distance}))}));
    return builder.getArrayAttr(result);
  }
  Attribute entry(const EntryInfo &entry) {
    SmallVector<Attribute> steps;
    for (const StepInfo &info : entry.steps)
      steps.push_back(step(info));
    return builder.getDictionaryAttr({named("name", text(entry.name)), named("steps", builder.getArrayAttr(steps)),
                                      named("arena_bytes", affine(entry.arenaBytes)),
                                      named("worker_bytes", builder.getI64IntegerAttr(entry.workerBytes)),
                                      named("arguments", regions(entry.arguments)),
                                      named("results", regions(entry.results)),
                                      named("buffers", buffers(entry.memory)),
                                      named("watches", watches(entry.watches))});
  }

private:
  Builder builder;
};

/// Reads a dictionary; remembers whether all was there.
class Decoder {
public:
  bool ok = true;

  std::string text(DictionaryAttr from, StringRef name) {
    auto attr = get<StringAttr>(from, name);
    return attr ? attr.getValue().str() : "";
  }
  Affine affine(DictionaryAttr from, StringRef name) {
    auto attr = get<DenseI64ArrayAttr>(from, name);
    ok &= attr && attr.size() == 2;
    return ok ? Affine{attr[0], attr[1]} : Affine();
  }
  int64_t number(DictionaryAttr from, StringRef name) {
    auto attr = get<IntegerAttr>(from, name);
    return attr ? attr.getInt() : 0;
  }
  std::vector<RegionInfo> regions(DictionaryAttr from, StringRef name) {
    std::vector<RegionInfo> result;
    for (Attribute element : elements(from, name)) {
      auto region = dyn_cast<DenseI64ArrayAttr>(element);
      ok &= region && region.size() == 4;
      if (!ok)
        return {};
      result.push_back({{region[0], region[1]}, {region[2], region[3]}});
    }
    return result;
  }
  EntryInfo entry(DictionaryAttr from) {
    EntryInfo result;
    result.name = text(from, "name");
    result.arenaBytes = affine(from, "arena_bytes");
    result.workerBytes = number(from, "worker_bytes");
    result.arguments = regions(from, "arguments");
    result.results = regions(from, "results");
    for (Attribute element : elements(from, "steps")) {
      auto step = dyn_cast<DictionaryAttr>(element);
      ok &= bool(step);
      if (!ok)
        return {};
      result.steps.push_back({text(step, "layer"), text(step, "what"), text(step, "kernel"), affine(step, "units"),
                              affine(step, "flops"), affine(step, "bytes"), ""});
      if (step.contains("plan"))
        result.steps.back().plan = text(step, "plan");
      if (step.contains("phase"))
        result.steps.back().phase = static_cast<Phase>(number(step, "phase"));
      result.steps.back().kept = step.contains("kept");
    }
    result.memory.total = result.arenaBytes;
    for (Attribute element : elements(from, "buffers")) {
      auto buffer = dyn_cast<DictionaryAttr>(element);
      ok &= bool(buffer);
      if (!ok)
        return {};
      Affine steps = affine(buffer, "steps");
      result.memory.buffers.push_back(
          {text(buffer, "name"), affine(buffer, "bytes"), steps.fixed, steps.perSample, text(buffer, "layer")});
      result.memory.offsets.push_back(affine(buffer, "offset"));
    }
    for (Attribute element : elements(from, "watches")) {
      auto watch = dyn_cast<DictionaryAttr>(element);
      auto place = watch ? get<DenseI64ArrayAttr>(watch, "place") : DenseI64ArrayAttr();
      std::vector<RegionInfo> region = watch ? regions(watch, "region") : std::vector<RegionInfo>();
      ok &= place && place.size() == 4 && region.size() == 1;
      if (!ok)
        return {};
      result.watches.push_back({text(watch, "layer"), place[0], place[1] != 0, region.front(), place[2], place[3]});
    }
    return result;
  }

private:
  template <typename AttrT> AttrT get(DictionaryAttr from, StringRef name) {
    auto attr = from.getAs<AttrT>(name);
    ok &= bool(attr);
    return attr;
  }
  ArrayRef<Attribute> elements(DictionaryAttr from, StringRef name) {
    auto attr = get<ArrayAttr>(from, name);
    return attr ? attr.getValue() : ArrayRef<Attribute>();
  }
};

} // namespace

ArrayAttr nncc::kernels::encodeEntries(MLIRContext *context, ArrayRef<EntryInfo> entries) {
  Encoder encoder(context);
  SmallVector<Attribute> result;
  for (const EntryInfo &entry : entries)
    result.push_back(encoder.entry(entry));
  return ArrayAttr::get(context, result);
}

FailureOr<std::vector<EntryInfo>> nncc::kernels::decodeEntries(ModuleOp module) {
  std::vector<EntryInfo> result;
  Attribute attr = module->getAttr(kEntriesAttrName);
  if (!attr)
    return result;
  Decoder decoder;
  auto entries = dyn_cast<ArrayAttr>(attr);
  decoder.ok = bool(entries);
  for (Attribute element : entries ? entries.getValue() : ArrayRef<Attribute>()) {
    auto entry = dyn_cast<DictionaryAttr>(element);
    decoder.ok &= bool(entry);
    if (decoder.ok)
      result.push_back(decoder.entry(entry));
  }
  if (!decoder.ok)
    return module.emitError() << "'" << kEntriesAttrName << "' is not a table of entries as nn-to-loops makes it";
  return result;
}
