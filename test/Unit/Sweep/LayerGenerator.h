// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_SWEEP_LAYERGENERATOR_H
#define NNCC_TEST_UNIT_SWEEP_LAYERGENERATOR_H

#include "Sweep/Draw.h"
#include "nncc/Frontend/LayerTable.h"

#include <map>
#include <optional>
#include <string>

/// Layers with legal arguments drawn at random: what Sema's tables say of an argument is taken from there, what depends
/// on shapes or on other arguments is in ArgumentChoices.cpp.
namespace nncc::sweep {

/// A use of a layer.
struct DrawnLayer {
  const frontend::LayerSpec *spec;
  /// Name and text of the value, in the order of the table; the others keep their defaults.
  std::vector<std::pair<std::string, std::string>> arguments;
  /// So many of them stand without their name.
  size_t positional = 0;

  std::string text() const; ///< "Conv2D(4, 3x3, padding=same)"
};

/// Values of a layer's arguments that are chosen together; an empty text leaves an argument out.
using ChosenArguments = std::map<std::string, std::string>;

/// A value that the argument takes wherever it stands; none where that depends on shapes (axes, extents of a sample).
std::optional<std::string> drawValue(const frontend::ArgumentSpec &spec, unsigned spatialRank, Draw &draw);

/// Shapes of samples that the layer takes, one or more as its table says.
std::vector<Extents> drawInputs(const frontend::LayerSpec &spec, Draw &draw);

/// The arguments whose legality depends on the inputs or on each other. Mostly legal: Sema has the last word.
ChosenArguments chooseArguments(const frontend::LayerSpec &spec, llvm::ArrayRef<Extents> inputs, Draw &draw);

/// The layer with random arguments, for inputs of these shapes.
DrawnLayer drawLayer(const frontend::LayerSpec &spec, llvm::ArrayRef<Extents> inputs, Draw &draw);

} // namespace nncc::sweep

#endif // NNCC_TEST_UNIT_SWEEP_LAYERGENERATOR_H
