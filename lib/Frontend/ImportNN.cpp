// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// From a checked model to ops of the nn dialect: one function for each kind of layer.

#include "nncc/Frontend/ImportNN.h"

#include "LayerRules.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Activation.h"
#include "nncc/Dialect/NN/Ops/Attention.h"
#include "nncc/Dialect/NN/Ops/Convolution.h"
#include "nncc/Dialect/NN/Ops/Dense.h"
#include "nncc/Dialect/NN/Ops/Merge.h"
#include "nncc/Dialect/NN/Ops/Normalization.h"
#include "nncc/Dialect/NN/Ops/Pooling.h"
#include "nncc/Dialect/NN/Ops/Regularization.h"
#include "nncc/Dialect/NN/Ops/Shape.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

#include <cmath>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

namespace {

/// Stream of a dropout layer's random numbers: a hash of its name (FNV-1a), so that other layers do not matter, and of
/// its `seed` where one is given.
int32_t dropoutStream(StringRef name, const Value &seed) {
  uint32_t hash = 2166136261u;
  auto add = [&](uint8_t byte) { hash = (hash ^ byte) * 16777619u; };
  for (char c : name)
    add(static_cast<uint8_t>(c));
  if (seed.is(Value::Kind::Integer))
    for (int i = 0; i < 8; ++i)
      add(static_cast<uint8_t>(static_cast<uint64_t>(seed.integer) >> (8 * i)));
  return static_cast<int32_t>(hash & 0x7FFFFFFF);
}

class Importer {
public:
  Importer(mlir::MLIRContext &context, const Model &model, const SourceFile &file)
      : builder(&context), model(model), file(file) {}

  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  mlir::Location locationOf(SourceRange where) {
    const LineColumn at = file.position(where.begin);
    return mlir::FileLineColLoc::get(fileName, at.line, at.column);
  }
  mlir::RankedTensorType batchOf(llvm::ArrayRef<int64_t> sample) {
    llvm::SmallVector<int64_t> shape = {mlir::ShapedType::kDynamic};
    shape.append(sample.begin(), sample.end());
    return mlir::RankedTensorType::get(shape, builder.getF32Type());
  }
  mlir::FloatAttr f64(double number) { return builder.getF64FloatAttr(number); }

  mlir::Attribute attributeOf(const Value &value);
  nn::CallAttr callOf(const Value &call);
  mlir::DictionaryAttr trainingOf(const Training &training);

  void importVariables();
  mlir::ArrayAttr blockOf(size_t use);
  mlir::Value importLayer(const Layer &layer);
  mlir::Value importActivation(const Value &function, mlir::Value input);
  mlir::Value read(const Layer &layer, StringRef variable);
  mlir::Value read(const Layer &layer, StringRef variable, llvm::ArrayRef<int64_t> shape);
  mlir::Value input(const Layer &layer, size_t index = 0) { return tensors[layer.inputs[index]]; }

  mlir::Value convolution(const Layer &layer);
  mlir::Value depthwise(const Layer &layer, mlir::Value bias, nn::Activation activation);
  mlir::Value depthwiseConvolution(const Layer &layer);
  mlir::Value separableConvolution(const Layer &layer);
  mlir::Value transposedConvolution(const Layer &layer);
  mlir::Value locallyConnected(const Layer &layer);
  template <typename Op>
  mlir::Value pooling(const Layer &layer);
  mlir::Value dense(const Layer &layer);
  mlir::Value concatenate(const Layer &layer);
  mlir::Value merge(const Layer &layer);
  mlir::Value upSampling(const Layer &layer);
  mlir::Value batchNormalization(const Layer &layer);
  llvm::SmallVector<int64_t> axes(const Layer &layer);
  mlir::Value alongOneAxis(const Layer &layer, llvm::ArrayRef<int64_t> axes,
                           llvm::function_ref<mlir::Value(mlir::Value input, int64_t axis)> make);
  mlir::Value softmax(const Layer &layer);
  mlir::Value maskedDropout(const Layer &layer);
  mlir::Value relu(const Layer &layer);
  mlir::Value prelu(const Layer &layer);
  void regularizeActivity(const Layer &layer, mlir::Value output);
  mlir::Value layerNormalization(const Layer &layer);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape) { return create<nn::ReshapeOp>(value, shape); }
  mlir::Value dropout(const Layer &layer, mlir::Value value, const Value &rate, const Value &seed);
  mlir::Value attend(const Layer &layer, mlir::Value scores, mlir::Value value);
  mlir::Value multiHeadAttention(const Layer &layer);
  mlir::Value additiveScores(const Layer &layer, mlir::Value query, mlir::Value key);
  mlir::Value attention(const Layer &layer);
  void nameInputs(const Layer &layer, mlir::Value output);
  int64_t axis(const Layer &layer);

  template <typename Op, typename... Arguments>
  mlir::Value create(Arguments &&...arguments) {
    auto op = Op::create(builder, location, std::forward<Arguments>(arguments)...);
    nn::setLayer(op, layerAttr);
    if (blockAttr)
      op->setAttr(nn::kBlockAttrName, blockAttr);
    return op->getResult(0);
  }

