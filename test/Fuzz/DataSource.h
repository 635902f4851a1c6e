// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is expected of data that a stranger has made: it is read, or refused with a message.
#ifndef NNCC_TEST_FUZZ_DATASOURCE_H
#define NNCC_TEST_FUZZ_DATASOURCE_H

#include "Fuzz.h"
#include "nncc/Runtime/Data/Error.h"

namespace nncc::fuzz {

/// Runs `action`; an Error must be of the kinds that damaged files have, and say something. True where there was none.
template <typename Action> bool succeedsOrRefuses(Action action) {
  try {
    action();
    return true;
  } catch (const runtime::Error &error) {
    expect(error.status == runtime::exitBadInput || error.status == runtime::exitResource, "an error of another status");
    expect(!error.message.empty(), "a refusal without a message");
    return false;
  }
}

/// Reads a source as `nncc data` and as a training do: every sample, and both parts fitted to a model.
void readDataSource(const std::string &text);

} // namespace nncc::fuzz
#endif // NNCC_TEST_FUZZ_DATASOURCE_H
