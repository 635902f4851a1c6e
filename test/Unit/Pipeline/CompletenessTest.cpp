// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Nothing is left out: every layer of Sema's table becomes ops, every op of the dialect has a reference, a kernel and, where it may be
// differentiated, a gradient rule. Exceptions stand here with their reasons. The documents: DocumentsTest.cpp.

#include "Sweep/ModelGenerator.h"
#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Frontend/ImportNN.h"
#include "nncc/Frontend/LayerTable.h"
#include "nncc/Interfaces/DifferentiableOpInterface.h"
#include "nncc/Interfaces/LayerOpInterface.h"
#include "nncc/Kernels/KernelBuilder.h"
#include "nncc/Pipeline/Registration.h"
#include "nncc/Reference/Evaluation.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"

#include <map>
#include <set>

using namespace nncc;

namespace {

/// Op name without "nn." to the reason why it lacks something.
using Exceptions = std::map<std::string, std::string>;

const Exceptions kWithoutReference = {
    {"variable", "a declaration: its value is the interpreter's State"},
};

const Exceptions kWithoutKernel = {
    {"variable", "a declaration: its place is Analysis/ParameterLayout's"},
    {"read", "memory that is already there: a view of the parameters"},
    {"reshape", "memory that is already there: a view of its input"},
    {"store_gradient", "Kernels/EntryBuilder lets the producer write to the gradients, or copies"},
};

/// Of ops that are a layer or a loss in some form; ops of the backward pass and updates are never differentiated.
const Exceptions kWithoutRule = {
    {"variable", "a declaration"},
    {"read", "where the engine stops: its gradient is stored"},
    {"total_loss", "a report: each of its terms is a root of the gradient pass"},
    {"reduce_sum", "only in backward passes, as the gradient of nn.broadcast"},
    {"zeros_like", "only in backward passes, where an input has no influence"},
    {"slice", "only in backward passes, as the gradient of nn.concatenate"},
    {"store_gradient", "only in backward passes"},
    {"fold_batch_norm", "only in entries without a backward pass"},
    {"conv_max_pool_train", "made of a conv and a max_pool_train behind the backward pass"},
    {"moving_average", "an update, no gradient flows through it"},
    {"sgd", "an update"},
    {"adam", "an update"},
    {"nadam", "an update"},
    {"rmsprop", "an update"},
    {"adagrad", "an update"},
    {"adadelta", "an update"},
    {"clip_gradients", "changes stored gradients, no gradient flows through it"},
    {"constrain_norm", "behind an update"},
    {"constrain_unit_norm", "behind an update"},
    {"constrain_non_negative", "behind an update"},
    {"constrain_radial", "behind an update"},
};

reference::EvaluatorTable allEvaluators() {
  using namespace reference;
  EvaluatorTable table;
  for (auto add : {addVariableEvaluators, addAttentionEvaluators, addConvolutionEvaluators, addPoolingEvaluators,
                   addPooledConvolutionEvaluators, addDenseEvaluators, addActivationEvaluators,
                   addNormalizationEvaluators, addRegularizationEvaluators, addMergeEvaluators, addShapeEvaluators,
                   addLossEvaluators, addOptimizerEvaluators, addConstraintEvaluators})
    add(table);
  return table;
}

kernels::EmitterTable allEmitters() {
  using namespace kernels;
  EmitterTable table;
  for (auto add : {addConvolutionKernels, addAttentionKernels, addEmbeddingKernels, addDenseKernels, addPoolingKernels,
                   addPooledConvolutionKernels, addActivationKernels, addNormalizationKernels, addRegularizationKernels,
                   addMergeKernels, addRearrangeKernels, addStandardizeKernels, addShapeKernels, addLossKernels,
                   addOptimizerKernels, addConstraintKernels})
    add(table);
  return table;
}

class Ops : public testing::Test {
protected:
  Ops() {
    mlir::DialectRegistry registry;
    pipeline::registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<nn::NNDialect>();
  }