  mlir::OpBuilder builder;
  const Model &model;
  const SourceFile &file;
  mlir::StringAttr fileName;
  std::vector<mlir::Value> tensors;
  /// Of the layer that is being imported.
  mlir::Location location = builder.getUnknownLoc();
  nn::LayerAttr layerAttr;
  mlir::ArrayAttr blockAttr;
  /// By use; made where a layer needs them.
  std::vector<mlir::ArrayAttr> blockAttrs;
};

mlir::Attribute Importer::attributeOf(const Value &value) {
  switch (value.kind) {
  case Value::Kind::Boolean: return builder.getBoolAttr(value.integer);
  case Value::Kind::Integer: return builder.getI64IntegerAttr(value.integer);
  case Value::Kind::Float: return f64(value.number);
  case Value::Kind::String:
  case Value::Kind::Symbol: return builder.getStringAttr(value.text());
  case Value::Kind::Call: return callOf(value);
  case Value::Kind::List: {
    llvm::SmallVector<mlir::Attribute> elements;
    for (const Value &element : value.elements())
      elements.push_back(attributeOf(element));
    return builder.getArrayAttr(elements);
  }
  case Value::Kind::None:
  case Value::Kind::Unknown: break;
  }
  return {};
}

nn::CallAttr Importer::callOf(const Value &call) {
  llvm::SmallVector<mlir::NamedAttribute> arguments;
  for (const NamedValue &argument : call.arguments())
    if (mlir::Attribute attribute = attributeOf(argument.value))
      arguments.push_back(builder.getNamedAttr(argument.name, attribute));
  return nn::CallAttr::get(builder.getContext(), call.text(), builder.getDictionaryAttr(arguments));
}

mlir::DictionaryAttr Importer::trainingOf(const Training &training) {
  llvm::SmallVector<mlir::NamedAttribute> settings;
  auto add = [&](StringRef name, mlir::Attribute value) { settings.push_back(builder.getNamedAttr(name, value)); };
  for (StringRef name : {"data", "validation_data"})
    if (mlir::Attribute value = attributeOf(training.setting(name)))
      add(name, value);
  for (StringRef name : {"validation_split", "optimizer", "loss", "epochs", "seed", "shuffle"})
    add(name, attributeOf(training.setting(name)));
  for (StringRef name : {"metrics", "callbacks"}) {
    mlir::Attribute value = attributeOf(training.setting(name));
    add(name, value ? value : builder.getArrayAttr({}));
  }
  // `full` is none here and 0 there.
  const Value &batch = training.setting("batch_size");
  add("batch_size", builder.getI64IntegerAttr(batch.isNone() ? 0 : batch.integer));
  return builder.getDictionaryAttr(settings);
}

void Importer::importVariables() {
  for (const Layer &layer : model.layers) {
    if (!layer.isUsed)
      continue;
    location = locationOf(layer.where);
    for (const Variable &variable : layer.variables)
      nn::VariableOp::create(builder, location, layer.name + "/" + variable.name.str(),
                             mlir::RankedTensorType::get(variable.shape, builder.getF32Type()),
                             callOf(variable.initializer), variable.isTrainable && layer.isTrainable,
                             variable.regularizer.isNone() ? nn::CallAttr() : callOf(variable.regularizer));
  }
}

mlir::Value Importer::read(const Layer &layer, StringRef name) {
  for (const Variable &variable : layer.variables)
    if (variable.name == name)
      return read(layer, name, variable.shape);
  return {};
}

/// A variable, if the layer has it, in another shape of as many elements.
mlir::Value Importer::read(const Layer &layer, StringRef name, llvm::ArrayRef<int64_t> shape) {
  if (llvm::none_of(layer.variables, [&](const Variable &variable) { return variable.name == name; }))
    return {};
  return nn::ReadOp::create(builder, location, mlir::RankedTensorType::get(shape, builder.getF32Type()),
                            layer.name + "/" + name.str());
}

/// The function inside of a layer's op: what is elementwise and has a gradient from the output; an op of its own stands
/// behind the layer for the others.
static nn::Activation elementwise(const Value &function) {
  const nn::Activation activation = nn::symbolizeActivation(function.text()).value_or(nn::Activation::Linear);
  return nn::hasGradientFromOutput(activation) ? activation : nn::Activation::Linear;
}

mlir::Value Importer::importActivation(const Value &function, mlir::Value input) {
  if (auto activation = nn::symbolizeActivation(function.text()))
    return nn::hasGradientFromOutput(*activation) ? input : create<nn::ActivationOp>(input, *activation);
  const auto rank = mlir::cast<mlir::RankedTensorType>(input.getType()).getRank();
  return create<nn::SoftmaxOp>(input, static_cast<uint64_t>(rank - 1));
}

int64_t Importer::axis(const Layer &layer) {
  const Value &given = layer.argument("axis");
  return *normalizeAxis(given.integer, model.shapeOf(layer.inputs.front()).size());
}

/// The axes of a sample, in ascending order, that `axis` names.
llvm::SmallVector<int64_t> Importer::axes(const Layer &layer) {
  llvm::SmallVector<int64_t> result;
  for (int64_t one : oneOrMore(layer.argument("axis")))
    result.push_back(*normalizeAxis(one, model.shapeOf(layer.inputs.front()).size()));
  llvm::sort(result);
  return result;
}

