// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// -emit= of what is compiled and linked: object files, executables, libraries, packages.
#include "nncc/Pipeline/Compiler.h"

#include "Internal.h"
#include "OutputFiles.h"
#include "nncc/Codegen/CompileObjects.h"
#include "nncc/Codegen/InternalError.h"
#include "nncc/Codegen/LibraryModule.h"
#include "nncc/Codegen/LibraryNames.h"
#include "nncc/Codegen/LibraryText.h"
#include "nncc/Codegen/Link.h"
#include "nncc/Pipeline/ProgramFacts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using nncc::codegen::LibraryNames;

namespace nncc::pipeline {

static bool isLibrary(StringRef kind) { return kind == "lib" || kind == "shared" || kind == "python"; }

void Compiler::embed(codegen::Embedded weights) {
  embedded = std::make_shared<const codegen::Embedded>(std::move(weights));
}

std::vector<std::string> Compiler::describeOptions() const {
  std::vector<std::string> words{"-O" + std::to_string(options.target.optLevel)};
  auto add = [&](StringRef option, StringRef value) {
    if (!value.empty())
      words.push_back((option + value).str());
  };
  add("-target=", options.target.triple);
  SmallVector<StringRef> cpus;
  for (const codegen::Target &one : targets)
    cpus.push_back(one.cpu());
  add("-mcpu=", targets.size() > 1 ? llvm::join(cpus, ",") : options.target.cpu);
  add("-mattr=", options.target.features);
  for (const std::string &define : options.defines)
    add("-D", define);
  if (options.target.bfloat16)
    words.push_back("--precision=bf16");
  if (std::string tiles = planning::toString(options.winograd); tiles != "accurate")
    add("--winograd=", tiles);
  if (options.memoryLimit)
    add("--memory-limit=", std::to_string(*options.memoryLimit));
  if (options.memoryLimit && options.batchSize)
    add("--batch-size=", std::to_string(options.batchSize));
  if (!options.training)
    words.push_back("--no-train");
  return words;
}

ExitStatus Compiler::compileArtefact(StringRef kind, codegen::ObjectCompiler &compiler) {
  codegen::Program facts = describe();
  facts.embedded = embedded;
  facts.isLibrary = isLibrary(kind);
  for (const codegen::Target &one : targets) {
    target = one;
    isFitted = false;
    OwningOpRef<ModuleOp> kernels;
    if (ExitStatus status = lowerToKernels(allEntries(), kernels); status != ExitStatus::Success)
      return status;
    if (&one == &targets.front() && one.isHostArchitecture())
      if (ExitStatus status = checkMemory(*kernels, /*isRun=*/false); status != ExitStatus::Success)
        return status;
    codegen::Program program = facts;
    program.cpu = one.cpu();
    addEntries(*kernels, program);
    if (llvm::Error error = compiler.add(*kernels, program, one))
      return internalError(llvm::toString(std::move(error)), *context, *kernels, "");
  }
  return ExitStatus::Success;
}

namespace {

/// Where the files of an artefact go.
struct Places {
  std::string artefact;
  std::string folder; ///< that the other files are in
  std::string made;   ///< a folder that -o asks for, or ""

  static Places of(StringRef kind, StringRef path, const LibraryNames &names) {
    Places places;
    llvm::SmallString<256> within(path);
    if (kind == "python" && holdsNoPackage(path)) {
      llvm::sys::path::append(within, names.fileBase);
      path = within;
    }
    if (kind == "python" || ((kind == "lib" || kind == "shared") && (path.ends_with("/") || llvm::sys::fs::is_directory(path)))) {
      places.folder = places.made = path.rtrim('/').empty() ? "/" : path.rtrim('/').str();
      places.artefact = places.beside("lib" + names.fileBase + (kind == "lib" ? ".a" : ".so"));
    } else {
      places.artefact = path.str();
      places.folder = llvm::sys::path::parent_path(path).str();
    }
    return places;
  }

  /// A folder that is there, such as ".", and that a package would be lost in: it goes into one of its own.
  static bool holdsNoPackage(StringRef path) {
    llvm::SmallString<256> first(path);
    llvm::sys::path::append(first, "__init__.py");
    return llvm::sys::fs::is_directory(path) && !llvm::sys::fs::exists(first);
  }

  /// What is wrong with them already.
  ExitStatus check() const {
    const StringRef owner = llvm::sys::path::parent_path(made.empty() ? artefact : made);
    if (!owner.empty() && !llvm::sys::fs::is_directory(owner))
      return failure("cannot write '" + artefact + "': there is no folder '" + owner + "'");
    if (llvm::sys::fs::is_directory(artefact))
      return failure("cannot write '" + artefact + "': it is a directory");
    return ExitStatus::Success;
  }

