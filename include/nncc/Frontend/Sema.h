// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_FRONTEND_SEMA_H
#define NNCC_FRONTEND_SEMA_H

#include "nncc/Dialect/NN/Shape.h"
#include "nncc/Frontend/AST.h"
#include "nncc/Frontend/LayerTable.h"
#include "nncc/Support/Diagnostics.h"

#include <optional>
#include <string>
#include <vector>

/// What a source means: names resolved, blocks and repetitions expanded, arguments and shapes checked.
namespace nncc::frontend {

inline constexpr size_t kMaxLayers = 100'000;
/// Axes of a sample: what the program table has room for (NNCC_MAX_RANK).
inline constexpr size_t kMaxRank = 8;

struct FrontendOptions {
  /// "NAME=VALUE": replaces the value of a `const`.
  std::vector<std::string> defines;
};

/// A variable of a layer.
struct Variable {
  llvm::StringRef name; // "kernel"
  nn::Shape shape;
  Value initializer; // a call
  bool isTrainable;
  Value regularizer = Value::none({}); // a call, or none
  Value constraint = Value::none({});  // a call, or none
};

/// Tensors of a model are numbered: its inputs, then the outputs of its layers.
using TensorNumber = uint32_t;

struct ModelInput {
  std::string name;
  SourceRange where;
  nn::Shape shape; // of a sample
};

struct Layer {
  const LayerSpec *spec;
  std::string name;
  SourceRange where; // of its class name in the source
  llvm::SmallVector<TensorNumber, 1> inputs;
  nn::Shape output; // of a sample
  /// In the order of `spec->arguments`, as Binding.h converts them.
  std::vector<Value> arguments;
  bool isTrainable = true;
  std::vector<Variable> variables; // in Keras' order
  /// The model's output depends on it; others take part in naming only.
  bool isUsed = false;
  /// The use of a block that it was made by: index into `Model::blockUses`, from 1; 0 where it stands in the model itself.
  size_t block = 0;
};

/// The train section: all settings, defaults filled in, in the order of `trainSignature()`.
struct Training {
  std::vector<Value> settings;

  const Value &setting(llvm::StringRef name) const;
};

/// A block, where it is used.
struct BlockUse {
  std::string name;
  size_t outer = 0; ///< as `Layer::block`
};

struct Model {
  std::string name;
  SourceRange where; // of its name
  std::vector<ModelInput> inputs;
  std::vector<Layer> layers; // in the order of creation
  std::vector<BlockUse> blockUses;
  TensorNumber output = 0;
  std::optional<Training> training;

  const nn::Shape &shapeOf(TensorNumber tensor) const {
    return tensor < inputs.size() ? inputs[tensor].shape : layers[tensor - inputs.size()].output;
  }
};

/// Checks a file and says what its model is; none where there is an error. Reports errors and warnings (unused names,
/// `repeat 0`); a -D of an unknown constant or with a text that is no value is a usage error.
std::optional<Model> analyze(const SourceFile &file, const ast::File &tree, const FrontendOptions &options,
                             Diagnostics &diagnostics);

} // namespace nncc::frontend

#endif // NNCC_FRONTEND_SEMA_H