/// Lets `make` compute along several axes as if they were one: with these axes last, all others and they themselves joined.
mlir::Value Importer::alongOneAxis(const Layer &layer, llvm::ArrayRef<int64_t> axes,
                                   llvm::function_ref<mlir::Value(mlir::Value, int64_t)> make) {
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  llvm::SmallVector<int64_t> order, inverse(shape.size());
  for (size_t axis = 1; axis <= shape.size(); ++axis)
    if (!llvm::is_contained(axes, int64_t(axis)))
      order.push_back(int64_t(axis));
  order.append(axes.begin(), axes.end());
  nn::Shape permuted, joined(2, 1);
  for (size_t i = 0; i < order.size(); ++i) {
    inverse[order[i] - 1] = int64_t(i) + 1;
    permuted.push_back(shape[order[i] - 1]);
    joined[i + axes.size() < order.size() ? 0 : 1] *= permuted.back();
  }
  mlir::Value value = input(layer);
  if (!llvm::is_sorted(order))
    value = create<nn::PermuteOp>(value, llvm::ArrayRef<int64_t>(order));
  value = make(create<nn::ReshapeOp>(value, llvm::ArrayRef<int64_t>(joined)), 2);
  value = create<nn::ReshapeOp>(value, llvm::ArrayRef<int64_t>(permuted));
  return llvm::is_sorted(order) ? value : create<nn::PermuteOp>(value, llvm::ArrayRef<int64_t>(inverse));
}

mlir::Value Importer::softmax(const Layer &layer) {
  const llvm::SmallVector<int64_t> all = axes(layer);
  if (all.size() == 1)
    return create<nn::SoftmaxOp>(input(layer), static_cast<uint64_t>(all.front()));
  return alongOneAxis(layer, all, [&](mlir::Value value, int64_t axis) {
    return create<nn::SoftmaxOp>(value, static_cast<uint64_t>(axis));
  });
}

/// Dropout with noise_shape.
mlir::Value Importer::maskedDropout(const Layer &layer) {
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  llvm::SmallVector<int64_t> shared;
  for (const auto &[axis, one] : llvm::enumerate(layer.argument("noise_shape").elements()))
    if (!one.isNone() && (axis == 0 || shape[axis - 1] != 1) && one.integer == 1)
      shared.push_back(static_cast<int64_t>(axis));
  if (shared.empty())
    return dropout(layer, input(layer), layer.argument("rate"), layer.argument("seed"));
  return create<nn::SpatialDropoutOp>(input(layer), f64(layer.argument("rate").number),
                                      builder.getI32IntegerAttr(dropoutStream(layer.name, layer.argument("seed"))),
                                      builder.getDenseI64ArrayAttr(shared));
}

mlir::Value Importer::convolution(const Layer &layer) {
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  const std::vector<int64_t> window = layer.argument("kernel_size").integers();
  const std::vector<int64_t> strides = layer.argument("strides").integers();
  const std::vector<int64_t> dilations = layer.argument("dilation_rate").integers();
  const auto padding = windowPadding(layer.argument("padding").text(), nn::Extents(shape).drop_back(), window, strides,
                                     dilations);
  const Value &function = layer.argument("activation");
  mlir::Value kernel = read(layer, "kernel"), bias = read(layer, "bias");
  return importActivation(function, create<nn::ConvOp>(input(layer), kernel, bias, strides, padding, dilations,
                                                       static_cast<uint64_t>(layer.argument("groups").integer),
                                                       elementwise(function)));
}

mlir::Value Importer::depthwise(const Layer &layer, mlir::Value bias, nn::Activation activation) {
  // The kernel [k..., C, M] is in memory that of a convolution in C groups, [k..., 1, C * M]. (A reshape keeps the first
  // axis.)
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  const std::vector<int64_t> window = layer.argument("kernel_size").integers();
  const std::vector<int64_t> strides = layer.argument("strides").integers();
  const std::vector<int64_t> dilations = layer.argument("dilation_rate").integers();
  const auto padding = windowPadding(layer.argument("padding").text(), nn::Extents(shape).drop_back(), window, strides,
                                     dilations);
  nn::Shape grouped(window.begin() + 1, window.end());
  grouped.append({1, shape.back() * layer.argument("depth_multiplier").integer});
  mlir::Value kernel = create<nn::ReshapeOp>(read(layer, "depthwise_kernel"), llvm::ArrayRef<int64_t>(grouped));
  return create<nn::ConvOp>(input(layer), kernel, bias, strides, padding, dilations,
                            static_cast<uint64_t>(shape.back()), activation);
}

mlir::Value Importer::depthwiseConvolution(const Layer &layer) {
  const Value &function = layer.argument("activation");
  mlir::Value bias = read(layer, "bias");
  return importActivation(function, depthwise(layer, bias, elementwise(function)));
}

mlir::Value Importer::separableConvolution(const Layer &layer) {
  const Value &function = layer.argument("activation");
  mlir::Value map = depthwise(layer, mlir::Value(), nn::Activation::Linear);
  mlir::Value kernel = read(layer, "pointwise_kernel"), bias = read(layer, "bias");
  const std::vector<int64_t> ones(layer.spec->spatialRank, 1), zeros(2 * layer.spec->spatialRank, 0);
  return importActivation(function, create<nn::ConvOp>(map, kernel, bias, ones, zeros, ones, uint64_t(1),
                                                       elementwise(function)));
}

