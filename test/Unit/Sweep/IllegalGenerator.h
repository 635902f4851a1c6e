// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_SWEEP_ILLEGALGENERATOR_H
#define NNCC_TEST_UNIT_SWEEP_ILLEGALGENERATOR_H

#include "Sweep/Draw.h"
#include "nncc/Frontend/LayerTable.h"

#include <string>
#include <vector>

/// Models with exactly one mistake. What an argument takes is known from Sema's tables, and so is what it does not take; what is wrong
/// with shapes and with the text itself is in lists (IllegalShapes.cpp, IllegalTexts.cpp). In all texts here the token that is to blame
/// stands behind a '^', which the language does not know.
namespace nncc::sweep {

/// A model with one mistake.
struct IllegalModel {
  std::string text;  ///< the `.nn` source
  size_t guilty = 0; ///< offset of the token to blame
  /// The message or its notes have one of these words; empty: the text says it all.
  std::vector<std::string> names;
};

/// A marked text, and the names one of which its message has.
struct Wrong {
  std::string text;
  std::vector<std::string> names = {};
};

/// The use of a layer or class with arguments, as it is written.
struct Use {
  std::string name;
  const frontend::Signature *signature;
  unsigned spatialRank = 0;
  /// Name and text of the value; the first `positional` without their names.
  std::vector<std::pair<std::string, std::string>> arguments = {};
  size_t positional = 0;

  std::string text() const;
};

/// A legal use of a class: its required arguments, and some others.
Use drawClassUse(const frontend::ClassSpec &spec, Draw &draw);

/// Values that the argument does not take, wherever it stands.
std::vector<Wrong> wrongValues(const frontend::ArgumentSpec &spec, unsigned spatialRank, const std::string &owner, Draw &draw);
/// The use with each of those values for one argument.
std::vector<Wrong> withWrongValue(const Use &use, const frontend::ArgumentSpec &spec, Draw &draw);
/// The use with a mistake in what is given: unknown, missing, too many, twice, in the wrong order.
std::vector<Wrong> wrongUses(const Use &use, Draw &draw);

/// Sources whose layers do not fit their inputs, or whose arguments do not fit each other.
std::vector<Wrong> wrongShapes(Draw &draw);
/// Sources that are wrong in names, declarations, blocks or as a text.
std::vector<Wrong> wrongTexts();

/// The model of a seed: the same on every machine. Seeds that follow each other go through all layers and classes with all their
/// arguments, and through the lists.
IllegalModel generateIllegal(uint64_t seed);
/// So many seeds go through everything once.
size_t illegalSites();

} // namespace nncc::sweep

#endif // NNCC_TEST_UNIT_SWEEP_ILLEGALGENERATOR_H
