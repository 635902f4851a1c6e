// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_REFERENCE_PHILOX_H
#define NNCC_REFERENCE_PHILOX_H

#include <array>
#include <cstdint>

namespace nncc::reference {

/// Philox4x32-10: four random words for a 128-bit counter and a 64-bit key.
/// Source: Salmon, Moraes, Dror, Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC11), section 3.3.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, uint64_t key);

} // namespace nncc::reference

#endif // NNCC_REFERENCE_PHILOX_H
