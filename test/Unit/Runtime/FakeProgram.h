// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program table written by hand: softmax(x[4] * kernel[4x3] + bias[3]) with sparse cross-entropy and SGD. What the compiler would
// generate, in a few obvious loops, so that the runtime can be tested alone.
#ifndef NNCC_TEST_UNIT_RUNTIME_FAKEPROGRAM_H
#define NNCC_TEST_UNIT_RUNTIME_FAKEPROGRAM_H

#include "nncc/ABI/Program.h"

namespace nncc::test {

constexpr int64_t features = 4, classes = 3;

/// The table. Each call gives a fresh one, whose fields a test may change.
nncc_program linearProgram();
/// The same with an optimizer that has a slot, and with steps that depend on the seed and their number.
nncc_program statefulProgram();

} // namespace nncc::test
#endif // NNCC_TEST_UNIT_RUNTIME_FAKEPROGRAM_H
