// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program compiled into this process: kernels in several LLVM modules at once (one per core, up to four), then linked.
#include "nncc/Codegen/Jit.h"

#include "CompileModule.h"
#include "SplitModule.h"

#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Codegen/ProgramTable.h"

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/thread.h"
#include "llvm/TargetParser/Host.h"

#include <thread>

using namespace llvm;

namespace nncc::codegen {

struct JitProgram::Engine {
  std::unique_ptr<orc::LLJIT> jit;
};

JitProgram::JitProgram() : engine(std::make_unique<Engine>()) {}
JitProgram::~JitProgram() = default;

namespace {

/// Features that the target needs and this processor lacks.
Error checkHost(const Target &target) {
  if (!target.isHostArchitecture())
    return createStringError("code for '" + target.triple() + "' cannot run in this process (" + sys::getProcessTriple() +
                             "); -jit needs the host's architecture");
  StringMap<bool> host = sys::getHostCPUFeatures();
  SmallVector<StringRef> needed;
  StringRef(target.requiredFeatures()).split(needed, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : needed)
    if (auto found = host.find(feature); found == host.end() || !found->second)
      return createStringError("this processor has no '" + feature +
                               "', which -mcpu= or -mattr= asks for; -jit needs features that the host has");
  return Error::success();
}

Expected<std::unique_ptr<MemoryBuffer>> compileWithTable(mlir::ModuleOp module, const Program &program, const Target &target) {
  Expected<Part> part = Part::translate(module, target, /*forJit=*/true);
  if (!part)
    return part.takeError();
  if (auto table = emitProgramTable(*part->module, program); !table)
    return table.takeError();
  return std::move(*part).compile(target);
}

} // namespace

Expected<std::unique_ptr<JitProgram>> JitProgram::create(mlir::ModuleOp module, const Program &program) {
  return create(module, program, TargetOptions());
}

Expected<std::unique_ptr<JitProgram>> JitProgram::create(mlir::ModuleOp module, const Program &program,
                                                         const TargetOptions &options) {
  auto target = Target::resolve(options);
  if (!target)
    return target.takeError();
  return create(module, program, *target);
}

Expected<std::unique_ptr<JitProgram>> JitProgram::create(mlir::ModuleOp module, const Program &program,
                                                         const Target &target) {
  // 1. Checks and lowering.
  if (Error error = checkHost(target))
    return std::move(error);
  if (Error error = lowerToLLVM(module, LoweringOptions{.fma = target.facts().fma}))
    return std::move(error);
  if (Error error = checkKernels(program, module))
    return std::move(error);

  // 2. Object files, each by a thread of its own; what they compute does not depend on how many there are.
  unsigned parts = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
  SmallVector<mlir::OwningOpRef<mlir::ModuleOp>> others = splitModule(module, parts);
  std::vector<std::optional<Expected<std::unique_ptr<MemoryBuffer>>>> objects(others.size() + 1);
  {
    // LLVM's own thread class: its passes recurse deeper than a small stack allows.
    std::vector<llvm::thread> threads;
    std::vector<std::optional<Part>> translated(others.size());
    for (size_t i = 0; i < others.size(); ++i) {
      Expected<Part> part = Part::translate(*others[i], target, /*forJit=*/true);
      others[i] = {};
      if (!part) {
        objects[i + 1].emplace(part.takeError());
        continue;
      }
      translated[i] = std::move(*part);
      threads.emplace_back(std::optional<unsigned>(8u << 20),
                           [&, i] { objects[i + 1].emplace(std::move(*translated[i]).compile(target)); });
    }
    objects[0].emplace(compileWithTable(module, withTarget(program, target), target));
    for (llvm::thread &thread : threads)
      thread.join();
  }
  Error error = Error::success();
  for (auto &object : objects)
    if (!*object)
      error = joinErrors(std::move(error), object->takeError());
  if (error)
    return std::move(error);

  // 3. Linking.
  std::unique_ptr<JitProgram> result(new JitProgram());
  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(orc::JITTargetMachineBuilder(Triple(target.triple())))
                 // No constructors or thread-local variables to care for: the default platform costs milliseconds.
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return jit.takeError();
  // memset, memcpy and libm.
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess((*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  for (auto &object : objects)
    if (Error bad = (*jit)->addObjectFile(std::move(**object)))
      return std::move(bad);
  auto table = (*jit)->lookup(NNCC_PROGRAM_SYMBOL);
  if (!table)
    return table.takeError();
  result->engine->jit = std::move(*jit);
  result->table = table->toPtr<const nncc_program *>();
  return result;
}

Expected<void *> JitProgram::lookup(StringRef symbol) const {
  auto address = engine->jit->lookup(symbol);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}

} // namespace nncc::codegen
