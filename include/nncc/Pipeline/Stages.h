// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PIPELINE_STAGES_H
#define NNCC_PIPELINE_STAGES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace nncc::pipeline {

/// A thing that -emit= can write.
struct Stage {
  llvm::StringLiteral name;
  llvm::StringLiteral help;
  bool binary;      ///< needs -o
  bool beforeModel; ///< the front end's view of the text, before there is a model
};

/// All of them, from the source to machine code.
llvm::ArrayRef<Stage> stages();
/// Null where the name is unknown.
const Stage *findStage(llvm::StringRef name);

} // namespace nncc::pipeline

#endif // NNCC_PIPELINE_STAGES_H
