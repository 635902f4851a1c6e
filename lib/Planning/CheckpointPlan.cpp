// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Planning/CheckpointPlan.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

namespace nncc::planning {

ForwardPass::ForwardPass(llvm::ArrayRef<ForwardOp> ops) : allOps(ops) {
  for (auto [position, op] : llvm::enumerate(ops)) {
    lastReader.push_back(position);
    for (int64_t operand : op.operands)
      lastReader[operand] = position;
  }
  // Who reads a view reads what it is a view of.
  for (int64_t position = static_cast<int64_t>(ops.size()) - 1; position >= 0; --position)
    if (ops[position].bytes == 0)
      for (int64_t operand : ops[position].operands)
        lastReader[operand] = std::max(lastReader[operand], lastReader[position]);
}

std::vector<int64_t> ForwardPass::dropped(Segment segment) const {
  std::vector<int64_t> result;
  for (int64_t op = segment.begin; op < segment.end; ++op)
    if (allOps[op].kept && allOps[op].recomputable && isInternal(op, segment))
      result.push_back(op);
  return result;
}

std::vector<int64_t> ForwardPass::recomputed(Segment segment) const {
  std::vector<bool> needed(segment.end - segment.begin);
  for (int64_t op : dropped(segment))
    needed[op - segment.begin] = true;
  std::vector<int64_t> result;
  for (int64_t op = segment.end - 1; op >= segment.begin; --op) {
    if (!needed[op - segment.begin])
      continue;
    result.push_back(op);
    for (int64_t operand : allOps[op].operands)
      if (operand >= segment.begin && allOps[operand].recomputable && isInternal(operand, segment))
        needed[operand - segment.begin] = true;
  }
  std::reverse(result.begin(), result.end());
  return result;
}

namespace {

/// What a segment adds to what is kept, and what it needs while it runs again.
struct SegmentCost {
  int64_t kept = 0;    ///< what leaves it, and what it reads that would not be kept without it
  int64_t running = 0; ///< what was dropped, and the largest of what lies between
  int64_t flops = 0;
};

SegmentCost costOf(const ForwardPass &pass, Segment segment) {
  SegmentCost cost;
  std::vector<int64_t> dropped = pass.dropped(segment), again = pass.recomputed(segment);
  auto isOneOf = [](llvm::ArrayRef<int64_t> sorted, int64_t op) {
    return std::binary_search(sorted.begin(), sorted.end(), op);
  };
  for (int64_t op = segment.begin; op < segment.end; ++op)
    if (pass.ops()[op].kept && !isOneOf(dropped, op))
      cost.kept += pass.ops()[op].bytes;
  int64_t between = 0;
  std::vector<int64_t> read;
  for (int64_t op : again) {
    const ForwardOp &info = pass.ops()[op];
    cost.flops += info.flops;
    if (isOneOf(dropped, op))
      cost.running += info.bytes;
    else
      between = std::max(between, info.bytes);
    for (int64_t operand : info.operands)
      if (!isOneOf(again, operand) && !pass.ops()[operand].kept && !llvm::is_contained(read, operand))
        read.push_back(operand);
  }
  for (int64_t operand : read)
    cost.kept += pass.ops()[operand].bytes;
  cost.running += between;
  return cost;
}

/// A way to go through the first ops.
struct Way {
  int64_t kept = 0, peak = 0, flops = 0;
  int64_t from = -1;      ///< where its last part begins
  int64_t fromBucket = 0; ///< the way up to there
  bool again = false;     ///< its last part is a segment
};

} // namespace

CheckpointPlan ForwardPass::evaluate(std::vector<Segment> segments) const {
  CheckpointPlan plan;
  int64_t kept = 0, position = 0;
  auto keepUpTo = [&](int64_t end) {
    for (; position < end; ++position)
      kept += allOps[position].kept ? allOps[position].bytes : 0;
  };
  for (Segment segment : segments) {
    keepUpTo(segment.begin);
    SegmentCost cost = costOf(*this, segment);
    kept += cost.kept;
    plan.flops += cost.flops;
    plan.bytes = std::max(plan.bytes, kept + cost.running);
    position = segment.end;
  }
  keepUpTo(allOps.size());
  plan.bytes = std::max(plan.bytes, kept);
  plan.segments = std::move(segments);
  return plan;
}

/// The cheapest segments within the budget; none where there are no such.
static std::optional<CheckpointPlan> planWithin(const ForwardPass &pass, int64_t budget) {
  // Dynamic programming over the positions: of the ways to a position that keep about as much (the same part in
  // kBuckets of the budget), the cheapest goes on.
  constexpr int64_t kBuckets = 192;
  int64_t count = pass.ops().size();
  std::vector<std::map<int64_t, Way>> ways(count + 1);
  ways[0][0] = {};
  auto go = [&](int64_t to, Way way) {
    if (way.kept > budget || way.peak > budget)
      return;
    int64_t bucket = budget ? way.kept / (budget / kBuckets + 1) : 0;
    auto [place, isNew] = ways[to].try_emplace(bucket, way);
    if (!isNew && std::pair(way.flops, way.kept) < std::pair(place->second.flops, place->second.kept))
      place->second = way;
  };
  for (int64_t begin = 0; begin < count; ++begin) {
    if (ways[begin].empty())
      continue;
    // What keeps more and costs no less leads nowhere.
    int64_t cheapest = std::numeric_limits<int64_t>::max();
    for (auto way = ways[begin].begin(); way != ways[begin].end();)
      if (way->second.flops >= cheapest) {
        way = ways[begin].erase(way);
      } else {
        cheapest = way->second.flops;
        ++way;
      }
    const ForwardOp &op = pass.ops()[begin];
    for (auto [bucket, way] : ways[begin]) {
      int64_t kept = way.kept + (op.kept ? op.bytes : 0);
      go(begin + 1, {kept, std::max(way.peak, kept), way.flops, begin, bucket, false});
    }
    for (int64_t end = begin + 1; end <= std::min(count, begin + kLongestSegment); ++end) {
      SegmentCost cost = costOf(pass, {begin, end});
      if (cost.running > budget)
        break; // and so are all longer ones
      if (cost.flops == 0)
        continue;
      for (auto [bucket, way] : ways[begin]) {
        int64_t kept = way.kept + cost.kept;
        go(end, {kept, std::max(way.peak, kept + cost.running), way.flops + cost.flops, begin, bucket, true});
      }
    }
  }
  if (ways[count].empty())
    return std::nullopt;
  auto best = std::min_element(ways[count].begin(), ways[count].end(), [](const auto &a, const auto &b) {
    return std::pair(a.second.flops, a.second.kept) < std::pair(b.second.flops, b.second.kept);
  });
  std::vector<Segment> segments;
  int64_t position = count, bucket = best->first;
  while (position > 0) {
    const Way &way = ways[position].at(bucket);
    if (way.again)
      segments.push_back({way.from, position});
    bucket = way.fromBucket;
    position = way.from;
  }
  std::reverse(segments.begin(), segments.end());
  return pass.evaluate(std::move(segments));
}

CheckpointPlan planCheckpoints(const ForwardPass &pass, int64_t budget) {
  if (std::optional<CheckpointPlan> plan = planWithin(pass, budget))
    return *plan;
  // The smallest budget that can be kept, by bisection.
  CheckpointPlan best = pass.evaluate({});
  for (int64_t low = budget, high = best.bytes, round = 0; round < 10 && low < high; ++round) {
    int64_t middle = low + (high - low) / 2;
    if (std::optional<CheckpointPlan> plan = planWithin(pass, middle)) {
      if (plan->bytes < best.bytes)
        best = *plan;
      high = std::min(middle, plan->bytes);
    } else {
      low = middle + 1;
    }
  }
  return best;
}

} // namespace nncc::planning
