// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Analysis/ModelGraph.h"

#include "Dialect/ParsedModule.h"
#include "nncc/Analysis/GraphOutput.h"

#include "gtest/gtest.h"

using namespace nncc::analysis;

static std::string namesOf(const ModelGraph &graph) {
  std::string names;
  for (const LayerInfo &layer : graph.layers())
    names += (names.empty() ? "" : " ") + layer.name;
  return names;
}

/// A model over %x and %unused with activations, in their text; `result` is what it returns.
static std::string modelOf(llvm::StringRef body, llvm::StringRef result) {
  return ("module @M { func.func @model(%x: tensor<?x3xf32> {nn.name = \"x\"}, %unused: tensor<?x5xf32> {nn.name = "
          "\"unused\"}) -> tensor<?x3xf32> {" +
          body + "\nreturn " + result + " : tensor<?x3xf32> } }")
      .str();
}

static std::string activation(llvm::StringRef name, llvm::StringRef input) {
  return ("\n%" + name + " = nn.activation %" + input + " {function = #nn.activation<relu>, nn.layer = #nn.layer<\"" +
          name + "\", \"Activation\">} : (tensor<?x3xf32>) -> tensor<?x3xf32>")
      .str();
}

static std::string add(llvm::StringRef name, llvm::StringRef a, llvm::StringRef b) {
  return ("\n%" + name + " = nn.add %" + a + ", %" + b + " {nn.layer = #nn.layer<\"" + name +
          "\", \"Add\">} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>")
      .str();
}

// A long and a short way into one Add: rows by depth, in a depth by the walk from the output; what the output does not
// depend on is left out, but an unused input is there, at depth 0, before the output.
TEST(ModelGraph, KerasOrder) {
  std::string body = activation("a", "x") + activation("dead", "x") + activation("b", "a") + activation("c", "x") +
                     add("sum", "c", "b");
  ParsedModule parsed(modelOf(body, "%sum"));
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(parsed.get());
  ASSERT_TRUE(llvm::succeeded(graph));
  EXPECT_EQ(namesOf(*graph), "x a c b unused sum");
  EXPECT_FALSE(graph->isChain());
  EXPECT_EQ(graph->layers().back().inputs, (llvm::SmallVector<size_t>{2, 3}));
  EXPECT_EQ(graph->flops(), 4 * 3);
}

// A layer that is used by several others is as deep as its deepest use.
TEST(ModelGraph, DepthIsTheLongestWay) {
  std::string body = activation("a", "x") + activation("b", "a") + activation("c", "b") + add("sum", "a", "c");
  ParsedModule parsed(modelOf(body, "%sum"));
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(parsed.get());
  ASSERT_TRUE(llvm::succeeded(graph));
  EXPECT_EQ(namesOf(*graph), "x a b c unused sum");
}

// A layer of several ops has its inputs in the order in which its last op reads them.
TEST(ModelGraph, InputsThroughTheOpsOfALayer) {
  std::string body = activation("a", "x") + activation("b", "x") +
                     "\n%c = nn.rescale %b {scale = -1.0, offset = 0.0, nn.layer = #nn.layer<\"sum\", \"Subtract\">} : "
                     "(tensor<?x3xf32>) -> tensor<?x3xf32>" +
                     "\n%sum = nn.add %a, %c {nn.layer = #nn.layer<\"sum\", \"Subtract\">} : (tensor<?x3xf32>, "
                     "tensor<?x3xf32>) -> tensor<?x3xf32>";
  ParsedModule parsed(modelOf(body, "%sum"));
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(parsed.get());
  ASSERT_TRUE(llvm::succeeded(graph));
  EXPECT_EQ(namesOf(*graph), "x a b unused sum");
  EXPECT_EQ(graph->layers().back().inputs, (llvm::SmallVector<size_t>{1, 2}));
}

TEST(ModelGraph, ManyLayersInARow) {
  std::string body;
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i)
    body += activation("l" + std::to_string(i), i ? "l" + std::to_string(i - 1) : "x");
  ParsedModule parsed(modelOf(body, "%l" + std::to_string(count - 1)));
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(parsed.get());
  ASSERT_TRUE(llvm::succeeded(graph));
  ASSERT_EQ(graph->layers().size(), count + 2u);
  EXPECT_EQ(graph->layers()[1].name, "l0");
}

TEST(ModelGraph, ParametersOfALayerOfSeveralOps) {
  ParsedModule parsed(R"(
module @M {
  nn.variable @"bn/gamma" : tensor<3xf32> {initializer = #nn.call<"Ones", {}>, trainable = true}
  nn.variable @"bn/moving_mean" : tensor<3xf32> {initializer = #nn.call<"Zeros", {}>, trainable = false}
  nn.variable @"bn/moving_variance" : tensor<3xf32> {initializer = #nn.call<"Ones", {}>, trainable = false}
  func.func @model(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
    %g = nn.read @"bn/gamma" : tensor<3xf32>
    %m = nn.read @"bn/moving_mean" : tensor<3xf32>
    %v = nn.read @"bn/moving_variance" : tensor<3xf32>
    %y = nn.batch_norm %x gamma(%g) mean(%m) variance(%v) {axis = 1 : i64, epsilon = 1.0e-3, momentum = 0.99,
      nn.layer = #nn.layer<"bn", "BatchNormalization">}
      : (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
    return %y : tensor<?x3xf32>
  }
})");
  ASSERT_TRUE(parsed.get());
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(parsed.get());
  ASSERT_TRUE(llvm::succeeded(graph));
  EXPECT_TRUE(graph->isChain());
  EXPECT_EQ(namesOf(*graph), "input_1 bn");
  EXPECT_EQ(graph->trainableParameters(), 3);
  EXPECT_EQ(graph->nonTrainableParameters(), 6);
}

TEST(ModelGraph, OutputsEscapeNames) {
  ParsedModule parsed(R"(
module @M {
  func.func @model(%x: tensor<?x3xf32> {nn.name = "x"}) -> tensor<?x3xf32> {
    %y = nn.activation %x {function = #nn.activation<relu>, nn.layer = #nn.layer<"a \"b\"", "Activation">}
      : (tensor<?x3xf32>) -> tensor<?x3xf32>
    return %y : tensor<?x3xf32>
  }
})");
  ASSERT_TRUE(parsed.get());
  llvm::FailureOr<ModelGraph> graph = ModelGraph::of(parsed.get());
  ASSERT_TRUE(llvm::succeeded(graph));
  std::string dot, json;
  llvm::raw_string_ostream dotOut(dot), jsonOut(json);
  printDot(*graph, dotOut);
  printJson(*graph, jsonOut);
  EXPECT_NE(dot.find(R"(n1 [label="a \"b\"\nActivation\nrelu"];)"), std::string::npos) << dot;
  EXPECT_NE(dot.find(R"(n0 -> n1 [label="3"];)"), std::string::npos) << dot;
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(json);
  ASSERT_TRUE(bool(value));
  const llvm::json::Array &layers = *value->getAsObject()->getArray("layers");
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[1].getAsObject()->getString("name"), "a \"b\"");
  EXPECT_EQ(layers[1].getAsObject()->getInteger("line"), 4);
  EXPECT_EQ(*layers[1].getAsObject()->getArray("output_shape"), (llvm::json::Array{nullptr, 3}));
}
