/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Does this CPU have what the code was compiled for? */
#ifndef NNCC_RUNTIME_CORE_CPU_H
#define NNCC_RUNTIME_CORE_CPU_H

#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * `features`: LLVM's feature names, comma separated, each with or without a leading '+' ("avx2,fma"). NULL and "" ask for
 * nothing; names that stand for no instruction set (tuning hints, x86-64's baseline) are passed over. Both the CPU and the
 * operating system (XCR0: does it save the wide registers?) are asked.
 * NNCC_ERROR_CPU: the message lists all that is missing.
 */
nncc_status nncc_cpu_check(const char *features, nncc_message *message);

/* 1 if this CPU has the one feature, 0 if not, -1 if the name is not known. */
int nncc_cpu_has(const char *feature, size_t length);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_CPU_H */
