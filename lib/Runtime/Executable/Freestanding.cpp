// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the C++ library would throw ends the process. Its own definitions of these functions, whose names and signatures are those of
// libstdc++'s bits/functexcept.h, bring the exceptions, the unwinder and the demangler along: 110 KB.
#include "nncc/Runtime/Data/Failure.h"

#include <cstdlib>
#include <memory>
#include <new>

using namespace nncc::runtime;

static void *allocate(size_t bytes) { return malloc(bytes ? bytes : 1); }

void *operator new(size_t bytes) {
  void *block = allocate(bytes);
  if (!block)
    failForMemory();
  return block;
}
void *operator new(size_t bytes, const std::nothrow_t &) noexcept { return allocate(bytes); }
void operator delete(void *block) noexcept { free(block); }
void operator delete(void *block, size_t) noexcept { free(block); }

extern "C" [[noreturn]] void __cxa_pure_virtual() { failWith({exitInternal, "internal error: a pure virtual function was called"}); }

namespace std {
const nothrow_t nothrow{};
bool _Sp_make_shared_tag::_S_eq(const type_info &) noexcept { return false; } // only asked about deleters, which nobody looks for
void __throw_bad_alloc() { failForMemory(); }
void __throw_bad_array_new_length() { failForMemory(); }
void __throw_length_error(const char *) { failForMemory(); } // longer than memory can be
void __throw_bad_function_call() { failWith({exitInternal, "internal error: an empty function was called"}); }
void __throw_logic_error(const char *what) { failWith({exitInternal, string("internal error: ") + what}); }
void __throw_out_of_range_fmt(const char *what, ...) { failWith({exitInternal, string("internal error: ") + what}); }
void __throw_system_error(int number) { fail(exitResource, "the system refuses a lock or a thread (error %d)", number); }
} // namespace std
