// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_IMPORT_LAYERIMPORT_H
#define NNCC_LIB_FRONTEND_IMPORT_LAYERIMPORT_H

#include "../LayerArguments.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Frontend/Sema.h"

#include "mlir/IR/Builders.h"

#include <array>

namespace nncc::frontend {

/// What the import of one layer is given.
struct ImportContext {
  mlir::OpBuilder &builder;
  const Model &model;
  /// By TensorNumber; null where a tensor is not used.
  llvm::ArrayRef<mlir::Value> tensors;
  const Layer &layer;
  mlir::Location location;
  /// The way to the use of a block, as Layer.h describes it; null for the model itself.
  mlir::ArrayAttr block;
};

/// The axes of a sample in another order, and the way back.
struct AxisOrder {
  llvm::SmallVector<int64_t> there, back;
};

/// Makes the ops of one layer: the part that all families share.
struct LayerImport {
  explicit LayerImport(const ImportContext &context)
      : builder(context.builder), model(context.model), tensors(context.tensors), layer(context.layer),
        arguments(*layer.spec, layer.arguments), location(context.location), block(context.block),
        layerAttr(nn::LayerAttr::get(builder.getContext(), layer.name, layer.spec->name)) {}

  const Value &argument(llvm::StringRef name) const { return arguments[name]; }
  bool flag(llvm::StringRef name) const { return argument(name).integer; }
  mlir::FloatAttr f64(double number) { return builder.getF64FloatAttr(number); }
  /// A number of the layer as an attribute.
  mlir::FloatAttr number(llvm::StringRef name) { return f64(argument(name).number); }

  mlir::Value input(size_t index = 0) const { return tensors[layer.inputs[index]]; }
  const nn::Shape &inputShape(size_t index = 0) const { return model.shapeOf(layer.inputs[index]); }
  nn::Extents spatialExtents() const { return nn::Extents(inputShape()).drop_back(); }
  llvm::SmallVector<mlir::Value> inputs() const;
  /// The axes of a sample, in ascending order, that `axis` names.
  llvm::SmallVector<int64_t> axes() const;

  /// A variable, null where the layer does not have it; in another shape of as many elements, if one is given.
  mlir::Value read(llvm::StringRef variable);
  mlir::Value read(llvm::StringRef variable, llvm::ArrayRef<int64_t> shape);

  /// An op of this layer.
  template <typename Op, typename... Operands>
  mlir::Value create(Operands &&...operands) {
    auto op = Op::create(builder, location, std::forward<Operands>(operands)...);
    nn::setLayer(op, layerAttr);
    if (block)
      op->setAttr(nn::kBlockAttrName, block);
    return op->getResult(0);
  }
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// The value itself where the order is that of the axes.
  mlir::Value permute(mlir::Value value, llvm::ArrayRef<int64_t> order);
  /// Repeats axes of extent 1; the value itself where it has the shape.
  mlir::Value broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// These axes behind all others, in the order given.
  AxisOrder axesLast(llvm::ArrayRef<int64_t> axes) const;
  /// Lets `make` compute along several axes as if they were one: with these axes last, all others and they themselves joined.
  mlir::Value alongOneAxis(llvm::ArrayRef<int64_t> axes,
                           llvm::function_ref<mlir::Value(mlir::Value input, int64_t axis)> make);

  /// `activation` inside of a layer's op: what is elementwise and has a gradient from the output. The others stand as an op of their own
  /// behind the layer: `activated` makes it.
  nn::Activation innerActivation() const;
  mlir::Value activated(mlir::Value value);

  mlir::Value dropout(mlir::Value value, const Value &rate, const Value &seed);
  /// Stream of the layer's random numbers: a hash of its name (FNV-1a), so that other layers do not matter, and of its `seed` where
  /// one is given.
  mlir::IntegerAttr randomStream(const Value &seed);

  mlir::OpBuilder &builder;
  const Model &model;
  const llvm::ArrayRef<mlir::Value> tensors;
  const Layer &layer;
  const Arguments arguments;
  const mlir::Location location;
  const mlir::ArrayAttr block;
  const nn::LayerAttr layerAttr;
};

/// The import of each kind of layer.
class ImportTable {
public:
  using Function = mlir::Value (*)(const ImportContext &);

  /// `method` is a `mlir::Value Import::method()`, Import a LayerImport.
  template <auto method>
  void add(LayerKind kind) {
    functions[static_cast<size_t>(kind)] = run<method>;
  }
  Function operator[](LayerKind kind) const { return functions[static_cast<size_t>(kind)]; }

private:
  template <typename Import>
  static Import classOf(mlir::Value (Import::*method)());
  template <auto method>
  static mlir::Value run(const ImportContext &context) {
    decltype(classOf(method)) import(context);
    return (import.*method)();
  }

  std::array<Function, static_cast<size_t>(LayerKind::Unsupported)> functions = {};
};

/// One for each family, in its file.
void addActivationImports(ImportTable &table);
void addAttentionImports(ImportTable &table);
void addConvolutionImports(ImportTable &table);
void addDenseImports(ImportTable &table);
void addMergeImports(ImportTable &table);
void addNormalizationImports(ImportTable &table);
void addPoolingImports(ImportTable &table);
void addRegularizationImports(ImportTable &table);
void addShapeImports(ImportTable &table);

/// The ops of a layer; the tensor that it gives.
mlir::Value importLayer(const ImportContext &context);

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_IMPORT_LAYERIMPORT_H
