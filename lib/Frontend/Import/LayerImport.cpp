// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerImport.h"

#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

llvm::SmallVector<mlir::Value> LayerImport::inputs() const {
  llvm::SmallVector<mlir::Value> values;
  for (TensorNumber tensor : layer.inputs)
    values.push_back(tensors[tensor]);
  return values;
}

llvm::SmallVector<int64_t> LayerImport::axes() const {
  llvm::SmallVector<int64_t> result;
  for (int64_t one : oneOrMore(argument("axis")))
    result.push_back(*normalizeAxis(one, inputShape().size()));
  llvm::sort(result);
  return result;
}

mlir::Value LayerImport::read(StringRef name) {
  for (const Variable &variable : layer.variables)
    if (variable.name == name)
      return read(name, variable.shape);
  return {};
}

mlir::Value LayerImport::read(StringRef name, llvm::ArrayRef<int64_t> shape) {
  if (llvm::none_of(layer.variables, [&](const Variable &variable) { return variable.name == name; }))
    return {};
  return nn::ReadOp::create(builder, location, mlir::RankedTensorType::get(shape, builder.getF32Type()),
                            layer.name + "/" + name.str());
}

mlir::Value LayerImport::reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape) {
  return create<nn::ReshapeOp>(value, shape);
}

mlir::Value LayerImport::permute(mlir::Value value, llvm::ArrayRef<int64_t> order) {
  return llvm::is_sorted(order) ? value : create<nn::PermuteOp>(value, order);
}

mlir::Value LayerImport::broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape) {
  const auto type = mlir::cast<mlir::RankedTensorType>(value.getType());
  return type.getShape().drop_front() == shape ? value : create<nn::BroadcastOp>(value, shape);
}

AxisOrder LayerImport::axesLast(llvm::ArrayRef<int64_t> axes) const {
  const size_t rank = inputShape().size();
  AxisOrder order;
  for (int64_t axis = 1; axis <= static_cast<int64_t>(rank); ++axis)
    if (!llvm::is_contained(axes, axis))
      order.there.push_back(axis);
  order.there.append(axes.begin(), axes.end());
  order.back.resize(rank);
  for (const auto &[place, axis] : llvm::enumerate(order.there))
    order.back[axis - 1] = static_cast<int64_t>(place) + 1;
  return order;
}

mlir::Value LayerImport::alongOneAxis(llvm::ArrayRef<int64_t> axes,
                                      llvm::function_ref<mlir::Value(mlir::Value, int64_t)> make) {
  const AxisOrder order = axesLast(axes);
  nn::Shape permuted, joined(2, 1);
  for (const auto &[place, axis] : llvm::enumerate(order.there)) {
    permuted.push_back(inputShape()[axis - 1]);
    joined[place + axes.size() < order.there.size() ? 0 : 1] *= permuted.back();
  }
  mlir::Value value = make(reshape(permute(input(), order.there), joined), 2);
  return permute(reshape(value, permuted), order.back);
}

nn::Activation LayerImport::innerActivation() const {
  const nn::Activation activation =
      nn::symbolizeActivation(argument("activation").text()).value_or(nn::Activation::Linear);
  return nn::hasGradientFromOutput(activation) ? activation : nn::Activation::Linear;
}

mlir::Value LayerImport::activated(mlir::Value value) {
  if (auto activation = nn::symbolizeActivation(argument("activation").text()))
    return nn::hasGradientFromOutput(*activation) ? value : create<nn::ActivationOp>(value, *activation);
  const auto rank = mlir::cast<mlir::RankedTensorType>(value.getType()).getRank();
  return create<nn::SoftmaxOp>(value, static_cast<uint64_t>(rank - 1));
}

mlir::Value LayerImport::dropout(mlir::Value value, const Value &rate, const Value &seed) {
  return create<nn::DropoutOp>(value, f64(rate.number), randomStream(seed));
}

mlir::IntegerAttr LayerImport::randomStream(const Value &seed) {
  uint32_t hash = 2166136261u;
  auto add = [&](uint8_t byte) { hash = (hash ^ byte) * 16777619u; };
  for (char c : layer.name)
    add(static_cast<uint8_t>(c));
  if (seed.is(Value::Kind::Integer))
    for (int i = 0; i < 8; ++i)
      add(static_cast<uint8_t>(static_cast<uint64_t>(seed.integer) >> (8 * i)));
  return builder.getI32IntegerAttr(static_cast<int32_t>(hash & 0x7FFFFFFF));
}

mlir::Value frontend::importLayer(const ImportContext &context) {
  static const ImportTable table = [] {
    ImportTable all;
    for (auto add : {addActivationImports, addAttentionImports, addConvolutionImports, addDenseImports, addMergeImports,
                     addNormalizationImports, addPoolingImports, addRegularizationImports, addShapeImports})
      add(all);
    return all;
  }();
  return table[context.layer.spec->kind](context);
}
