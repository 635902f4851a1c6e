// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_KERNELS_CHANNELS_H
#define NNCC_LIB_KERNELS_CHANNELS_H

#include "nncc/Kernels/Emit.h"

/// Computations that have parameters or results per channel.
namespace nncc::kernels {

/// A tensor around its channel axis: a sample is [outer, channels, inner]. Lanes run along channels where inner is 1
/// (channels_last), else along the inner axes, in one channel.
struct ChannelView {
  bool batched = true;
  int64_t outer = 1, channels = 1, inner = 1;

  /// `axis` counts with the batch.
  ChannelView(mlir::ShapedType type, int64_t axis);

  bool lanesAreChannels() const { return inner == 1; }
  /// Elements a channel, times the batch.
  mlir::Value elementsPerChannel(Emit &emit, mlir::Value batch) const;
  /// Rows of the whole batch: [rows, channels, inner].
  mlir::Value rows(Emit &emit, mlir::Value batch) const;
};

/// The parameters of the channels that `width` elements starting in channel `channel` belong to, from a row of floats.
mlir::Value loadChannels(Emit &emit, const ChannelView &view, mlir::Value memref, mlir::Value channel, int64_t width);

/// Adds an elementwise step whose body also gets the (first) channel of its elements.
using ChannelBody = std::function<void(mlir::Value element, mlir::Value channel, int64_t width)>;
void addChannelwiseStep(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, const ChannelView &view,
                        int64_t flopsPerElement, llvm::function_ref<ChannelBody(Kernel &, Emit &)> prepare);

/// Rows are reduced in this many chunks, whatever the batch and the number of threads; chunks are combined in order.
int64_t reductionChunks(const ChannelView &view);
/// The rows [from, to) of a chunk.
std::pair<mlir::Value, mlir::Value> rowsOfChunk(Emit &emit, const ChannelView &view, mlir::Value chunk,
                                                mlir::Value batch);
/// Rows that are reduced together in f32 while they stay in the first-level cache.
int64_t rowsPerBlock(const ChannelView &view);

/// Vectors of channels that are reduced side by side.
inline constexpr int64_t kPiecesAtOnce = 4;

/// Carries `zeros` through the rows [first, last), several rows side by side where the values of one are few: who adds up
/// waits for the sum before, not for memory. The chains are added up in order.
llvm::SmallVector<mlir::Value>
sumRows(Emit &emit, mlir::Value first, mlir::Value last, int64_t parts, llvm::ArrayRef<mlir::Value> zeros,
        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value row, mlir::ValueRange carried)> step);

/// What an element adds to each of `count` sums of its channel: f32 vectors.
using ChannelTerms =
    std::function<llvm::SmallVector<mlir::Value>(mlir::Value element, mlir::Value channel, int64_t width)>;
/// Gets the sums (f64 vectors) of the channels [channel, channel + width).
using ChannelFinish = std::function<void(mlir::Value channel, int64_t width, llvm::ArrayRef<mlir::Value> sums)>;
/// Adds two steps: partial sums of chunks, and their combination. f32 in a block of rows, f64 beyond.
void addChannelSums(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, const ChannelView &view,
                    int64_t count, llvm::function_ref<ChannelTerms(Kernel &, Emit &)> terms,
                    llvm::function_ref<ChannelFinish(Kernel &, Emit &)> finish);

/// Adds two steps that compute mean and biased variance of each channel. Each block of rows is read twice, the second
/// time from the cache, for deviations from its own mean; blocks and chunks are combined in f64. Source: Chan, Golub
/// and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
void addMoments(KernelBuilder &kernels, mlir::Operation *source, llvm::StringRef what, const ChannelView &view,
                mlir::Value input, mlir::Value mean, mlir::Value variance);

} // namespace nncc::kernels

#endif // NNCC_LIB_KERNELS_CHANNELS_H
