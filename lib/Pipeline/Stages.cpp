// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Stages.h"

namespace nncc::pipeline {

static constexpr Stage kStages[] = {
    {"tokens", "the source's tokens", Level::Syntax},
    {"ast", "the syntax tree", Level::Syntax},
    {"nn", "the nn dialect: layers, shapes inferred, verified", Level::Model},
    {"summary", "the layer table, as Keras prints it", Level::Model},
    {"json", "the same facts as one JSON object, and the memory plan", Level::Code},
    {"dot", "the layer graph for Graphviz", Level::Model},
    {"svg", "the layer graph as a picture", Level::Model},
    {"grad", "the nn dialect after the gradient pass: forward, loss, backward, update", Level::Code},
    {"plan", "each entry's steps, how they are tiled, and where its buffers lie", Level::Code},
    {"linalg", "kernels, before the irregular ones become loops", Level::Code},
    {"loops", "kernels as loops over vectors", Level::Code},
    {"llvm", "kernels in MLIR's LLVM dialect", Level::Code},
    {"llvm-ir", "LLVM IR, optimised, with the program table", Level::Code},
    {"asm", "assembly", Level::Code},
    {"obj", "an object file", Level::Artefact},
    {"exe", "a self-contained executable that trains, evaluates and predicts", Level::Artefact},
    {"lib", "libNAME.a with its C and C++ headers", Level::Artefact},
    {"shared", "libNAME.so with its C and C++ headers", Level::Artefact},
    {"python", "a package for Python and NumPy, into the folder -o DIR", Level::Artefact},
};

llvm::ArrayRef<Stage> stages() { return kStages; }

const Stage *findStage(llvm::StringRef name) {
  for (const Stage &stage : kStages)
    if (stage.name == name)
      return &stage;
  return nullptr;
}

} // namespace nncc::pipeline
