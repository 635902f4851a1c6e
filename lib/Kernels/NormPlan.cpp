// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Kernels/NormPlan.h"

#include "Elementwise.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace nncc::kernels;

/// Vectors of columns that a unit sums at once: as much of a row as the memory gives in one go.
static constexpr int64_t kColumnVectors = 4;
/// Elements of a unit, at most about.
static constexpr int64_t kElements = 1 << 15;

static int64_t places(llvm::ArrayRef<NormPlan::Run> runs) {
  int64_t product = 1;
  for (NormPlan::Run run : runs)
    product *= run.extent;
  return product;
}

int64_t NormPlan::groups() const { return rows ? 1 : llvm::divideCeil(inner, width); }
int64_t NormPlan::units() const { return places(kept) * groups() * chunks; }
int64_t NormPlan::summedPlaces() const { return places(summed); }

NormPlan nncc::kernels::planNorms(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes, int64_t lanes) {
  // 1. Runs, the innermost first. An axis of one element belongs to any.
  struct KindOfRun : NormPlan::Run {
    bool isSummed;
  };
  llvm::SmallVector<KindOfRun> runs;
  int64_t distance = 1;
  for (int64_t axis = shape.size(); axis-- > 0;) {
    const bool isSummed = llvm::is_contained(axes, axis);
    if (shape[axis] == 1)
      continue;
    if (!runs.empty() && runs.back().isSummed == isSummed)
      runs.back().extent *= shape[axis];
    else
      runs.push_back({{shape[axis], distance}, isSummed});
    distance *= shape[axis];
  }
  NormPlan plan;
  plan.inner = runs.empty() ? 1 : runs.front().extent;
  plan.rows = !runs.empty() && runs.front().isSummed;
  for (const KindOfRun &run : llvm::reverse(llvm::ArrayRef(runs).drop_front(runs.empty() ? 0 : 1)))
    (run.isSummed ? plan.summed : plan.kept).push_back(run);
  // 2. Units.
  plan.width = plan.rows ? 1 : std::min(plan.inner, kColumnVectors * lanes);
  const Chunks chunks = plan.rows ? cutIntoChunks(plan.inner, kElements, kColumnVectors * lanes)
                                  : cutIntoChunks(plan.summedPlaces(), kElements / plan.width, 1);
  plan.chunks = chunks.units;
  plan.chunkSize = chunks.size;
  return plan;
}

llvm::raw_ostream &nncc::kernels::operator<<(llvm::raw_ostream &out, const NormPlan &plan) {
  const int64_t norms = places(plan.kept) * (plan.rows ? 1 : plan.inner);
  const int64_t elements = plan.summedPlaces() * (plan.rows ? plan.inner : 1);
  out << norms << (norms == 1 ? " norm of " : " norms of ") << elements << (plan.rows ? " in rows" : " in columns");
  if (plan.width > 1)
    out << ", " << plan.width << " at once";
  if (plan.chunks > 1)
    out << ", chunks of " << plan.chunkSize << (plan.rows ? " elements" : " places");
  return out;
}
