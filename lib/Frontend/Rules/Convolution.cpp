// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Convolutions: shapes and variables. Dimensions are those of Keras (keras/layers/convolutional).

#include "LayerRule.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::Twine;

namespace {

bool isAboveOne(int64_t value) { return value > 1; }

struct ConvolutionRules : LayerRule {
  using LayerRule::LayerRule;

  /// The rank of a convolution's result, and its channels where they are known. Strides go with dilations in none of them.
  bool beginConvolution(const Value *filters) {
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (filters && filters->isKnown())
      result.output.extents.back() = filters->integer;
    if (!known({"strides", "dilation_rate"}))
      return false;
    const std::vector<int64_t> strides = argument("strides").integers();
    const std::vector<int64_t> dilations = argument("dilation_rate").integers();
    if (llvm::any_of(strides, isAboveOne) && llvm::any_of(dilations, isAboveOne)) {
      argumentError("dilation_rate", "a dilation_rate above 1 does not go with strides above 1 in " + spec.name)
          .note("strides are " + nn::formatExtents(strides) + ", dilation_rate is " + nn::formatExtents(dilations));
      return false;
    }
    return input().isComplete() && known({"kernel_size", "padding", "use_bias"});
  }

  /// kernel_size and `more`.
  nn::Shape kernelShape(std::initializer_list<int64_t> more) const {
    const std::vector<int64_t> window = argument("kernel_size").integers();
    nn::Shape kernel(window.begin(), window.end());
    kernel.append(more);
    return kernel;
  }

  /// The shape of nn.conv.
  void takeConvolution(nn::Extents kernel, int64_t groups) {
    if (!result.shapeError.empty())
      return;
    const nn::Extents extents = input().extents;
    const Window window = convolutionWindow(arguments, extents.drop_back());
    take(nn::convShape(extents, kernel, window.strides, window.padding, window.dilations, groups));
  }

  void convolution() {
    const Value &filters = argument("filters"), &groups = argument("groups");
    if (filters.isKnown() && groups.isKnown() && filters.integer % groups.integer != 0)
      argumentError("groups", "the " + Twine(filters.integer) + " filters of " + spec.name +
                                  " are not divisible by groups=" + Twine(groups.integer));
    if (!beginConvolution(&filters) || !known({"filters", "groups"}) || result.isBroken)
      return;
    const int64_t channels = input().extents.back();
    if (channels % groups.integer != 0)
      return fails("the input's " + Twine(channels) + " channels are not divisible by groups=" + Twine(groups.integer));
    const nn::Shape kernel = kernelShape({channels / groups.integer, filters.integer});
    variable("kernel", kernel, "kernel_initializer");
    if (flag("use_bias"))
      variable("bias", {filters.integer}, "bias_initializer");
    takeConvolution(kernel, groups.integer);
  }

  /// The channels of a depthwise convolution's result; none where they overflow.
  std::optional<int64_t> multipliedChannels() {
    int64_t product;
    if (!__builtin_mul_overflow(input().extents.back(), argument("depth_multiplier").integer, &product))
      return product;
    fails("its number of channels does not fit 63 bits");
    return std::nullopt;
  }

  void depthwiseConvolution() {
    if (!beginConvolution(nullptr) || !known({"depth_multiplier"}))
      return;
    const int64_t channels = input().extents.back();
    std::optional<int64_t> filters = multipliedChannels();
    if (!filters)
      return;
    variable("depthwise_kernel", kernelShape({channels, argument("depth_multiplier").integer}), "depthwise_initializer");
    if (flag("use_bias"))
      variable("bias", {*filters}, "bias_initializer");
    takeConvolution(kernelShape({1, *filters}), channels);
  }

  void separableConvolution() {
    const Value &filters = argument("filters");
    if (!beginConvolution(&filters) || !known({"filters", "depth_multiplier"}))
      return;
    const int64_t channels = input().extents.back();
    std::optional<int64_t> between = multipliedChannels();
    if (!between)
      return;
    nn::Shape pointwise(spec.spatialRank, 1);
    pointwise.append({*between, filters.integer});
    variable("depthwise_kernel", kernelShape({channels, argument("depth_multiplier").integer}), "depthwise_initializer");
    variable("pointwise_kernel", pointwise, "pointwise_initializer");
    if (flag("use_bias"))
      variable("bias", {filters.integer}, "bias_initializer");
    takeConvolution(kernelShape({1, *between}), channels);
    if (!result.shapeError.empty())
      return;
    const nn::Shape ones(spec.spatialRank, 1), zeros(2 * spec.spatialRank, 0);
    const nn::Shape map = result.output.extents;
    take(nn::convShape(map, pointwise, ones, zeros, ones, /*groups=*/1));
  }

  void transposedConvolution() {
    const Value &filters = argument("filters"), &more = argument("output_padding");
    if (known({"output_padding", "strides"}) && !more.isNone()) {
      const std::vector<int64_t> strides = argument("strides").integers(), given = more.integers();
      for (size_t axis = 0; axis < given.size(); ++axis)
        if (given[axis] >= strides[axis]) {
          argumentError("output_padding", "the output_padding of " + spec.name + " is not below its strides")
              .note("strides are " + nn::formatExtents(strides) + ", output_padding is " + nn::formatExtents(given));
          break;
        }
    }
    if (!beginConvolution(&filters) || !known({"filters", "output_padding"}) || result.isBroken)
      return;
    const nn::Extents extents = input().extents;
    const nn::Shape kernel = kernelShape({filters.integer, extents.back()});
    variable("kernel", kernel, "kernel_initializer");
    if (flag("use_bias"))
      variable("bias", {filters.integer}, "bias_initializer");
    if (!result.shapeError.empty())
      return;
    if (spec.spatialRank == 3 && llvm::any_of(argument("dilation_rate").integers(), isAboveOne))
      reporter.warning(argument("dilation_rate").where, "the dilation_rate of " + spec.name + " has no effect, as in Keras");
    if (llvm::Expected<Window> window = transposedWindow(arguments, extents.drop_back()))
      take(nn::convTransposeShape(extents, kernel, window->strides, window->padding, window->dilations));
    else
      fails(window.takeError());
  }

  void locallyConnected() {
    const Value &filters = argument("filters");
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (filters.isKnown())
      result.output.extents.back() = filters.integer;
    if (!input().isComplete() || !known({"filters", "kernel_size", "strides", "use_bias", "implementation"}))
      return;
    const nn::Extents extents = input().extents;
    const std::vector<int64_t> window = argument("kernel_size").integers(), strides = argument("strides").integers();
    const int64_t implementation = argument("implementation").integer;
    llvm::Expected<nn::Shape> kernel =
        nn::localKernelShape(extents, window, strides, filters.integer, implementation);
    if (!kernel)
      return fails(kernel.takeError());
    variable("kernel", *kernel, "kernel_initializer");
    take(nn::localConvShape(extents, *kernel, window, strides, implementation));
    if (result.shapeError.empty() && flag("use_bias"))
      variable("bias", result.output.extents, "bias_initializer");
  }
};

} // namespace

void frontend::addConvolutionRules(RuleTable &table) {
  table.add<&ConvolutionRules::convolution>(LayerKind::Convolution);
  table.add<&ConvolutionRules::depthwiseConvolution>(LayerKind::DepthwiseConvolution);
  table.add<&ConvolutionRules::separableConvolution>(LayerKind::SeparableConvolution);
  table.add<&ConvolutionRules::transposedConvolution>(LayerKind::TransposedConvolution);
  table.add<&ConvolutionRules::locallyConnected>(LayerKind::LocallyConnected);
}
