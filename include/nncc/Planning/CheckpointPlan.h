// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_PLANNING_CHECKPOINTPLAN_H
#define NNCC_PLANNING_CHECKPOINTPLAN_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

/// Which activations a training step computes twice instead of keeping them: a pure function of the forward pass and the
/// memory that there is. Runs of forward ops (segments) are run again when the backward pass comes to them; what leaves a
/// segment is kept. Source: Chen et al., Training Deep Nets with Sublinear Memory Cost (arXiv 1604.06174), section 4; the
/// segments are not of equal length but the cheapest that fit.
namespace nncc::planning {

/// An op of the forward pass, in the order of the program.
struct ForwardOp {
  int64_t bytes = 0;                 ///< of its results; 0 of a view
  int64_t flops = 0;
  bool kept = false;                 ///< the backward pass reads a result
  bool recomputable = true;          ///< false: it runs once (a loss)
  std::vector<int64_t> operands{};   ///< positions of the ops whose results it reads
};

/// Ops [begin, end) that run again.
struct Segment {
  int64_t begin = 0, end = 0;
  bool operator==(const Segment &) const = default;
};

struct CheckpointPlan {
  std::vector<Segment> segments;
  int64_t bytes = 0; ///< most that is alive of results of the forward pass, while the backward pass runs
  int64_t flops = 0; ///< done once more
};

/// The forward pass as the planner asks about it.
class ForwardPass {
public:
  explicit ForwardPass(llvm::ArrayRef<ForwardOp> ops);

  llvm::ArrayRef<ForwardOp> ops() const { return allOps; }
  /// The results that are not kept when the segment runs again: the backward pass reads them, and no op outside does.
  std::vector<int64_t> dropped(Segment segment) const;
  /// The ops of the segment that have to run again for `dropped`, in their order.
  std::vector<int64_t> recomputed(Segment segment) const;
  /// Bytes and FLOPs of a choice of segments, which are in order and apart from each other.
  CheckpointPlan evaluate(std::vector<Segment> segments) const;

private:
  /// No op outside the segment reads the result.
  bool isInternal(int64_t op, Segment segment) const { return lastReader[op] < segment.end; }

  llvm::ArrayRef<ForwardOp> allOps;
  std::vector<int64_t> lastReader; ///< in the forward pass; the op itself where nobody reads it
};

/// A segment has no more ops than this.
inline constexpr int64_t kLongestSegment = 96;

/// The segments that cost the fewest FLOPs and keep `bytes` within the budget; where that is not possible, those that keep the
/// least.
CheckpointPlan planCheckpoints(const ForwardPass &pass, int64_t budget);

} // namespace nncc::planning

#endif // NNCC_PLANNING_CHECKPOINTPLAN_H
