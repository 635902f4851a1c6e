// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/ProgramFacts.h"

#include "TrainingFacts.h"
#include "nncc/Analysis/Fans.h"
#include "nncc/Analysis/GraphOutput.h"
#include "nncc/Analysis/ParameterLayout.h"
#include "nncc/Analysis/SummaryTable.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Kernels/EntryTable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace nncc::pipeline {

std::string compilerVersion() { return "nncc " NNCC_VERSION " (LLVM " LLVM_VERSION_STRING ")"; }

/// FNV-1a: the stream of a variable's initial values depends on its path alone, on every machine alike.
static uint64_t hashText(StringRef text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3u;
  return hash;
}

static std::vector<int64_t> sampleExtents(Type type) {
  return cast<RankedTensorType>(type).getShape().drop_front().vec();
}

/// A sample's label: a class number drops the last axis of the prediction.
static codegen::Tensor describeTarget(const codegen::Program &program) {
  codegen::Tensor target{"target", program.output.extents};
  if (program.training.loss.name == "SparseCategoricalCrossentropy" && !target.extents.empty())
    target.extents.pop_back();
  return target;
}

/// The rows of the summary and the drawing of the layer graph: what a report shows.
static void describeLayers(ModuleOp model, codegen::Program &program) {
  FailureOr<analysis::ModelGraph> graph = analysis::ModelGraph::of(model);
  if (failed(graph))
    return;
  for (const analysis::LayerInfo &layer : graph->layers())
    if (!layer.isInput())
      program.layers.push_back({layer.name, layer.className, {layer.shape.begin(), layer.shape.end()}, layer.parameters(), layer.flops});
  if (!llvm::compression::zlib::isAvailable())
    return;
  std::string drawing;
  llvm::raw_string_ostream stream(drawing);
  analysis::printSvg(*graph, stream);
  SmallVector<uint8_t, 0> compressed;
  namespace zlib = llvm::compression::zlib;
  zlib::compress(llvm::arrayRefFromStringRef(drawing), compressed, zlib::BestSizeCompression);
  program.drawing.assign(compressed.begin(), compressed.end());
  program.drawingLength = static_cast<int64_t>(drawing.size());
}

codegen::Program describeModel(ModuleOp model) {
  codegen::Program program;
  program.name = model.getName().value_or("model").str();
  program.compiler = compilerVersion();
  llvm::raw_string_ostream summary(program.summary);
  analysis::printSummary(model, summary);

  std::string text; // what makes two models the same for a checkpoint: layers, shapes, variables
  llvm::raw_string_ostream hashed(text);
  auto function = model.lookupSymbol<func::FuncOp>("model");
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto name = function.getArgAttrOfType<StringAttr>(index, "nn.name");
    program.inputs.push_back({name ? name.str() : "input", sampleExtents(type)});
  }
  program.output = {"output", sampleExtents(function.getResultTypes().front())};
  program.training = describeTraining(model);
  program.target = describeTarget(program);
  describeOptimizerState(model, program);

  analysis::ParameterLayout layout = analysis::ParameterLayout::of(model);
  program.parameterFloats = layout.totalFloats;
  program.trainableFloats = layout.trainableFloats;
  for (auto op : model.getOps<nn::VariableOp>()) {
    const analysis::VariablePlace *place = layout.lookup(op.getSymName());
    codegen::Variable variable;
    variable.path = op.getSymName().str();
    variable.extents = place->type.getShape().vec();
    variable.offset = place->offset;
    variable.trainable = place->trainable;
    variable.initializer = describeCall(op.getInitializer());
    analysis::Fans fans = analysis::computeFans(place->type.getShape());
    variable.fanIn = fans.in;
    variable.fanOut = fans.out;
    variable.stream = hashText(variable.path);
    program.variables.push_back(std::move(variable));
  }
  OpPrintingFlags flags;
  function.print(hashed, flags.useLocalScope());
  for (const codegen::Variable &variable : program.variables) {
    hashed << variable.path << ' ' << variable.trainable;
    llvm::interleave(variable.extents, hashed, "x");
  }
  program.modelHash = llvm::xxh3_64bits(text);
  describeLayers(model, program);
  return program;
}

static codegen::Affine convert(planning::Affine affine) { return {affine.fixed, affine.perSample}; }

static codegen::Region convert(const kernels::RegionInfo &region) {
  return {convert(region.offset), convert(region.elements)};
}

static codegen::Entry convert(const kernels::EntryInfo &entry) {
  codegen::Entry result;
  for (const kernels::StepInfo &step : entry.steps)
    result.steps.push_back(
        {step.layer, step.what, step.kernel, convert(step.units), convert(step.flops), convert(step.bytes), step.kept});
  result.arenaBytes = convert(entry.arenaBytes);
  result.workerBytes = entry.workerBytes;
  for (const kernels::RegionInfo &input : entry.inputs())
    result.inputs.push_back(convert(input));
  result.output = convert(entry.output());
  result.target = convert(entry.target());
  result.loss = convert(entry.loss());
  result.outputGradient = convert(entry.outputGradient());
  for (const kernels::RegionInfo &gradient : entry.inputGradients())
    result.inputGradients.push_back(convert(gradient));
  result.forwardSteps = entry.forwardSteps();
  for (const kernels::WatchInfo &watch : entry.watches)
    result.watches.push_back({watch.layer, watch.step, watch.isGradient, convert(watch.region), watch.width, watch.distance});
  return result;
}

/// Names of the entry functions, by nncc_entry_kind.
static constexpr llvm::StringLiteral kEntryNames[NNCC_ENTRY_COUNT] = {"predict", "evaluate", "train_step", "gradients",
                                                                      "gradients_training"};

void addEntries(ModuleOp kernels, codegen::Program &program) {
  FailureOr<std::vector<kernels::EntryInfo>> entries = kernels::decodeEntries(kernels);
  assert(succeeded(entries) && "nn-to-loops left a table that cannot be read");
  for (const kernels::EntryInfo &entry : *entries)
    for (int kind = 0; kind < NNCC_ENTRY_COUNT; ++kind)
      if (entry.name == kEntryNames[kind])
        program.entries[kind] = convert(entry);
}

} // namespace nncc::pipeline
