// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_SUPPORT_NEARESTNAME_H
#define NNCC_SUPPORT_NEARESTNAME_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace nncc {

/// Among more names than these nothing is offered: comparing takes longer than anybody wants to wait for a hint.
inline constexpr size_t kMostCandidates = 2'000;

/// The candidate that a misspelt name was probably meant to be; empty where none is near. Near is: equal without regard
/// to case and underscores, or about a third of the name's letters to insert, delete or replace.
llvm::StringRef nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace nncc

#endif // NNCC_SUPPORT_NEARESTNAME_H