  std::string beside(const llvm::Twine &name) const {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }
};

/// Objects to the artefact's bytes.
llvm::Expected<codegen::LinkedFile> link(StringRef kind, ArrayRef<std::unique_ptr<llvm::MemoryBuffer>> objects,
                                         ArrayRef<codegen::Program> programs, StringRef fileName, const codegen::Target &target,
                                         const codegen::LinkOptions &options) {
  SmallVector<llvm::MemoryBufferRef> references;
  for (const auto &object : objects)
    references.push_back(*object);
  if (kind == "exe")
    return codegen::linkExecutable(references, target, options);
  if (kind == "obj") {
    std::vector<std::string> exports{NNCC_PROGRAMS_SYMBOL};
    if (programs.size() == 1)
      exports.push_back(NNCC_PROGRAM_SYMBOL);
    return codegen::linkRelocatable(references, exports, target);
  }
  std::vector<std::string> exports = codegen::libraryExports(programs.front());
  if (kind == "lib")
    return codegen::linkArchive(references, exports, target, options);
  return codegen::linkShared(references, exports, fileName, target, options);
}

/// What is written beside a library.
ExitStatus addTexts(StringRef kind, ArrayRef<codegen::Program> programs, const LibraryNames &names, const Places &places,
                    OutputFiles &files) {
  SmallVector<std::pair<std::string, std::string>> texts;
  if (kind == "python") {
    codegen::PythonPackage package = codegen::pythonPackage(programs.front(), llvm::sys::path::filename(places.artefact));
    texts = {{"__init__.py", std::move(package.init)}, {"__main__.py", std::move(package.main)}};
  } else {
    SmallVector<const codegen::Program *> pointers;
    for (const codegen::Program &program : programs)
      pointers.push_back(&program);
    texts = {{names.fileBase + ".h", codegen::libraryHeader(pointers)},
             {names.fileBase + ".hpp", codegen::libraryCppHeader(programs.front())}};
  }
  for (const auto &[name, text] : texts)
    if (ExitStatus status = files.add(places.beside(name), text); status != ExitStatus::Success)
      return status;
  return ExitStatus::Success;
}

} // namespace

/// 1. What is missing or wrong is told before anything is compiled.
/// 2. All CPUs' code is lowered one after the other, and compiled while the next one is.
/// 3. Link, and write all files at once.
ExitStatus Compiler::emitArtefact(StringRef kind, StringRef path) {
  if (ExitStatus status = resolveTargets(); status != ExitStatus::Success)
    return status;
  const codegen::Target &first = targets.front(); // the same architecture for all
  const codegen::LinkOptions linkOptions{.compilerPath = "", .pictures = options.pictures.value_or(codegen::takesPictures(describe()))};
  llvm::Error missing = kind == "exe"   ? codegen::checkLinkExecutable(first, linkOptions)
                        : kind == "obj" ? codegen::checkLinkRelocatable(first)
                                        : codegen::checkLinkLibrary(first, linkOptions, /*shared=*/kind != "lib");
  if (missing)
    return failure(llvm::toString(std::move(missing)));
  const LibraryNames names = LibraryNames::of(describe().name);
  const Places places = Places::of(kind, path, names);
  if (ExitStatus status = places.check(); status != ExitStatus::Success)
    return status;

  codegen::ObjectCompiler compiler(names.prefix);
  if (ExitStatus status = compileArtefact(kind, compiler); status != ExitStatus::Success)
    return status;
  const codegen::Front front = kind == "exe" ? codegen::Front::Main : isLibrary(kind) ? codegen::Front::Library : codegen::Front::None;
  auto objects = compiler.finish(front, {kind.str(), first.triple(), describeOptions()});
  if (!objects)
    return internalError(llvm::toString(objects.takeError()), *context, *module, "");

  auto linked = link(kind, *objects, compiler.programs(), llvm::sys::path::filename(places.artefact), first, linkOptions);
  if (!linked) {
    llvm::Error error = linked.takeError();
    const bool isBug = error.isA<codegen::InternalError>();
    std::string message = llvm::toString(std::move(error));
    return isBug ? internalError(message, *context, *module, "") : failure(message);
  }
  OutputFiles files;
  if (!places.made.empty())
    if (ExitStatus status = files.makeFolder(places.made); status != ExitStatus::Success)
      return status;
  if (ExitStatus status = files.add(places.artefact, (*linked)->getBuffer(), /*executable=*/kind == "exe" || kind == "shared" || kind == "python");
      status != ExitStatus::Success)
    return status;
  if (isLibrary(kind))
    if (ExitStatus status = addTexts(kind, compiler.programs(), names, places, files); status != ExitStatus::Success)
      return status;
  if (ExitStatus status = files.commit(); status != ExitStatus::Success)
    return status;
  if (!options.training)
    llvm::errs() << "nncc: " << places.artefact << ": " << ((*linked)->getBufferSize() + 1023) / 1024
                 << " KiB without train_step and gradients\n";
  return ExitStatus::Success;
}

} // namespace nncc::pipeline
