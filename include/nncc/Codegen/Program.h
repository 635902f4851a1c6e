// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_PROGRAM_H
#define NNCC_CODEGEN_PROGRAM_H

#include "nncc/ABI/Program.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The program table as the compiler builds it: the same structs as in `nncc/ABI/Program.h`, field by field and in the same
/// order, with strings and vectors for pointers, and a kernel's symbol for its address. See there for what fields mean.
namespace nncc::codegen {

/// fixed + perSample * batch.
struct Affine {
  int64_t fixed = 0;
  int64_t perSample = 0;
};

struct Step {
  std::string layer;        ///< "" for none
  std::string what;
  std::string kernelSymbol; ///< the `func.func` of the kernel signature: "train_step.3"
  Affine units;
  Affine flops;
  Affine bytes;
  bool kept = false;
};

struct Region {
  Affine offset;   ///< bytes
  Affine elements; ///< {0, 0}: there is none
};

struct Watch {
  std::string layer; ///< "" for none
  int64_t step = 0;
  bool isGradient = false;
  Region region;
  int64_t width = 1;
  int64_t distance = 1;
};

struct Entry {
  std::vector<Step> steps;
  Affine arenaBytes;
  int64_t workerBytes = 0;
  std::vector<Region> inputs;
  Region output;
  Region target;
  Region loss;
  Region outputGradient;
  std::vector<Region> inputGradients; ///< empty: NULL in the table
  int64_t forwardSteps = 0;
  std::vector<Watch> watches;
};

/// A number, a string or a list of numbers under a name.
struct Argument {
  std::string name;
  double number = std::numeric_limits<double>::quiet_NaN();
  std::optional<std::string> text;
  std::vector<double> list;
};

struct Call {
  std::string name; ///< "": NULL in the table, no call
  std::vector<Argument> arguments;
};

/// A shape without the batch axis, at most NNCC_MAX_RANK extents.
struct Tensor {
  std::string name;
  std::vector<int64_t> extents;

  /// Product of the extents.
  int64_t elements() const {
    int64_t product = 1;
    for (int64_t extent : extents)
      product *= extent;
    return product;
  }
};

struct Variable {
  std::string path;
  std::vector<int64_t> extents; ///< at most NNCC_MAX_RANK
  int64_t offset = 0;           ///< in floats
  bool trainable = true;
  Call initializer;
  int64_t fanIn = 0;
  int64_t fanOut = 0;
  uint64_t stream = 0;

  int64_t elements() const { return Tensor{path, extents}.elements(); }
};

struct Layer {
  std::string name, className;
  std::vector<int64_t> extents; ///< of the output, at most NNCC_MAX_RANK
  int64_t parameters = 0;
  int64_t flops = 0; ///< forward, a sample
};

struct Training {
  bool present = false;
  Call optimizer;
  Call schedule;
  Call loss;
  std::vector<Call> metrics;
  std::vector<Call> callbacks;
  std::vector<Call> augment;
  std::optional<std::string> data;
  std::optional<std::string> validationData;
  double validationSplit = 0;
  int64_t batchSize = 0;
  int64_t epochs = 0;
  uint64_t seed = 0;
  bool shuffle = false;
};

/// Weights that are compiled in.
struct Embedded {
  nncc_storage storage = NNCC_STORAGE_F32;
  std::vector<char> values; ///< the bytes of `Program::parameterFloats` numbers, padding 0
  std::vector<std::string> classes;
};

struct Program {
  std::string name;
  std::string compiler;
  std::string cpu;         ///< may be left empty: JIT and object file fill in the target's
  std::string cpuFeatures; ///< the same
  std::string summary;
  uint64_t modelHash = 0;
  std::vector<Tensor> inputs;
  Tensor output;
  Tensor target;
  std::vector<Variable> variables;
  int64_t parameterFloats = 0;
  int64_t trainableFloats = 0;
  int64_t optimizerSlots = 0;
  std::array<double, 4> optimizerSlotInitial = {};
  Training training;
  std::array<std::optional<Entry>, NNCC_ENTRY_COUNT> entries; ///< by nncc_entry_kind
  std::vector<Layer> layers;
  std::vector<uint8_t> drawing; ///< SVG, compressed as zlib does it
  int64_t drawingLength = 0;    ///< of the SVG
  std::shared_ptr<const Embedded> embedded; ///< null: none. Programs of several CPUs share it
  bool isLibrary = false;       ///< has an `nncc_info`
};

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_PROGRAM_H