mlir::Value Importer::transposedConvolution(const Layer &layer) {
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  const std::vector<int64_t> window = layer.argument("kernel_size").integers();
  const std::vector<int64_t> strides = layer.argument("strides").integers();
  const std::vector<int64_t> dilations = transposedDilations(layer.spec->spatialRank, layer.argument("dilation_rate"));
  const Value &more = layer.argument("output_padding");
  auto padding = llvm::cantFail(nn::transposedPadding(
      layer.argument("padding").text() == "same", nn::Extents(shape).drop_back(), window, strides, dilations,
      more.isNone() ? std::vector<int64_t>() : more.integers()));
  const Value &function = layer.argument("activation");
  mlir::Value kernel = read(layer, "kernel"), bias = read(layer, "bias");
  return importActivation(function, create<nn::ConvTransposeOp>(input(layer), kernel, bias, strides, padding, dilations,
                                                                elementwise(function)));
}

mlir::Value Importer::locallyConnected(const Layer &layer) {
  const std::vector<int64_t> window = layer.argument("kernel_size").integers();
  const std::vector<int64_t> strides = layer.argument("strides").integers();
  mlir::Value kernel = read(layer, "kernel"), bias = read(layer, "bias");
  mlir::Value value = create<nn::LocalConvOp>(input(layer), kernel, window, strides,
                                              static_cast<uint64_t>(layer.argument("implementation").integer));
  if (bias)
    value = create<nn::ShiftByOp>(value, bias);
  const Value &function = layer.argument("activation");
  if (elementwise(function) != nn::Activation::Linear)
    return create<nn::ActivationOp>(value, elementwise(function));
  return importActivation(function, value);
}

template <typename Op>
mlir::Value Importer::pooling(const Layer &layer) {
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  const std::vector<int64_t> window = layer.argument("pool_size").integers();
  const Value &given = layer.argument("strides");
  const std::vector<int64_t> strides = given.isNone() ? window : given.integers();
  const std::vector<int64_t> dilations(window.size(), 1);
  const auto padding = windowPadding(layer.argument("padding").text(), nn::Extents(shape).drop_back(), window, strides,
                                     dilations);
  return create<Op>(input(layer), llvm::ArrayRef(window), llvm::ArrayRef(strides), llvm::ArrayRef(padding));
}

mlir::Value Importer::dense(const Layer &layer) {
  const Value &function = layer.argument("activation");
  mlir::Value kernel = read(layer, "kernel"), bias = read(layer, "bias");
  return importActivation(function, create<nn::DenseOp>(input(layer), kernel, bias, elementwise(function)));
}

mlir::Value Importer::concatenate(const Layer &layer) {
  llvm::SmallVector<mlir::Value> inputs;
  for (size_t i = 0; i < layer.inputs.size(); ++i)
    inputs.push_back(input(layer, i));
  return create<nn::ConcatenateOp>(mlir::ValueRange(inputs), static_cast<uint64_t>(axis(layer)));
}

mlir::Value Importer::merge(const Layer &layer) {
  // 1. Inputs in the shape of the output. Source: keras/layers/merging/base_merge.py, call.
  llvm::SmallVector<mlir::Value> values;
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    mlir::Value value = input(layer, i);
    nn::Shape shape = model.shapeOf(layer.inputs[i]);
    if (shape.size() < layer.output.size()) {
      shape.insert(shape.begin(), layer.output.size() - shape.size(), 1);
      value = create<nn::ReshapeOp>(value, llvm::ArrayRef<int64_t>(shape));
    }
    if (llvm::ArrayRef<int64_t>(shape) != llvm::ArrayRef<int64_t>(layer.output))
      value = create<nn::BroadcastOp>(value, llvm::ArrayRef<int64_t>(layer.output));
    values.push_back(value);
  }
  // 2. The operation.
  const mlir::ValueRange inputs(values);
  switch (layer.spec->kind) {
  case LayerKind::Subtract: {
    mlir::Value negative = create<nn::RescaleOp>(values[1], f64(-1), f64(0));
    return create<nn::AddOp>(mlir::ValueRange{values[0], negative});
  }
  case LayerKind::Multiply: return create<nn::MultiplyOp>(inputs);
  case LayerKind::Average:
    return create<nn::RescaleOp>(create<nn::AddOp>(inputs), f64(1.0 / static_cast<double>(values.size())), f64(0));
  case LayerKind::Maximum: return create<nn::MaximumOp>(inputs);
  case LayerKind::Minimum: return create<nn::MinimumOp>(inputs);
  default: return create<nn::AddOp>(inputs);
  }
}

mlir::Value Importer::upSampling(const Layer &layer) {
  // Of whole pixels the mean over an area is the nearest one.
  const StringRef interpolation = layer.spec->spatialRank == 2 ? layer.argument("interpolation").text() : "nearest";
  const bool isSame = llvm::all_of(layer.argument("size").integers(), [](int64_t factor) { return factor == 1; });
  if (interpolation != "nearest" && interpolation != "area" && !isSame) {
    const std::vector<int64_t> factors = layer.argument("size").integers();
    return create<nn::ResizeOp>(input(layer), llvm::ArrayRef<int64_t>(factors), builder.getStringAttr(interpolation));
  }
  // [H, W, C] as [H, 1, W, 1, C], of which the new axes are repeated.
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  const std::vector<int64_t> size = layer.argument("size").integers();
  nn::Shape apart, repeated;
  for (size_t axis = 0; axis < size.size(); ++axis) {
    apart.append({shape[axis], 1});
    repeated.append({shape[axis], size[axis]});
  }
  apart.push_back(shape.back());
  repeated.push_back(shape.back());
  mlir::Value value = create<nn::ReshapeOp>(input(layer), llvm::ArrayRef<int64_t>(apart));
  value = create<nn::BroadcastOp>(value, llvm::ArrayRef<int64_t>(repeated));
  return create<nn::ReshapeOp>(value, llvm::ArrayRef<int64_t>(layer.output));
}

