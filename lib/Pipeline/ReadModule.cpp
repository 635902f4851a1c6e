// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Internal.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Support/PrintableText.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nncc::pipeline {

/// A train section says how the loss is computed and how the parameters follow it.
static LogicalResult checkTrain(ModuleOp module) {
  Attribute attribute = module->getAttr("nn.train");
  if (!attribute)
    return success();
  auto train = dyn_cast<DictionaryAttr>(attribute);
  auto optimizer = train ? train.getAs<nn::CallAttr>("optimizer") : nn::CallAttr();
  auto loss = train ? train.getAs<nn::CallAttr>("loss") : nn::CallAttr();
  if (!optimizer || !loss)
    return emitError(module.getLoc(), "expected 'nn.train' to hold an 'optimizer' and a 'loss', each as "
                                      "#nn.call<\"NAME\", {arguments}>");
  static constexpr llvm::StringLiteral optimizers[] = {"SGD",     "Adam",     "AdamW", "RMSprop",
                                                       "Adagrad", "Adadelta", "Nadam"};
  if (!llvm::is_contained(optimizers, optimizer.getName()))
    return emitError(module.getLoc()) << "unknown optimizer '" << optimizer.getName() << "'; expected SGD or Adam";
  return success();
}

/// What the later stages take for granted of a module that did not come from the front end.
static LogicalResult checkModel(ModuleOp module) {
  auto model = module.lookupSymbol<func::FuncOp>("model");
  if (!model || model.isExternal())
    return module.emitError("expected a module of the nn dialect with a function '@model' that has a body");
  if (model.getNumArguments() == 0 || model.getNumResults() != 1)
    return model.emitError("expected '@model' to have at least one input and exactly one result");
  auto isBatched = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() >= 2 && tensor.getElementType().isF32() && tensor.isDynamicDim(0) &&
           tensor.getNumDynamicDims() == 1;
  };
  for (auto [index, type] : llvm::enumerate(model.getArgumentTypes())) {
    if (!isBatched(type))
      return model.emitError("expected input ") << index << " to be a tensor<?x...xf32>, found " << type;
    if (!model.getArgAttrOfType<StringAttr>(index, "nn.name"))
      return model.emitError("expected input ") << index << " to have a name, the argument attribute 'nn.name'";
  }
  if (!isBatched(model.getResultTypes().front()))
    return model.emitError("expected the result to be a tensor<?x...xf32>, found ") << model.getResultTypes().front();
  return success();
}

OwningOpRef<ModuleOp> readModule(MLIRContext &context, StringRef text, StringRef fileName) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, fileName), llvm::SMLoc());
  std::string messages; // which quote the text
  llvm::raw_string_ostream out(messages);
  OwningOpRef<ModuleOp> module;
  {
    SourceMgrDiagnosticHandler handler(sources, &context, out);
    module = parseSourceFile<ModuleOp>(sources, &context);
    if (module && (failed(checkModel(*module)) || failed(checkTrain(*module))))
      module = nullptr;
  }
  llvm::errs() << printableLines(messages);
  return module;
}

} // namespace nncc::pipeline
