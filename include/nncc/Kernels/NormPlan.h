// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_NORMPLAN_H
#define NNCC_KERNELS_NORMPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>

namespace nncc::kernels {

/// How norms over some axes of a dense tensor are computed. Neighbouring axes that are both summed over or both kept
/// are one run. Where the innermost run is kept, a unit sums several norms at once, one a lane ("columns"); where it is
/// summed, a unit sums the lanes of one norm ("rows"). Sums of many elements are cut into chunks, a unit each.
struct NormPlan {
  struct Run {
    int64_t extent, distance; ///< from one element to the next
  };
  llvm::SmallVector<Run> kept, summed; ///< but for the innermost run; the outer ones first
  int64_t inner;                       ///< extent of the innermost run
  bool rows;
  int64_t width; ///< norms of a unit: of columns, the last unit may have less
  /// Of the summed places of columns, or of `inner` of rows; the last chunk may be smaller.
  int64_t chunks, chunkSize;

  int64_t groups() const; ///< of columns; 1 where there are rows
  int64_t units() const;
  int64_t summedPlaces() const; ///< product of the extents of `summed`
};

/// The plan of a tensor of `shape` over `axes`, which are in ascending order, for vectors of `lanes` elements.
NormPlan planNorms(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes, int64_t lanes);

llvm::raw_ostream &operator<<(llvm::raw_ostream &out, const NormPlan &plan);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_NORMPLAN_H
