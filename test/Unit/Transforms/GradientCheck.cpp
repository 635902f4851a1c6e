// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Transforms/GradientCheck.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Reference/GradCheck.h"
#include "nncc/Transforms/Autodiff/Rules.h"
#include "nncc/Transforms/Passes.h"

#include <stdexcept>

namespace nncc::test {
namespace {

std::string join(const Extents &extents, const std::string &separator) {
  std::string text;
  for (int64_t extent : extents)
    text += (text.empty() ? "" : separator) + std::to_string(extent);
  return text;
}

std::string join(const std::vector<std::string> &texts) {
  std::string joined;
  for (const std::string &text : texts)
    joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

} // namespace

std::string tensorType(const Extents &shape) {
  return "tensor<" + join(shape, "x") + (shape.empty() ? "" : "x") + "f32>";
}
std::string batchType(const Extents &sample) {
  return "tensor<?x" + join(sample, "x") + (sample.empty() ? "" : "x") + "f32>";
}
std::string array(const Extents &extents) { return "array<i64: " + join(extents, ", ") + ">"; }

std::string ModelText::input(const std::string &name, const Extents &sample) {
  std::string type = batchType(sample);
  arguments += (arguments.empty() ? "%" : ", %") + name + ": " + type + " {nn.name = \"" + name + "\"}";
  types.push_back({"%" + name, {type, sample}});
  return "%" + name;
}

std::string ModelText::variable(const std::string &path, const Extents &shape, bool trainable) {
  std::string type = tensorType(shape), value = "%" + std::to_string(next++);
  variables += "nn.variable @\"" + path + "\" : " + type +
               " {initializer = #nn.call<\"GlorotUniform\", {}>, trainable = " + (trainable ? "true" : "false") + "}\n";
  body += value + " = nn.read @\"" + path + "\" : " + type + "\n";
  types.push_back({value, {type, shape}});
  return value;
}

std::string ModelText::op(const std::string &op, const std::vector<std::string> &operands,
                          const std::string &attributes, const Extents &result) {
  return this->op(op, join(operands), operands, attributes, result);
}

std::string ModelText::op(const std::string &op, const std::string &operands, const std::vector<std::string> &values,
                          const std::string &attributes, const Extents &result) {
  std::string value = "%" + std::to_string(next++), type = batchType(result);
  std::vector<std::string> operandTypes;
  for (const std::string &operand : values)
    operandTypes.push_back(typeOf(operand));
  body += value + " = nn." + op + " " + operands + " {" + attributes + (attributes.empty() ? "" : ", ") +
          "nn.layer = #nn.layer<\"" + op + value.substr(1) + "\", \"Layer\">} : (" + join(operandTypes) + ") -> " +
          type + "\n";
  types.push_back({value, {type, result}});
  return value;
}

std::string ModelText::finish(const std::string &output, const std::string &train) const {
  std::string type = typeOf(output);
  return "module @M" + (train.empty() ? "" : " attributes {nn.train = {" + train + "}}") + " {\n" + variables +
         "func.func @model(" + arguments + ") -> " + type + " {\n" + body + "return " + output + " : " + type +
         "\n}\n}\n";
}

std::string ModelText::typeOf(const std::string &value) const {
  for (const auto &[name, type] : types)
    if (name == value)
      return type.first;
  return "?";
}

const Extents &ModelText::sampleOf(const std::string &value) const {
  for (const auto &[name, type] : types)
    if (name == value)
      return type.second;
  std::abort();
}

Module::Module() {
  mlir::DialectRegistry registry;
  registry.insert<nn::NNDialect, mlir::func::FuncDialect>();
  registerGradientRules(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

bool Module::run(const std::string &text, const std::string &pipeline) {
  static const bool registered = (registerTransformsPasses(), true);
  (void)registered;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      error += diagnostic.str() + "\n";
  });
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return false;
  mlir::PassManager passes(&context);
  if (mlir::failed(mlir::parsePassPipeline(pipeline, passes)))
    return false;
  return mlir::succeeded(passes.run(*module));
}

CheckResult checkModel(const std::string &model, int64_t batch, bool training, const std::string &brokenRule,
                       const std::string &passes, const std::string &passesBehind) {
  Module module;
  CheckResult result{false, "", ""};
  std::string entries = training ? "gradients_training" : "gradients";
  if (model.find("nn.train") != std::string::npos)
    entries += ",train_step";
  std::string pipeline = "nn-make-entries{entries=" + entries + "}," + passes + (passes.empty() ? "" : ",") +
                         "nn-autodiff" + (brokenRule.empty() ? "" : "{break-rule=" + brokenRule + "}") + "," +
                         passesBehind;
  if (!module.run(model, pipeline)) {
    result.error = module.error + "\nfor the model\n" + model;
    return result;
  }
  mlir::ScopedDiagnosticHandler handler(&module.context, [&](mlir::Diagnostic &diagnostic) {
    result.error += diagnostic.str() + "\n";
    for (mlir::Diagnostic &note : diagnostic.getNotes())
      result.error += note.str() + "\n";
  });
  llvm::raw_string_ostream report(result.report);
  reference::GradCheckOptions options;
  options.batch = batch;
  options.training = training;
  options.samples = 16;
  options.report = &report;
  result.passed = mlir::succeeded(reference::checkGradients(*module.module, options));
  return result;
}

} // namespace nncc::test