mlir::Value Importer::batchNormalization(const Layer &layer) {
  const llvm::SmallVector<int64_t> all = axes(layer);
  const nn::Shape &shape = model.shapeOf(layer.inputs.front());
  int64_t extent = 1;
  for (int64_t axis : all)
    extent *= shape[axis - 1];
  auto normalize = [&](mlir::Value value, int64_t axis) {
    mlir::Value gamma = read(layer, "gamma", extent), beta = read(layer, "beta", extent);
    mlir::Value mean = read(layer, "moving_mean", extent), variance = read(layer, "moving_variance", extent);
    mlir::Value output =
        create<nn::BatchNormOp>(value, gamma, beta, mean, variance, builder.getI64IntegerAttr(axis),
                                f64(layer.argument("epsilon").number), f64(layer.argument("momentum").number));
    // Keras: one that is not trainable stays in inference form while training. The pass nn-make-entries reads this.
    if (!layer.isTrainable)
      output.getDefiningOp()->setAttr("nn.frozen", builder.getUnitAttr());
    return output;
  };
  // Keras does not take its fused kernel where there are several axes or the statistics are synchronized. On 3-D batches, as
  // alongOneAxis makes them, the moving variance is the biased one as it is then.
  if (all.size() == 1 && !layer.argument("synchronized").integer)
    return normalize(input(layer), all.front());
  return alongOneAxis(layer, all, normalize);
}

mlir::Value Importer::relu(const Layer &layer) {
  const Value &most = layer.argument("max_value");
  const double slope = layer.argument("negative_slope").number, threshold = layer.argument("threshold").number;
  if (most.isNone() && slope == 0 && threshold == 0)
    return create<nn::ActivationOp>(input(layer), nn::Activation::Relu);
  if (!most.isNone() && most.number == 6 && slope == 0 && threshold == 0)
    return create<nn::ActivationOp>(input(layer), nn::Activation::Relu6);
  return create<nn::ReluOp>(input(layer), most.isNone() ? mlir::FloatAttr() : f64(most.number), f64(slope),
                            f64(threshold));
}

mlir::Value Importer::prelu(const Layer &layer) {
  // max(x, 0) + alpha * min(x, 0). Source: keras/layers/activation/prelu.py.
  mlir::Value alpha = read(layer, "alpha");
  mlir::Value positive = create<nn::ActivationOp>(input(layer), nn::Activation::Relu);
  mlir::Value negative = create<nn::ReluOp>(input(layer), f64(0), f64(1), f64(0));
  return create<nn::AddOp>(mlir::ValueRange{positive, create<nn::ScaleByOp>(negative, alpha)});
}

