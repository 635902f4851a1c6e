// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The object files of an artefact: for each CPU its code in parts, and one with what the parts are used by.
#include "nncc/Codegen/CompileObjects.h"

#include "CompileModule.h"
#include "SplitModule.h"

#include "nncc/Codegen/LibraryModule.h"
#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Codegen/ProgramTable.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"

#include <deque>

using namespace llvm;

namespace nncc::codegen {

using Object = Expected<std::unique_ptr<MemoryBuffer>>;

struct ObjectCompiler::State {
  explicit State(std::string model) : model(std::move(model)), pool(hardware_concurrency()) {}

  std::string model;
  std::vector<Program> programs;
  std::vector<Target> targets;
  std::deque<std::optional<Object>> objects; ///< a deque: what a thread writes to must not move
  DefaultThreadPool pool;                    ///< ends first
};

ObjectCompiler::ObjectCompiler(std::string model) : state(std::make_unique<State>(std::move(model))) {}

ObjectCompiler::~ObjectCompiler() {
  state->pool.wait();
  for (std::optional<Object> &object : state->objects)
    if (object && !*object)
      consumeError(object->takeError());
}

ArrayRef<Program> ObjectCompiler::programs() const { return state->programs; }

/// Gives the kernels of `program` their names in the object file; what no step names is seen by its own part alone.
static void nameKernels(llvm::Module &module, const StringMap<std::string> &names) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    if (auto name = names.find(function.getName()); name != names.end()) {
      function.setName(name->second);
      function.setVisibility(GlobalValue::HiddenVisibility);
    } else {
      function.setLinkage(GlobalValue::InternalLinkage);
    }
  }
}

Error ObjectCompiler::add(mlir::ModuleOp module, const Program &given, const Target &target) {
  if (Error error = lowerToLLVM(module, LoweringOptions{.fma = target.facts().fma}))
    return error;
  if (Error error = checkKernels(given, module))
    return error;
  Program &program = state->programs.emplace_back(withTarget(given, target));
  StringMap<std::string> names;
  for (std::optional<Entry> &entry : program.entries)
    if (entry)
      for (Step &step : entry->steps) {
        std::string name = state->model + "." + program.cpu + "." + step.kernelSymbol;
        names[step.kernelSymbol] = name;
        step.kernelSymbol = std::move(name);
      }
  state->targets.push_back(target);

  SmallVector<mlir::OwningOpRef<mlir::ModuleOp>> others = splitModule(module, partsOf(module));
  SmallVector<mlir::ModuleOp> parts{module};
  for (auto &other : others)
    parts.push_back(*other);
  for (mlir::ModuleOp part : parts) {
    Expected<Part> translated = Part::translate(part, target, /*forJit=*/false);
    if (!translated)
      return translated.takeError();
    nameKernels(*translated->module, names);
    // std::function wants copies; the target's is as good as the original.
    auto shared = std::make_shared<Part>(std::move(*translated));
    std::optional<Object> &object = state->objects.emplace_back();
    state->pool.async([shared, target, &object] { object.emplace(std::move(*shared).compile(target)); });
  }
  return Error::success();
}

/// The tables, what needs them, and the note.
static Object compileTables(ArrayRef<Program> programs, Front front, const ArtefactFacts &facts, const Target &target) {
  Expected<Part> part = Part::create(target, /*forJit=*/false);
  if (!part)
    return part.takeError();
  auto table = emitProgramTables(*part->module, programs);
  if (!table)
    return table.takeError();
  for (Function &kernel : *part->module)
    kernel.setVisibility(GlobalValue::HiddenVisibility);
  if (front == Front::Main)
    emitMain(*part->module, *table, programs.front());
  emitNote(*part->module, describeArtefact(facts, programs));
  target.applyTo(*part->module, *part->machine);
  return std::move(*part).compile(target);
}

static Object compileLibrary(const Program &program, const Target &target) {
  Expected<Part> part = Part::create(target, /*forJit=*/false);
  if (!part)
    return part.takeError();
  auto module = buildLibraryModule(*part->context, program, target);
  if (!module)
    return module.takeError();
  part->module = std::move(*module);
  return std::move(*part).compile(target);
}

Expected<std::vector<std::unique_ptr<MemoryBuffer>>> ObjectCompiler::finish(Front front, const ArtefactFacts &facts) {
  const Target baseline = state->targets.front().baseline();
  state->objects.emplace_back(compileTables(state->programs, front, facts, baseline));
  if (front == Front::Library)
    state->objects.emplace_back(compileLibrary(state->programs.front(), baseline));
  state->pool.wait();

  std::vector<std::unique_ptr<MemoryBuffer>> result;
  Error error = Error::success();
  for (std::optional<Object> &object : state->objects) {
    if (*object)
      result.push_back(std::move(**object));
    else
      error = joinErrors(std::move(error), object->takeError());
  }
  state->objects.clear();
  if (error)
    return std::move(error);
  return result;
}

} // namespace nncc::codegen
