// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// From a checked model to ops of the nn dialect: variables, the train section and the order of the layers. The ops of a layer: Import/.

#include "nncc/Frontend/ImportNN.h"

#include "Import/LayerImport.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/Ops/Variable.h"
#include "nncc/Frontend/Lexer.h"
#include "nncc/Frontend/Parser.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

namespace {

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
  void regularizeActivity(const Layer &layer, mlir::Value output);

  mlir::OpBuilder builder;
  const Model &model;
  const SourceFile &file;
  mlir::StringAttr fileName;
  std::vector<mlir::Value> tensors;
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
  if (const Value &weights = training.setting("class_weight"); weights.is(Value::Kind::List)) {
    llvm::SmallVector<mlir::Attribute> numbers;
    for (const Value &weight : weights.elements())
      numbers.push_back(f64(weight.toDouble()));
    add("class_weight", builder.getArrayAttr(numbers));
  }
  for (StringRef name : {"validation_split", "optimizer", "loss", "epochs", "seed", "shuffle"})
    add(name, attributeOf(training.setting(name)));
  for (StringRef name : {"metrics", "callbacks", "augment"}) {
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
    const mlir::Location location = locationOf(layer.where);
    for (const Variable &variable : layer.variables)
      nn::VariableOp::create(builder, location, layer.name + "/" + variable.name.str(),
                             mlir::RankedTensorType::get(variable.shape, builder.getF32Type()),
                             callOf(variable.initializer), variable.isTrainable && layer.isTrainable,
                             variable.regularizer.isNone() ? nn::CallAttr() : callOf(variable.regularizer),
                             variable.constraint.isNone() ? nn::CallAttr() : callOf(variable.constraint));
  }
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

/// The pass nn-make-entries makes the penalty.
void Importer::regularizeActivity(const Layer &layer, mlir::Value output) {
  const Arguments arguments(*layer.spec, layer.arguments);
  if (!arguments.has("activity_regularizer"))
    return;
  if (const Value &regularizer = arguments["activity_regularizer"]; !regularizer.isNone())
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
  llvm::SmallVector<mlir::Attribute> inputNames;
  for (const auto &[index, input] : llvm::enumerate(model.inputs)) {
    tensors.push_back(body->addArgument(inputTypes[index], locationOf(input.where)));
    inputNames.push_back(builder.getDictionaryAttr(builder.getNamedAttr("nn.name", builder.getStringAttr(input.name))));
  }
  function.setArgAttrsAttr(builder.getArrayAttr(inputNames));
  for (const Layer &layer : model.layers) {
    if (!layer.isUsed) {
      tensors.emplace_back();
      continue;
    }
    tensors.push_back(
        importLayer({builder, model, tensors, layer, locationOf(layer.where), blockOf(layer.block)}));
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
