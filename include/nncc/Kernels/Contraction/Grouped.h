// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_KERNELS_CONTRACTION_GROUPED_H
#define NNCC_KERNELS_CONTRACTION_GROUPED_H

#include "nncc/Kernels/Contraction/Correlation.h"
#include "nncc/Kernels/Contraction/KernelGradient.h"

/// Convolutions in many small groups; one channel a group is the depthwise convolution. What one group gives fills no
/// vector, so a vector holds the result channels of several: lane l of a vector of whole groups, q results each, sums
/// over the channels c of its own group, of which there are d:
///     result[l] += source[(l / q) * d + c] * weights[tap][c][l]
/// The weights lie in memory in that order. The source's lanes are a permutation of neighbouring channels, known when the
/// kernel is built, and for d = q = 1 these channels themselves. All taps of the last axis are unrolled over a few
/// positions of the result in registers, so that each source vector is loaded once for all the taps that meet it. Nothing
/// is copied for the padding: taps in it are left out.
namespace nncc::kernels {

/// The channels: `vectors` vectors of `groups` groups (`full`), then one of the groups that are left (`tail`; valid = 0 for
/// none).
struct GroupLanes {
  int64_t source = 1; ///< channels of a group that are summed over
  int64_t result = 1; ///< channels of a group in the result
  int64_t groups = 1;
  planning::VectorSlice full;
  int64_t vectors = 0;
  planning::VectorSlice tail;

  bool operator==(const GroupLanes &) const = default;
};

/// None where other kernels do better: groups whose results fill half a vector and more, or that have many channels.
std::optional<GroupLanes> planGroupLanes(int64_t groups, int64_t source, int64_t result, const TargetFacts &target);

/// One phase of the last axis, cut into tiles of `length` positions (the last one may be shorter). Tiles of which some
/// taps reach into the padding are built one by one: those before `inside` and from `outside` on.
struct PositionTiles {
  int64_t positions = 0;
  int64_t length = 1;
  int64_t tiles = 0;
  int64_t inside = 0, outside = 0;

  bool operator==(const PositionTiles &) const = default;
};

PositionTiles planPositionTiles(const Axis &axis, int64_t phase, int64_t most);

struct GroupedPlan {
  GroupLanes lanes;
  llvm::SmallVector<PositionTiles, 2> tiles; ///< one a phase of the last axis
  int blockAxis = 1;                         ///< rows of which a block of a sample's result consists
  int64_t blocks = 1;                        ///< units per sample
};

std::optional<GroupedPlan> planGroupedCorrelation(const Correlation &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const GroupedPlan &plan);

struct GroupedGradientPlan {
  GroupLanes lanes;
  PositionTiles tiles;
  int64_t taps = 1;  ///< of the last axis, summed at a time
  int blockAxis = 1; ///< rows of positions of a sample are cut along this axis
  int64_t blocks = 1;
  int64_t slabs = 1;    ///< most sums over a fixed part of all blocks each
  int64_t work = 1;     ///< multiply-adds of a sample
  int64_t slabWork = 1; ///< multiply-adds that make a slab worth its part of the final sum
};

std::optional<GroupedGradientPlan> planGroupedGradient(const KernelGradient &shape, const TargetFacts &target);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const GroupedGradientPlan &plan);

/// As addCorrelationSteps, without a pool; false, and no step, where planGroupedCorrelation has no plan.
bool addGroupedCorrelationSteps(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what,
                                const Correlation &shape, mlir::Value input, mlir::Value kernel, mlir::Value bias,
                                mlir::Value result);
/// As addKernelGradientSteps; false, and no step, where planGroupedGradient has no plan.
bool addGroupedGradientSteps(KernelBuilder &kernels, mlir::Operation *source, const KernelGradient &shape,
                             mlir::Value input, mlir::Value outputGradient, mlir::Value result);

/// `slice` of neighbouring channels from `position` on, in the order in which the results of their groups meet channel
/// `channel` of each.
mlir::Value loadGroupLanes(const ContractionEmit &emit, const GroupLanes &lanes, mlir::Value memory,
                           mlir::Value position, planning::VectorSlice slice, int64_t channel);
/// All vectors of channels: body(first source channel, first result channel, slice).
void forGroupLanes(const ContractionEmit &emit, const GroupLanes &lanes,
                   llvm::function_ref<void(mlir::Value, mlir::Value, planning::VectorSlice)> body);
/// All tiles of a phase: body(first position, its number where it is known (else -1), positions).
void forPositionTiles(const ContractionEmit &emit, const PositionTiles &plan,
                      llvm::function_ref<void(mlir::Value, int64_t, int64_t)> body);
/// Where a result stands in one of the outer axes: its source for tap 0 (may be outside), and the taps from <= t < to that
/// lie in the source.
struct OuterPlace {
  mlir::Value source, from, to, firstTap;
};
OuterPlace outerPlace(const ContractionEmit &emit, const Axis &axis, mlir::Value row);

/// Data that no cache holds is read at a third of memory's speed in the order in which a tile reads it: one vector of
/// channels of all its positions, then the next. (Measured: 10 GB/s, in address order 31.) So each vector of channels also
/// prefetches a share of what the next row reads, in address order, and the order of its own reads does not matter: 28.
struct RowPrefetch {
  mlir::Value isLarge; ///< null: never
  /// From the source of a row's first taps to the rows that the next one is the first to read.
  llvm::SmallVector<int64_t> sourceRows;
  int64_t sourceFloats = 0; ///< of a position of the result
};
RowPrefetch planRowPrefetch(const ContractionEmit &emit, const Axes &axes, int64_t sourceChannels, int64_t tileLength,
                            int64_t bytesPerSample, mlir::Value batch, const TargetFacts &target);
/// The share of a vector of channels that begins with `firstChannel`: of `positions` times `channels` floats each, from
/// `start` on.
void prefetchShare(const ContractionEmit &emit, mlir::Value memory, mlir::Value start, mlir::Value firstChannel,
                   int64_t channels, int64_t perChannel);

/// The pairs (position of a tile, tap) that meet each source position, which counts from the tile's first position times
/// the axis' step. Pairs in the padding are left out where the tile's first position is known.
struct SourceUse {
  int64_t source;
  llvm::SmallVector<std::pair<int64_t, int64_t>, 4> pairs;
};
std::vector<SourceUse> sourceUses(const Axis &axis, int64_t phase, int64_t firstPosition, int64_t positions,
                                  int64_t firstTap, int64_t taps);

} // namespace nncc::kernels

#endif // NNCC_KERNELS_CONTRACTION_GROUPED_H
