// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The table of layers: every layer of the language with Keras 2.15's arguments, in Keras' order, with its defaults
// (keras/layers). `data_format` and `dtype` are left out. A layer that is not supported yet has its kind Unsupported; to
// add it, give it a kind here, a function in Rules/ and one in Import/.

#include "nncc/Frontend/LayerTable.h"

#include "llvm/ADT/StringMap.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

namespace {

using Kind = ArgumentKind;
using Name = llvm::StringLiteral;

//===----------------------------------------------------------------------===//
// Arguments that many layers share
//===----------------------------------------------------------------------===//

ArgumentSpec argument(Name name, Kind kind) { return ArgumentSpec{.name = name, .kind = kind}; }
ArgumentSpec count(Name name) { return argument(name, Kind::Integer).from(1); }
ArgumentSpec number(Name name, StringRef value) { return argument(name, Kind::Number).defaults(value); }
ArgumentSpec boolean(Name name, StringRef value) { return argument(name, Kind::Boolean).defaults(value); }
ArgumentSpec extents(Name name) { return argument(name, Kind::Extents); }
ArgumentSpec initializer(Name name, StringRef value) {
  return argument(name, Kind::Class).of(ClassFamily::Initializer).defaults(value);
}
ArgumentSpec regularizer(Name name) {
  return argument(name, Kind::Class).of(ClassFamily::Regularizer).optional();
}
ArgumentSpec constraint(Name name) { return argument(name, Kind::Class).of(ClassFamily::Constraint).optional(); }
ArgumentSpec activation() { return argument("activation", Kind::Activation).defaults("linear"); }
ArgumentSpec useBias() { return boolean("use_bias", "true"); }
ArgumentSpec seed() { return argument("seed", Kind::Integer).from(0).optional(); }
ArgumentSpec strides() { return extents("strides").defaults("1"); }
ArgumentSpec dilation() { return extents("dilation_rate").defaults("1"); }
ArgumentSpec padding(unsigned rank, bool causal = false) {
  std::vector<StringRef> modes = {"valid", "same"};
  if (causal && rank == 1)
    modes.push_back("causal");
  return argument("padding", Kind::Enumeration).oneOf(modes).defaults("valid");
}
ArgumentSpec pairs(Name name) { return argument(name, Kind::Pairs).defaults("1"); }

void append(Signature &signature, const Signature &more) { signature.insert(signature.end(), more.begin(), more.end()); }

/// kernel_initializer ... bias_constraint, as Conv and Dense have them.
Signature kernelAndBias(Name kernelInitializer = "kernel_initializer", Name kernelRegularizer = "kernel_regularizer",
                        Name kernelConstraint = "kernel_constraint") {
  return {initializer(kernelInitializer, "glorot_uniform"),
          initializer("bias_initializer", "zeros"),
          regularizer(kernelRegularizer),
          regularizer("bias_regularizer"),
          regularizer("activity_regularizer"),
          constraint(kernelConstraint),
          constraint("bias_constraint")};
}

Signature convolution(unsigned rank) {
  Signature result = {count("filters"),
                      extents("kernel_size"),
                      strides(),
                      padding(rank, /*causal=*/true),
                      dilation(),
                      count("groups").defaults("1"),
                      activation(),
                      useBias()};
  append(result, kernelAndBias());
  return result;
}

Signature depthwise(unsigned rank) {
  Signature result = {extents("kernel_size"), strides(), padding(rank), count("depth_multiplier").defaults("1"),
                      dilation(), activation(), useBias()};
  append(result, kernelAndBias("depthwise_initializer", "depthwise_regularizer", "depthwise_constraint"));
  return result;
}

Signature separable(unsigned rank) {
  return {count("filters"), extents("kernel_size"), strides(), padding(rank, /*causal=*/true), dilation(),
          count("depth_multiplier").defaults("1"), activation(), useBias(),
          initializer("depthwise_initializer", "glorot_uniform"), initializer("pointwise_initializer", "glorot_uniform"),
          initializer("bias_initializer", "zeros"), regularizer("depthwise_regularizer"),
          regularizer("pointwise_regularizer"), regularizer("bias_regularizer"), regularizer("activity_regularizer"),
          constraint("depthwise_constraint"), constraint("pointwise_constraint"), constraint("bias_constraint")};
}

Signature transposed(unsigned rank) {
  Signature result = {count("filters"), extents("kernel_size"),  strides(),     padding(rank),
                      extents("output_padding").from(0).optional(), dilation(), activation(), useBias()};
  append(result, kernelAndBias());
  return result;
}

Signature locallyConnected() {
  Signature result = {count("filters"), extents("kernel_size"), strides(),
                      argument("padding", Kind::Enumeration).oneOf({"valid"}).defaults("valid"), activation(), useBias()};
  append(result, kernelAndBias());
  result.push_back(argument("implementation", Kind::Integer).from(1).upTo(3).defaults("1"));
  return result;
}

Signature pooling(unsigned rank) {
  return {extents("pool_size").defaults("2"), extents("strides").optional(), padding(rank)};
}

Signature globalPooling() { return {boolean("keepdims", "false")}; }

Signature normalization(bool batch) {
  Signature result = {argument("axis", Kind::Axes).defaults("-1")};
  if (batch)
    result.push_back(number("momentum", "0.99").from(0).upTo(1));
  append(result, {number("epsilon", "0.001").from(0), boolean("center", "true"), boolean("scale", "true"),
                  initializer("beta_initializer", "zeros"), initializer("gamma_initializer", "ones")});
  if (batch)
    append(result, {initializer("moving_mean_initializer", "zeros"), initializer("moving_variance_initializer", "ones")});
  append(result, {regularizer("beta_regularizer"), regularizer("gamma_regularizer"), constraint("beta_constraint"),
                  constraint("gamma_constraint")});
  if (batch)
    result.push_back(boolean("synchronized", "false").namedOnly());
  return result;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

struct Table {
  std::vector<LayerSpec> specs;
  llvm::StringMap<size_t> byName;
  std::vector<std::pair<std::string, std::string>> aliases;

  void add(std::string name, LayerKind kind, unsigned rank, Signature arguments, bool isMerge = false) {
    specs.push_back({std::move(name), kind, rank, isMerge, std::move(arguments)});
  }
  void attention(std::string name, LayerKind kind, unsigned leastTensors, Signature arguments) {
    add(std::move(name), kind, 0, std::move(arguments));
    specs.back().leastTensors = leastTensors;
    specs.back().mostTensors = 3;
  }
  void merge(std::string name, LayerKind kind, Signature arguments = {}) { add(name, kind, 0, std::move(arguments), true); }
};

Table makeTable() {
  using L = LayerKind;
  Table t;

  // Convolution.
  for (unsigned rank : {1u, 2u, 3u})
    t.add("Conv" + std::to_string(rank) + "D", L::Convolution, rank, convolution(rank));
  for (unsigned rank : {1u, 2u}) {
    const std::string d = std::to_string(rank) + "D";
    t.add("DepthwiseConv" + d, L::DepthwiseConvolution, rank, depthwise(rank));
    t.add("SeparableConv" + d, L::SeparableConvolution, rank, separable(rank));
    t.add("LocallyConnected" + d, L::LocallyConnected, rank, locallyConnected());
  }
  for (unsigned rank : {1u, 2u, 3u})
    t.add("Conv" + std::to_string(rank) + "DTranspose", L::TransposedConvolution, rank, transposed(rank));

  // Pooling.
  for (unsigned rank : {1u, 2u, 3u}) {
    const std::string d = std::to_string(rank) + "D";
    t.add("MaxPooling" + d, L::MaxPooling, rank, pooling(rank));
    t.add("AveragePooling" + d, L::AveragePooling, rank, pooling(rank));
    t.add("GlobalMaxPooling" + d, L::GlobalMaxPooling, rank, globalPooling());
    t.add("GlobalAveragePooling" + d, L::GlobalAveragePooling, rank, globalPooling());
    for (auto [shortName, name] : {std::pair("MaxPool", "MaxPooling"), std::pair("AvgPool", "AveragePooling"),
                                   std::pair("GlobalMaxPool", "GlobalMaxPooling"),
                                   std::pair("GlobalAvgPool", "GlobalAveragePooling")})
      t.aliases.push_back({shortName + d, name + d});
  }

  // Dense.
  Signature dense = {count("units"), activation(), useBias()};
  append(dense, kernelAndBias());
  t.add("Dense", L::Dense, 0, dense);

  // Shape.
  t.add("Flatten", L::Flatten, 0, {});
  t.add("Reshape", L::Reshape, 0, {argument("target_shape", Kind::Integers).from(-1)});
  t.add("Permute", L::Permute, 0, {argument("dims", Kind::Integers).from(1)});
  t.add("RepeatVector", L::RepeatVector, 0, {count("n")});
  for (unsigned rank : {1u, 2u, 3u}) {
    const std::string d = std::to_string(rank) + "D";
    t.add("ZeroPadding" + d, L::ZeroPadding, rank, {pairs("padding")});
    t.add("Cropping" + d, L::Cropping, rank, {pairs("cropping").defaults(rank == 2 ? "0" : "1")});
    Signature upSampling = {extents("size").defaults("2")};
    if (rank == 2)
      upSampling.push_back(argument("interpolation", Kind::Enumeration)
                               .oneOf({"nearest", "bilinear", "bicubic", "area", "gaussian", "lanczos3", "lanczos5",
                                       "mitchellcubic"})
                               .defaults("nearest"));
    t.add("UpSampling" + d, L::UpSampling, rank, upSampling);
  }

  // Merge.
  t.merge("Concatenate", L::Concatenate, {argument("axis", Kind::Integer).defaults("-1")});
  t.merge("Add", L::Add);
  t.merge("Subtract", L::Subtract);
  t.merge("Multiply", L::Multiply);
  t.merge("Average", L::Average);
  t.merge("Maximum", L::Maximum);
  t.merge("Minimum", L::Minimum);

  // Normalisation.
  t.add("BatchNormalization", L::BatchNormalization, 0, normalization(/*batch=*/true));
  t.add("LayerNormalization", L::LayerNormalization, 0, normalization(/*batch=*/false));
  t.add("Rescaling", L::Rescaling, 0, {argument("scale", Kind::Number), number("offset", "0.0")});

  // Regularisation.
  const ArgumentSpec rate = argument("rate", Kind::Number).from(0).below(1);
  t.add("Dropout", L::Dropout, 0,
        {rate, argument("noise_shape", Kind::Integers).from(1).elementsOrNone().optional(), seed()});
  for (unsigned rank : {1u, 2u, 3u})
    t.add("SpatialDropout" + std::to_string(rank) + "D", L::SpatialDropout, rank, {rate, seed().namedOnly()});
  t.add("GaussianNoise", L::GaussianNoise, 0, {argument("stddev", Kind::Number).from(0), seed()});

  // Activation.
  t.add("Activation", L::Activation, 0, {argument("activation", Kind::Activation)});
  t.add("ReLU", L::ReLU, 0,
        {argument("max_value", Kind::Number).from(0).optional(), number("negative_slope", "0.0").from(0),
         number("threshold", "0.0").from(0)});
  t.add("LeakyReLU", L::LeakyReLU, 0, {number("alpha", "0.3").from(0)});
  t.add("ELU", L::ELU, 0, {number("alpha", "1.0")});
  t.add("PReLU", L::PReLU, 0,
        {initializer("alpha_initializer", "zeros"), regularizer("alpha_regularizer"), constraint("alpha_constraint"),
         argument("shared_axes", Kind::Axes).optional()});
  t.add("Softmax", L::Softmax, 0, {argument("axis", Kind::Axes).defaults("-1")});

  // Attention. `use_causal_mask` is an argument of Keras' call.
  Signature heads = {count("num_heads"), count("key_dim"), count("value_dim").optional(),
                     number("dropout", "0.0").from(0).below(1), useBias(), argument("output_shape", Kind::Axes).optional(),
                     argument("attention_axes", Kind::Axes).optional()};
  append(heads, kernelAndBias());
  heads.push_back(boolean("use_causal_mask", "false").namedOnly());
  t.attention("MultiHeadAttention", L::MultiHeadAttention, /*leastTensors=*/1, heads);
  t.attention("Attention", L::Attention, /*leastTensors=*/2,
              {boolean("use_scale", "false"),
               argument("score_mode", Kind::Enumeration).oneOf({"dot", "concat"}).defaults("dot"),
               number("dropout", "0.0").from(0).below(1).namedOnly(), boolean("use_causal_mask", "false").namedOnly()});
  t.add("Embedding", L::Embedding, 0,
        {count("input_dim"), count("output_dim"), initializer("embeddings_initializer", "random_uniform"),
         regularizer("embeddings_regularizer"), regularizer("activity_regularizer"), constraint("embeddings_constraint"),
         boolean("mask_zero", "false").onlyDefault(), argument("input_length", Kind::Axes).optional(),
         boolean("sparse", "false").onlyDefault()});

  for (LayerSpec &spec : t.specs)
    append(spec.arguments, {argument("name", Kind::String).optional().namedOnly(),
                            boolean("trainable", "true").namedOnly()});
  for (size_t i = 0; i < t.specs.size(); ++i)
    t.byName[t.specs[i].name] = i;
  for (const auto &[alias, name] : t.aliases)
    t.byName[alias] = t.byName.lookup(name);
  return t;
}

const Table &table() {
  static const Table theTable = makeTable();
  return theTable;
}

} // namespace

llvm::ArrayRef<LayerSpec> frontend::layers() { return table().specs; }

const LayerSpec *frontend::findLayer(StringRef name) {
  auto found = table().byName.find(name);
  return found == table().byName.end() ? nullptr : &table().specs[found->second];
}

const std::vector<StringRef> &frontend::layerNames() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> all;
    for (const LayerSpec &spec : table().specs)
      all.push_back(spec.name);
    for (const auto &alias : table().aliases)
      all.push_back(alias.first);
    return all;
  }();
  return names;
}
