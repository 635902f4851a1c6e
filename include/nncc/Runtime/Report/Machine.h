// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where and how a program runs, for whoever wants to do it again.
#ifndef NNCC_RUNTIME_REPORT_MACHINE_H
#define NNCC_RUNTIME_REPORT_MACHINE_H

#include <string>
#include <vector>

namespace nncc::runtime::report {

/// "AMD EPYC 9R14, 8 cores, Linux 6.1.0 (x86_64)"
std::string machineText();
/// "2026-03-01 14:05 +0100"
std::string dateText();
/// Words as one would type them into a shell: quoted where they need it.
std::string shellText(const std::vector<std::string> &words);

} // namespace nncc::runtime::report
#endif // NNCC_RUNTIME_REPORT_MACHINE_H
