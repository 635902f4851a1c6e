// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_CODEGEN_LIBRARYARENA_H
#define NNCC_LIB_CODEGEN_LIBRARYARENA_H

#include "nncc/Codegen/Program.h"

#include "llvm/ADT/ArrayRef.h"

namespace nncc::codegen {

/// What a model in the caller's memory takes, whichever of these programs it runs: nncc_model_arena_bytes, NAME_ARENA_BYTES(batch).
Affine arenaBytes(llvm::ArrayRef<const Program *> programs);

} // namespace nncc::codegen

#endif // NNCC_LIB_CODEGEN_LIBRARYARENA_H
