// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nncc inspect FILE [MODEL.nn]: what an artefact, a weights file or a checkpoint is, and whether it belongs to a model.
#include "Inspect.h"

#include "Commands.h"

#include "nncc/Codegen/FactsTable.h"
#include "nncc/Runtime/Core/Weights.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace nncc::tool {

using pipeline::ExitStatus;

static constexpr StringLiteral kUsage =
    "usage: nncc inspect FILE [MODEL.nn] [options]\n\n"
    "What an executable, library, package, object file, weights file or checkpoint is: model, compiler and options, CPUs, shapes,\n"
    "sizes, memory. With a model also whether it was compiled from it, or fits it.\n\n"
    "  --json         one JSON object instead of a page\n"
    "  -D NAME=VALUE  a const of the model\n";

StringRef inspectUsage() { return kUsage; }

namespace {

class Inspection {
public:
  std::string path, modelPath;
  pipeline::CompilerOptions options;
  bool asJson = false;

  ExitStatus run();

private:
  ExitStatus inspectArtefact(MemoryBufferRef file);
  ExitStatus inspectWeights();
  /// Why it is nothing that nncc knows.
  ExitStatus refuse(StringRef contents);
  ExitStatus compareHash(const Artefact &artefact);
  /// Null after a message.
  const codegen::Program *model();
  void print(json::Object object);

  std::unique_ptr<pipeline::Compiler> compiler;
};

ExitStatus fail(const Twine &message, ExitStatus status = ExitStatus::BadInput) {
  errs() << "nncc: error: " << printableLines(message.str()) << "\n";
  return status;
}

std::string quoted(StringRef path) { return "'" + printable(path) + "'"; }

const codegen::Program *Inspection::model() {
  std::string text;
  if (!readSource(modelPath, text))
    return nullptr;
  compiler = std::make_unique<pipeline::Compiler>(options);
  if (compiler->load(text, modelPath) != ExitStatus::Success)
    return nullptr;
  return &compiler->describe();
}

void Inspection::print(json::Object object) {
  object["file"] = json::fixUTF8(path);
  outs() << formatv("{0:2}", json::Value(std::move(object))) << "\n";
}

ExitStatus Inspection::compareHash(const Artefact &artefact) {
  const codegen::Program *program = model();
  if (!program)
    return ExitStatus::BadInput;
  const std::string hash = utohexstr(program->modelHash, /*LowerCase=*/true, 16);
  for (const json::Object &note : artefact.models)
    if (note.getString("model_hash") == hash) {
      if (!asJson)
        outs() << "\ncompiled from " << quoted(modelPath) << ", or from one with the same layers\n";
      return ExitStatus::Success;
    }
  return fail(quoted(path) + " was not compiled from " + quoted(modelPath) + ": layers, shapes or variables differ (hash " + hash + ")");
}

ExitStatus Inspection::inspectArtefact(MemoryBufferRef file) {
  Expected<Artefact> artefact = readArtefact(file);
  if (!artefact)
    return fail(quoted(path) + ": " + printable(toString(artefact.takeError())));
  if (asJson)
    print(artefactToJson(*artefact));
  else
    printArtefact(path, *artefact, outs());
  return modelPath.empty() ? ExitStatus::Success : compareHash(*artefact);
}

ExitStatus Inspection::inspectWeights() {
  nncc_message message = {};
  nncc_safetensors *file = nullptr;
  auto release = make_scope_exit([&] {
    nncc_message_free(&message);
    nncc_safetensors_close(file);
  });
  const auto failed = [&](nncc_status status) {
    return fail(message.text ? printableLines(message.text) : nncc_status_string(status),
                status == NNCC_ERROR_MEMORY ? ExitStatus::Failed : ExitStatus::BadInput);
  };
  if (nncc_status status = nncc_safetensors_open(path.c_str(), &file, &message); status != NNCC_OK)
    return failed(status);
  if (asJson)
    print(weightsToJson(*file));
  else
    printWeights(path, *file, outs());
  if (modelPath.empty())
    return ExitStatus::Success;
  const codegen::Program *program = model();
  if (!program)
    return ExitStatus::BadInput;
  codegen::FactsTable facts(*program);
  if (nncc_status status = nncc_weights_check(&facts.program(), path.c_str(), &message); status != NNCC_OK)
    return failed(status);
  if (!asJson)
    outs() << "\nfits " << quoted(modelPath) << "\n";
  return ExitStatus::Success;
}

ExitStatus Inspection::refuse(StringRef contents) {
  const StringRef extension = sys::path::extension(path);
  if (extension == ".nn" || extension == ".mlir")
    return fail(quoted(path) + " is the text of a model; try: nncc " + printable(path) + " -emit=summary");
  if (contents.starts_with("nncc reproducer"))
    return fail(quoted(path) + " is a reproducer; try: nncc --replay " + printable(path));
  if (contents.empty())
    return fail(quoted(path) + " is empty");
  if (contents.starts_with(StringRef("\0asm", 4)))
    return fail(quoted(path) + " is a WebAssembly object, which inspect does not read");
  return fail(quoted(path) + " is neither an executable, library or object file (ELF) nor a weights file (safetensors)");
}

/// A safetensors file begins with its header's length, 8 bytes, and the header, a JSON object.
bool looksLikeWeights(StringRef path, StringRef contents) {
  return path.ends_with(".safetensors") || (contents.size() > 8 && contents[8] == '{');
}

ExitStatus Inspection::run() {
  // A Python package is a folder with a library.
  if (sys::fs::is_directory(path)) {
    std::error_code code;
    std::string library;
    for (sys::fs::directory_iterator file(path, code), end; file != end && !code; file.increment(code))
      if (sys::path::extension(file->path()) == ".so")
        library = std::max(library, file->path());
    if (library.empty())
      return fail(quoted(path) + " is a folder without a library (.so)");
    path = library;
  }
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail("cannot read " + quoted(path) + ": " + buffer.getError().message());
  const StringRef contents = (*buffer)->getBuffer();
  if (isMachineCode(contents))
    return inspectArtefact(**buffer);
  if (looksLikeWeights(path, contents))
    return inspectWeights();
  return refuse(contents);
}

} // namespace

int runInspect(const std::vector<std::string> &words) {
  const auto wrong = [](const Twine &message) {
    return static_cast<int>(fail(message + "; see nncc inspect --help", ExitStatus::WrongUsage));
  };
  Inspection inspection;
  std::vector<std::string> paths;
  for (size_t i = 0; i < words.size(); ++i) {
    const StringRef word = words[i];
    if (word == "--help" || word == "-h") {
      outs() << kUsage;
      return 0;
    }
    if (word == "--json")
      inspection.asJson = true;
    else if (word == "-D" && i + 1 < words.size())
      inspection.options.defines.push_back(words[++i]);
    else if (word.starts_with("-D") && word.size() > 2)
      inspection.options.defines.push_back(word.drop_front(2).str());
    else if (word.size() > 1 && word.starts_with("-"))
      return wrong("inspect does not take '" + word + "'");
    else
      paths.push_back(word.str());
  }
  if (paths.empty() || paths.size() > 2)
    return wrong("inspect takes a file and, if wanted, a model");
  inspection.path = paths[0];
  inspection.modelPath = paths.size() > 1 ? paths[1] : "";
  return static_cast<int>(inspection.run());
}

} // namespace nncc::tool
