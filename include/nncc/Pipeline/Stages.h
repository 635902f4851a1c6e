// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_STAGES_H
#define NNCC_PIPELINE_STAGES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace nncc::pipeline {

/// How far a model has come: each level knows all that the ones before it do.
enum class Level {
  Syntax,  ///< the front end's view of the text, before there is a model
  Model,   ///< layers and shapes
  Code,    ///< entry points for one target
  Artefact ///< compiled, for one or several CPUs; needs -o
};

/// A thing that -emit= can write.
struct Stage {
  llvm::StringLiteral name;
  llvm::StringLiteral help;
  Level level;

  /// Needs -o.
  bool isBinary() const { return level == Level::Artefact; }
};

/// All of them, from the source to machine code.
llvm::ArrayRef<Stage> stages();
/// Null where the name is unknown.
const Stage *findStage(llvm::StringRef name);

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_STAGES_H
