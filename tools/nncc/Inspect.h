// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TOOLS_NNCC_INSPECT_H
#define NNCC_TOOLS_NNCC_INSPECT_H

#include "nncc/Runtime/Core/Safetensors.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

/// What `nncc inspect` reads. Files are not trusted.
namespace nncc::tool {

/// A file of machine code, and the notes (nncc/Codegen/Note.h) of the models in it.
struct Artefact {
  std::string type; ///< "executable", "shared library", "static library", "object file"
  std::vector<llvm::json::Object> models;
};

/// Whether a file is ELF or an archive, by its first bytes.
bool isMachineCode(llvm::StringRef bytes);
/// Fails where it is damaged, or holds no model.
llvm::Expected<Artefact> readArtefact(llvm::MemoryBufferRef file);
void printArtefact(llvm::StringRef path, const Artefact &artefact, llvm::raw_ostream &out);
llvm::json::Object artefactToJson(const Artefact &artefact);

void printWeights(llvm::StringRef path, const nncc_safetensors &file, llvm::raw_ostream &out);
llvm::json::Object weightsToJson(const nncc_safetensors &file);
/// Whether it is a checkpoint, and if so the text of its model: "Series, hash 0123456789abcdef".
const char *checkpointModel(const nncc_safetensors &file);

/// "(None, 3, 2)", without `batch` "(3, 2)".
std::string shapeText(llvm::ArrayRef<int64_t> extents, bool batch);

} // namespace nncc::tool

#endif // NNCC_TOOLS_NNCC_INSPECT_H
