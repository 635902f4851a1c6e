// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_PIPELINE_PLANOUTPUT_H
#define NNCC_LIB_PIPELINE_PLANOUTPUT_H

#include "nncc/Kernels/EntryTable.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace nncc::pipeline {

/// -emit=plan: each entry's steps, what was decided about them, and where its buffers lie. Counts that grow with the
/// batch are printed as "fixed + per sample * batch".
void printPlan(llvm::ArrayRef<kernels::EntryInfo> entries, llvm::raw_ostream &out);

/// The memory plan as an attribute `memory` of a JSON object: by entry, the arena's bytes and its buffers. A count is an
/// array [fixed, per sample].
void printMemoryJson(llvm::ArrayRef<kernels::EntryInfo> entries, llvm::json::OStream &json);

} // namespace nncc::pipeline

#endif // NNCC_LIB_PIPELINE_PLANOUTPUT_H
