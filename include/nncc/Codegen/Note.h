// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_NOTE_H
#define NNCC_CODEGEN_NOTE_H

#include "nncc/Codegen/Program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

/// What an artefact says of itself: a JSON object in a section that linking and stripping leave there.
namespace nncc::codegen {

/// Name of the section. It holds a record for each model: 8 bytes "nnccnote", length of the text and 0 (32 bits each, little-endian), the
/// text, and zeros up to a multiple of 8 bytes.
inline constexpr llvm::StringLiteral kNoteSection = ".nncc";
/// `format` of the text: another one where a reader of this one would be wrong.
inline constexpr int64_t kNoteFormat = 1;

/// What the programs do not tell.
struct ArtefactFacts {
  std::string kind;                 ///< as -emit= has it: "exe"
  std::string triple;
  std::vector<std::string> options; ///< that the model was compiled with: "-O3", "--no-train"
};

/// The text for a model's programs, one for each CPU: its name, shapes, sizes, memory needs, and what it was made with.
std::string describeArtefact(const ArtefactFacts &facts, llvm::ArrayRef<Program> programs);

/// Adds the record to a module.
void emitNote(llvm::Module &module, llvm::StringRef text);

/// The texts in the bytes of a section, which are not trusted.
llvm::Expected<std::vector<llvm::StringRef>> readNotes(llvm::StringRef section);

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_NOTE_H
