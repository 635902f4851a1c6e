/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "nncc/Runtime/Core/Cpu.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

typedef enum state { baseline, avx, avx512, amx } state; /* what the operating system must save */

/* Leaves of CPUID: 1, 7.0, 7.1, 0x80000001. */
typedef enum leaf { leaf1, leaf7, leaf7_1, leafExtended, leafCount } leaf;

typedef struct feature {
  const char *name;
  uint8_t leaf;
  uint8_t reg;    /* 0 eax, 1 ebx, 2 ecx, 3 edx */
  uint8_t bit;
  uint8_t needs;
} feature;

/* Intel SDM volume 2A, CPUID; names as LLVM's X86.td. */
static const feature features[] = {
    {"sse3", 0, 2, 0, baseline},         {"pclmul", 0, 2, 1, baseline},      {"ssse3", 0, 2, 9, baseline},
    {"fma", 0, 2, 12, avx},              {"cx16", 0, 2, 13, baseline},       {"sse4.1", 0, 2, 19, baseline},
    {"sse4.2", 0, 2, 20, baseline},      {"movbe", 0, 2, 22, baseline},      {"popcnt", 0, 2, 23, baseline},
    {"aes", 0, 2, 25, baseline},         {"avx", 0, 2, 28, avx},             {"f16c", 0, 2, 29, avx},
    {"rdrnd", 0, 2, 30, baseline},       {"bmi", 1, 1, 3, baseline},         {"avx2", 1, 1, 5, avx},
    {"bmi2", 1, 1, 8, baseline},         {"avx512f", 1, 1, 16, avx512},      {"avx512dq", 1, 1, 17, avx512},
    {"adx", 1, 1, 19, baseline},         {"avx512ifma", 1, 1, 21, avx512},   {"avx512cd", 1, 1, 28, avx512},
    {"sha", 1, 1, 29, baseline},         {"avx512bw", 1, 1, 30, avx512},     {"avx512vl", 1, 1, 31, avx512},
    {"avx512vbmi", 1, 2, 1, avx512},     {"avx512vbmi2", 1, 2, 6, avx512},   {"gfni", 1, 2, 8, baseline},
    {"vaes", 1, 2, 9, avx},              {"vpclmulqdq", 1, 2, 10, avx},      {"avx512vnni", 1, 2, 11, avx512},
    {"avx512bitalg", 1, 2, 12, avx512},  {"avx512vpopcntdq", 1, 2, 14, avx512},
    {"amx-bf16", 1, 3, 22, amx},         {"avx512fp16", 1, 3, 23, avx512},   {"amx-tile", 1, 3, 24, amx},
    {"amx-int8", 1, 3, 25, amx},         {"avxvnni", 2, 0, 4, avx},          {"avx512bf16", 2, 0, 5, avx512},
    {"amx-fp16", 2, 0, 21, amx},         {"avxifma", 2, 0, 23, avx},         {"sahf", 3, 2, 0, baseline},
    {"lzcnt", 3, 2, 5, baseline},        {"sse4a", 3, 2, 6, baseline},       {"xop", 3, 2, 11, avx},
    {"fma4", 3, 2, 16, avx},
};

/*
 * A register of a leaf. Each leaf is asked for once in a process: in a virtual machine CPUID takes up to 100 us. XSAVE tells of a CPU
 * that has leaf 7 without asking leaf 0; any 64-bit one has 0x80000001.
 */
static unsigned leafRegister(leaf which, int reg) {
  static atomic_uint cached[leafCount][4], isCached[leafCount];
  if (!atomic_load_explicit(&isCached[which], memory_order_acquire)) {
    unsigned r[4] = {0};
    if (which == leaf1)
      __cpuid(1, r[0], r[1], r[2], r[3]);
    else if (which == leafExtended)
      __cpuid(0x80000001u, r[0], r[1], r[2], r[3]);
    else if (which == leaf7 && leafRegister(leaf1, 2) & 1u << 26)
      __cpuid_count(7, 0, r[0], r[1], r[2], r[3]);
    else if (which == leaf7_1 && leafRegister(leaf7, 0) >= 1)
      __cpuid_count(7, 1, r[0], r[1], r[2], r[3]);
    for (int i = 0; i < 4; ++i)
      atomic_store_explicit(&cached[which][i], r[i], memory_order_relaxed);
    atomic_store_explicit(&isCached[which], 1, memory_order_release);
  }
  return atomic_load_explicit(&cached[which][reg], memory_order_relaxed);
}

static int systemSaves(state needs) {
  if (needs == baseline)
    return 1;
  if (!(leafRegister(leaf1, 2) & 1u << 27)) /* OSXSAVE */
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  uint32_t mask = needs == avx ? 0x6u : needs == avx512 ? 0xe6u : 0x60000u;
  return (low & mask) == mask;
}

static int present(const feature *f) {
  return (leafRegister((leaf)f->leaf, f->reg) >> f->bit & 1u) && systemSaves((state)f->needs);
}

int nncc_cpu_has(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof features / sizeof *features; ++i)
    if (strlen(features[i].name) == length && memcmp(features[i].name, name, length) == 0)
      return present(&features[i]);
  return -1;
}
#else
int nncc_cpu_has(const char *name, size_t length) {
  (void)name;
  (void)length;
  return -1;
}
#endif

#if defined(__x86_64__) && defined(__linux__)
/* Linux saves the tiles' 8 KiB only for processes that ask. arch/x86/include/uapi/asm/prctl.h */
static int requestTiles(void) {
  enum { requestPermission = 0x1023, tileData = 18 };
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}
#else
static int requestTiles(void) { return 1; }
#endif

nncc_status nncc_cpu_check(const char *list, nncc_message *message) {
  nncc_status status = NNCC_OK;
  while (list && *list) {
    const char *end = strchr(list, ',');
    size_t length = end ? (size_t)(end - list) : strlen(list);
    const char *name = list;
    if (length && *name == '+')
      ++name, --length;
    if (length && *name != '-' && nncc_cpu_has(name, length) == 0) {
      nncc_message_append(message, status == NNCC_OK ? "this CPU lacks %.*s" : ", %.*s", (int)length, name);
      status = NNCC_ERROR_CPU;
    }
    if (status == NNCC_OK && length == strlen("amx-tile") && memcmp(name, "amx-tile", length) == 0 && !requestTiles()) {
      nncc_message_append(message, "the operating system grants no AMX tiles (Linux 5.16 does)");
      status = NNCC_ERROR_CPU;
    }
    list = end ? end + 1 : NULL;
  }
  return status;
}