mlir::Value Importer::layerNormalization(const Layer &layer) {
  // The axes last, where they are not, and back again.
  const int64_t rank = static_cast<int64_t>(layer.output.size());
  const llvm::SmallVector<int64_t> axes = this->axes(layer);
  llvm::SmallVector<int64_t> order, inverse(rank);
  for (int64_t axis = 1; axis <= rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      order.push_back(axis);
  order.append(axes);
  for (int64_t i = 0; i < rank; ++i)
    inverse[order[i] - 1] = i + 1;
  // The parameters' extents are in the order in which the axes are given; Keras takes their elements for those of the axes in
  // their own order.
  nn::Shape extents;
  for (int64_t axis : axes)
    extents.push_back(layer.output[axis - 1]);
  mlir::Value gamma = read(layer, "gamma", extents), beta = read(layer, "beta", extents), value = input(layer);
  if (!llvm::is_sorted(order))
    value = create<nn::PermuteOp>(value, llvm::ArrayRef<int64_t>(order));
  value = create<nn::StandardizeOp>(value, builder.getI64IntegerAttr(static_cast<int64_t>(axes.size())),
                                    f64(layer.argument("epsilon").number));
  if (gamma)
    value = create<nn::ScaleByOp>(value, gamma);
  if (beta)
    value = create<nn::ShiftByOp>(value, beta);
  return llvm::is_sorted(order) ? value : create<nn::PermuteOp>(value, llvm::ArrayRef<int64_t>(inverse));
}

mlir::Value Importer::dropout(const Layer &layer, mlir::Value value, const Value &rate, const Value &seed) {
  return create<nn::DropoutOp>(value, f64(rate.number), builder.getI32IntegerAttr(dropoutStream(layer.name, seed)));
}

/// Says which tensors a layer takes in which order, where its ops read them in another or more than once.
void Importer::nameInputs(const Layer &layer, mlir::Value output) {
  llvm::SmallVector<llvm::StringRef> names;
  for (TensorNumber tensor : layer.inputs)
    names.push_back(tensor < model.inputs.size() ? llvm::StringRef(model.inputs[tensor].name)
                                                 : llvm::StringRef(model.layers[tensor - model.inputs.size()].name));
  if (names.size() == 1) // Keras' call is given it as the value too
    names.push_back(names.front());
  output.getDefiningOp()->setAttr(nn::kInputsAttrName, builder.getStrArrayAttr(names));
}

/// The values mixed by the softmax of their scores. Source: keras/layers/attention, _compute_attention and _apply_scores.
mlir::Value Importer::attend(const Layer &layer, mlir::Value scores, mlir::Value value) {
  mlir::Value weights = create<nn::SoftmaxOp>(scores, uint64_t(4));
  if (layer.argument("dropout").number > 0)
    weights = dropout(layer, weights, layer.argument("dropout"), Value());
  return create<nn::AttentionMixOp>(weights, value, f64(1), mlir::UnitAttr());
}

mlir::Value Importer::multiHeadAttention(const Layer &layer) {
  const nn::Shape &query = model.shapeOf(layer.inputs.front());
  const size_t rank = query.size();
  const int64_t heads = layer.argument("num_heads").integer, depth = layer.argument("key_dim").integer;
  const int64_t width = layer.argument("value_dim").isNone() ? depth : layer.argument("value_dim").integer;
  // 1. Axes of places: those it does not attend over, then the others; the features stay last.
  const std::vector<int64_t> axes = attentionAxes(layer.argument("attention_axes"), rank);
  llvm::SmallVector<int64_t> order, inverse(rank);
  for (bool attended : {false, true})
    for (int64_t axis = 1; axis < int64_t(rank); ++axis)
      if (llvm::is_contained(axes, axis) == attended)
        order.push_back(axis);
  order.push_back(int64_t(rank));
  for (size_t i = 0; i < rank; ++i)
    inverse[order[i] - 1] = int64_t(i) + 1;
  int64_t groups = 1;
  for (size_t i = 0; i + 1 + axes.size() < rank; ++i)
    groups *= query[order[i] - 1];
  // 2. Query, key and value by heads, [groups, places, heads * depth].
  auto project = [&](size_t which, StringRef kernelName, StringRef biasName, int64_t features) {
    const nn::Shape &shape = model.shapeOf(layer.inputs[which]);
    mlir::Value kernel = read(layer, kernelName, {shape.back(), heads * features});
    mlir::Value bias = read(layer, biasName, heads * features);
    mlir::Value value = create<nn::DenseOp>(input(layer, which), kernel, bias, nn::Activation::Linear);
    if (!llvm::is_sorted(order))
      value = create<nn::PermuteOp>(value, llvm::ArrayRef<int64_t>(order));
    int64_t places = 1;
    for (int64_t axis : axes)
      places *= shape[axis - 1];
    return reshape(value, {groups, places, heads * features});
  };
  const size_t ofValue = layer.inputs.size() > 1 ? 1 : 0, ofKey = layer.inputs.size() > 2 ? 2 : ofValue;
  mlir::Value q = project(0, "query/kernel", "query/bias", depth), k = project(ofKey, "key/kernel", "key/bias", depth);
  mlir::Value v = project(ofValue, "value/kernel", "value/bias", width);
  // 3. Attention.
  const bool causal = layer.argument("use_causal_mask").integer;
  mlir::Value scores =
      create<nn::AttentionScoresOp>(q, k, builder.getI64IntegerAttr(heads), f64(1 / std::sqrt(double(depth))),
                                    causal ? builder.getUnitAttr() : mlir::UnitAttr());
  mlir::Value value = attend(layer, scores, v);
  nn::Shape shape;
  for (size_t i = 0; i + 1 < rank; ++i)
    shape.push_back(query[order[i] - 1]);
  shape.push_back(heads * width);
  value = reshape(value, shape);
  if (!llvm::is_sorted(order))
    value = create<nn::PermuteOp>(value, llvm::ArrayRef<int64_t>(inverse));
  // 4. The heads of a place joined.
  int64_t features = 1;
  for (int64_t extent : nn::Extents(layer.output).drop_front(rank - 1))
    features *= extent;
  mlir::Value kernel = read(layer, "attention_output/kernel", {heads * width, features});
  mlir::Value bias = read(layer, "attention_output/bias", features);
  value = reshape(create<nn::DenseOp>(value, kernel, bias, nn::Activation::Linear), layer.output);
  nameInputs(layer, value);
  return value;
}

/// weight * sum over d of tanh(scale * (query[t, d] + key[s, d])), [groups, 1, queries, keys].
mlir::Value Importer::additiveScores(const Layer &layer, mlir::Value query, mlir::Value key) {
  auto shapeOf = [](mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()).getShape(); };
  const int64_t groups = shapeOf(query)[1], queries = shapeOf(query)[2], keys = shapeOf(key)[2];
  const int64_t depth = shapeOf(query)[3];
  const llvm::SmallVector<int64_t> pairs = {groups, queries, keys, depth};
  mlir::Value scale = read(layer, "scale"), weight = read(layer, "concat_score_weight");
  mlir::Value each = create<nn::BroadcastOp>(reshape(query, {groups, queries, 1, depth}), llvm::ArrayRef<int64_t>(pairs));
  mlir::Value other = create<nn::BroadcastOp>(reshape(key, {groups, 1, keys, depth}), llvm::ArrayRef<int64_t>(pairs));
  mlir::Value sum = create<nn::AddOp>(mlir::ValueRange{each, other});
  if (scale)
    sum = create<nn::ScaleByOp>(sum, scale);
  sum = create<nn::ActivationOp>(sum, nn::Activation::Tanh);
  // Summed over d as `depth` times the mean of the only spatial axis.
  sum = create<nn::PermuteOp>(reshape(sum, {groups * queries * keys, depth}), llvm::ArrayRef<int64_t>({2, 1}));
  sum = create<nn::GlobalAveragePoolOp>(sum, false);
  sum = create<nn::ScaleByOp>(create<nn::RescaleOp>(sum, f64(double(depth)), f64(0)), weight);
  return reshape(sum, {groups, 1, queries, keys});
}

