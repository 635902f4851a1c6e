// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Stages.h"

namespace nncc::pipeline {

static constexpr Stage kStages[] = {
    {"tokens", "the source's tokens", false, true},
    {"ast", "the syntax tree", false, true},
    {"nn", "the nn dialect: layers, shapes inferred, verified", false, false},
    {"summary", "the layer table, as Keras prints it", false, false},
    {"json", "the same facts as one JSON object", false, false},
    {"dot", "the layer graph for Graphviz", false, false},
    {"svg", "the layer graph as a picture", false, false},
    {"grad", "the nn dialect after the gradient pass: forward, loss, backward, update", false, false},
    {"plan", "each entry's steps, how they are tiled, and where its buffers lie", false, false},
    {"linalg", "kernels, before the irregular ones become loops", false, false},
    {"loops", "kernels as loops over vectors", false, false},
    {"llvm", "kernels in MLIR's LLVM dialect", false, false},
    {"llvm-ir", "LLVM IR, optimised, with the program table", false, false},
    {"asm", "assembly", false, false},
    {"obj", "an object file", true, false},
    {"exe", "a self-contained executable that trains, evaluates and predicts", true, false},
};

llvm::ArrayRef<Stage> stages() { return kStages; }

const Stage *findStage(llvm::StringRef name) {
  for (const Stage &stage : kStages)
    if (stage.name == name)
      return &stage;
  return nullptr;
}

} // namespace nncc::pipeline
