// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Failures as exceptions: in the compiler and in unit tests, which go on behind one.
#include "nncc/Runtime/Data/Failure.h"

#include <new>

namespace nncc::runtime {

void failWith(Error error) { throw error; }

void failForMemory() { throw std::bad_alloc(); }

std::optional<Error> attempt(const std::function<void()> &work) {
  try {
    work();
    return std::nullopt;
  } catch (const Error &error) {
    return error;
  } catch (const std::bad_alloc &) {
    return Error{exitResource, "out of memory"};
  }
}

void tellFailure(const std::function<void()> &work, const std::function<void(const Error &)> &told) {
  if (std::optional<Error> error = attempt(work)) {
    attempt([&] { told(*error); });
    failWith(*error);
  }
}

Unfinished::Unfinished() = default;
Unfinished::~Unfinished() = default;

} // namespace nncc::runtime