mlir::Value Importer::attention(const Layer &layer) {
  // Query, key and value as [groups, places, features].
  auto grouped = [&](size_t which) {
    const nn::Shape &shape = model.shapeOf(layer.inputs[which]);
    int64_t groups = 1;
    for (size_t i = 0; i + 2 < shape.size(); ++i)
      groups *= shape[i];
    return reshape(input(layer, which), {groups, shape[shape.size() - 2], shape.back()});
  };
  mlir::Value q = grouped(0), v = grouped(1), k = layer.inputs.size() > 2 ? grouped(2) : v;
  auto causal = layer.argument("use_causal_mask").integer ? builder.getUnitAttr() : mlir::UnitAttr();
  auto products = [&](mlir::Value query, double factor) {
    return create<nn::AttentionScoresOp>(query, k, builder.getI64IntegerAttr(1), f64(factor), causal);
  };
  mlir::Value scores;
  if (layer.argument("score_mode").text() == "concat") {
    scores = additiveScores(layer, q, k);
    if (causal) // zeros, but for the mask
      scores = create<nn::AddOp>(mlir::ValueRange{scores, products(q, 0)});
  } else {
    mlir::Value scale = read(layer, "scale");
    scores = products(scale ? create<nn::ScaleByOp>(q, scale) : q, 1);
  }
  mlir::Value value = reshape(attend(layer, scores, v), layer.output);
  nameInputs(layer, value);
  return value;
}

/// The way to a use of a block, as Layer.h describes it; null for the model itself.
mlir::ArrayAttr Importer::blockOf(size_t use) {
  if (use == 0)
    return {};
  blockAttrs.resize(model.blockUses.size());
  mlir::ArrayAttr &attribute = blockAttrs[use - 1];
  if (!attribute) {
    llvm::SmallVector<mlir::Attribute> path;
    for (size_t at = use; at != 0; at = model.blockUses[at - 1].outer)
      path.push_back(builder.getStringAttr(model.blockUses[at - 1].name + "." + llvm::Twine(at)));
    std::reverse(path.begin(), path.end());
    attribute = builder.getArrayAttr(path);
  }
  return attribute;
}

mlir::Value Importer::importLayer(const Layer &layer) {
  switch (layer.spec->kind) {
  case LayerKind::Convolution: return convolution(layer);
  case LayerKind::DepthwiseConvolution: return depthwiseConvolution(layer);
  case LayerKind::SeparableConvolution: return separableConvolution(layer);
  case LayerKind::TransposedConvolution: return transposedConvolution(layer);
  case LayerKind::LocallyConnected: return locallyConnected(layer);
  case LayerKind::MaxPooling: return pooling<nn::MaxPoolOp>(layer);
  case LayerKind::AveragePooling: return pooling<nn::AveragePoolOp>(layer);
  case LayerKind::GlobalMaxPooling:
    return create<nn::GlobalMaxPoolOp>(input(layer), static_cast<bool>(layer.argument("keepdims").integer));
  case LayerKind::GlobalAveragePooling:
    return create<nn::GlobalAveragePoolOp>(input(layer), static_cast<bool>(layer.argument("keepdims").integer));
  case LayerKind::Dense: return dense(layer);
  case LayerKind::Flatten:
  case LayerKind::Reshape: return create<nn::ReshapeOp>(input(layer), llvm::ArrayRef<int64_t>(layer.output));
  case LayerKind::Permute: {
    const std::vector<int64_t> dims = layer.argument("dims").integers();
    return create<nn::PermuteOp>(input(layer), llvm::ArrayRef<int64_t>(dims));
  }
  case LayerKind::RepeatVector: {
    mlir::Value row = create<nn::ReshapeOp>(input(layer), llvm::ArrayRef<int64_t>({1, layer.output.back()}));
    return create<nn::BroadcastOp>(row, llvm::ArrayRef<int64_t>(layer.output));
  }
  case LayerKind::ZeroPadding:
    return create<nn::PadOp>(input(layer), llvm::ArrayRef<int64_t>(signedPadding(layer.argument("padding"), 1)));
  case LayerKind::Cropping:
    return create<nn::PadOp>(input(layer), llvm::ArrayRef<int64_t>(signedPadding(layer.argument("cropping"), -1)));
  case LayerKind::UpSampling: return upSampling(layer);
  case LayerKind::Rescaling:
    return create<nn::RescaleOp>(input(layer), f64(layer.argument("scale").number), f64(layer.argument("offset").number));
  case LayerKind::Concatenate: return concatenate(layer);
  case LayerKind::Add:
  case LayerKind::Subtract:
  case LayerKind::Multiply:
  case LayerKind::Average:
  case LayerKind::Maximum:
  case LayerKind::Minimum: return merge(layer);
  case LayerKind::BatchNormalization: return batchNormalization(layer);
  case LayerKind::SpatialDropout:
    return create<nn::SpatialDropoutOp>(input(layer), f64(layer.argument("rate").number),
                                        builder.getI32IntegerAttr(dropoutStream(layer.name, layer.argument("seed"))),
                                        mlir::DenseI64ArrayAttr());
  case LayerKind::GaussianNoise:
    return create<nn::GaussianNoiseOp>(input(layer), f64(layer.argument("stddev").number),
                                       builder.getI32IntegerAttr(dropoutStream(layer.name, layer.argument("seed"))));
  case LayerKind::Dropout:
    return layer.argument("noise_shape").isNone()
               ? dropout(layer, input(layer), layer.argument("rate"), layer.argument("seed"))
               : maskedDropout(layer);
  case LayerKind::MultiHeadAttention: return multiHeadAttention(layer);
  case LayerKind::Attention: return attention(layer);
  case LayerKind::Embedding: {
    mlir::Value table = read(layer, "embeddings");
    return create<nn::EmbeddingOp>(input(layer), table);
  }
  case LayerKind::Activation: {
    const Value &function = layer.argument("activation");
    if (auto activation = nn::symbolizeActivation(function.text()))
      return create<nn::ActivationOp>(input(layer), *activation);
    return importActivation(function, input(layer));
  }
  case LayerKind::LeakyReLU:
    return create<nn::ReluOp>(input(layer), mlir::FloatAttr(), f64(layer.argument("alpha").number), f64(0));
  case LayerKind::ELU: return create<nn::EluOp>(input(layer), f64(layer.argument("alpha").number));
  case LayerKind::LayerNormalization: return layerNormalization(layer);
  case LayerKind::PReLU: return prelu(layer);
  case LayerKind::ReLU: return relu(layer);
  case LayerKind::Softmax: return softmax(layer);
  case LayerKind::Unsupported: break;
  }
  llvm_unreachable("an unsupported layer is an error of the source");
}