  /// Names the ops for which `has` is false, and the exceptions that are none.
  void expectAll(const Exceptions &exceptions, llvm::StringRef what,
                 llvm::function_ref<bool(mlir::RegisteredOperationName)> has) {
    std::set<std::string> unknown;
    for (const auto &[name, reason] : exceptions)
      unknown.insert(name);
    int count = 0;
    for (mlir::RegisteredOperationName op : context.getRegisteredOperationsByDialect("nn")) {
      std::string name = op.getStringRef().drop_front(strlen("nn.")).str();
      ++count;
      unknown.erase(name);
      if (exceptions.contains(name))
        EXPECT_FALSE(has(op)) << "nn." << name << " has " << what.str() << " now; strike it from the exceptions";
      else
        EXPECT_TRUE(has(op)) << "nn." << name << " has no " << what.str() << "; see docs/AddingALayer.md";
    }
    EXPECT_GT(count, 40);
    for (const std::string &name : unknown)
      ADD_FAILURE() << "an exception for nn." << name << ", which is no op";
  }

  mlir::MLIRContext context;
};

TEST_F(Ops, HaveAReference) {
  reference::EvaluatorTable table = allEvaluators();
  expectAll(kWithoutReference, "reference",
            [&](mlir::RegisteredOperationName op) { return table.find(op.getStringRef()) != nullptr; });
}

TEST_F(Ops, HaveAKernel) {
  kernels::EmitterTable table = allEmitters();
  expectAll(kWithoutKernel, "kernel",
            [&](mlir::RegisteredOperationName op) { return table.contains(op.getStringRef()); });
}

TEST_F(Ops, HaveAGradientRule) {
  Exceptions exceptions = kWithoutRule;
  for (mlir::RegisteredOperationName op : context.getRegisteredOperationsByDialect("nn"))
    if (op.getStringRef().ends_with("_grad") || op.getStringRef().contains("_grad_"))
      exceptions[op.getStringRef().drop_front(strlen("nn.")).str()] = "second derivatives are not taken";
  expectAll(exceptions, "gradient rule", [&](mlir::RegisteredOperationName op) {
    return op.hasInterface<DifferentiableOpInterface>();
  });
}

TEST_F(Ops, OfLayersHaveARule) {
  // What a model consists of can always be trained.
  for (mlir::RegisteredOperationName op : context.getRegisteredOperationsByDialect("nn"))
    if (op.hasInterface<LayerOpInterface>())
      EXPECT_TRUE(op.hasInterface<DifferentiableOpInterface>()) << op.getStringRef().str();
}

/// What a layer is made of: the ops of some models around it that the sweep draws.
std::set<std::string> opsOf(mlir::MLIRContext &context, const frontend::LayerSpec &layer, size_t index) {
  std::set<std::string> found;
  for (uint64_t round = 0; round < 8; ++round) {
    const sweep::GeneratedModel model = sweep::generateModel(index + round * frontend::layers().size());
    EXPECT_EQ(model.layer, &layer);
    Diagnostics diagnostics;
    auto module = frontend::importModule(context, model.text, "m.nn", {}, diagnostics);
    if (mlir::failed(module)) {
      ADD_FAILURE() << model.text;
      continue;
    }
    (*module)->walk([&](mlir::Operation *op) {
      if (nn::LayerAttr of = nn::getLayer(op); of && of.getClassName() == layer.name)
        found.insert(op->getName().getStringRef().str());
    });
  }
  return found;
}

TEST_F(Ops, OfEachLayerAreComplete) {
  const reference::EvaluatorTable evaluators = allEvaluators();
  const kernels::EmitterTable emitters = allEmitters();
  for (const auto &[index, layer] : llvm::enumerate(frontend::layers())) {
    SCOPED_TRACE(layer.name);
    const std::set<std::string> ops = opsOf(context, layer, index);
    EXPECT_FALSE(ops.empty()) << "its import makes no op";
    for (const std::string &name : ops) {
      const std::string plain = name.substr(strlen("nn."));
      EXPECT_NE(evaluators.find(name), nullptr) << name << " has no reference";
      EXPECT_TRUE(emitters.contains(name) || kWithoutKernel.contains(plain)) << name << " has no kernel";
      const auto op = mlir::RegisteredOperationName::lookup(name, &context);
      EXPECT_TRUE(op && op->hasInterface<DifferentiableOpInterface>()) << name << " has no gradient rule";
    }
  }
}

} // namespace