/// The pass nn-make-entries makes the penalty.
void Importer::regularizeActivity(const Layer &layer, mlir::Value output) {
  if (llvm::none_of(layer.spec->arguments, [](const ArgumentSpec &one) { return one.name == "activity_regularizer"; }))
    return;
  if (const Value &regularizer = layer.argument("activity_regularizer"); !regularizer.isNone())
    output.getDefiningOp()->setAttr("nn.activity_regularizer", callOf(regularizer));
}

mlir::OwningOpRef<mlir::ModuleOp> Importer::run() {
  fileName = builder.getStringAttr(file.name());
  const mlir::Location place = locationOf(model.where);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(place, model.name);
  if (model.training)
    (*module)->setAttr("nn.train", trainingOf(*model.training));
  builder.setInsertionPointToEnd(module->getBody());
  importVariables();

  llvm::SmallVector<mlir::Type> inputTypes;
  for (const ModelInput &input : model.inputs)
    inputTypes.push_back(batchOf(input.shape));
  auto type = builder.getFunctionType(inputTypes, {batchOf(model.shapeOf(model.output))});
  auto function = mlir::func::FuncOp::create(builder, place, "model", type);
  mlir::Block *body = builder.createBlock(&function.getBody());
  for (const auto &[index, input] : llvm::enumerate(model.inputs)) {
    tensors.push_back(body->addArgument(inputTypes[index], locationOf(input.where)));
    function.setArgAttr(index, "nn.name", builder.getStringAttr(input.name));
  }
  for (const Layer &layer : model.layers) {
    if (!layer.isUsed) {
      tensors.emplace_back();
      continue;
    }
    location = locationOf(layer.where);
    layerAttr = nn::LayerAttr::get(builder.getContext(), layer.name, layer.spec->name);
    blockAttr = blockOf(layer.block);
    tensors.push_back(importLayer(layer));
    regularizeActivity(layer, tensors.back());
  }
  mlir::func::ReturnOp::create(builder, place, tensors[model.output]);
  return module;
}

} // namespace

mlir::OwningOpRef<mlir::ModuleOp> frontend::importModel(mlir::MLIRContext &context, const Model &model,
                                                        const SourceFile &file) {
  context.loadDialect<mlir::func::FuncDialect, nn::NNDialect>();
  return Importer(context, model, file).run();
}

mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> frontend::importModule(mlir::MLIRContext &context, StringRef source,
                                                                          StringRef fileName,
                                                                          const FrontendOptions &options,
                                                                          Diagnostics &diagnostics) {
  auto file = std::make_shared<const SourceFile>(fileName, source);
  diagnostics.setSource(file);
  const Tokens tokens = lex(*file, diagnostics);
  const ast::File tree = parse(*file, tokens, diagnostics);
  if (source.size() > kMaxSourceBytes)
    return mlir::failure();
  const std::optional<Model> model = analyze(*file, tree, options, diagnostics);
  if (!model)
    return mlir::failure();
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, *model, *file);
  if (mlir::failed(mlir::verify(*module)))
    return mlir::failure();
  return module;
}
