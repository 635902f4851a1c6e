// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Shapes and variables of layers, one case for each kind. The arithmetic is that of the nn dialect (Dialect/NN/Shape.h).

#include "LayerRules.h"

#include "llvm/ADT/StringExtras.h"

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;
using llvm::Twine;

llvm::SmallVector<int64_t> frontend::windowPadding(StringRef mode, nn::Extents spatial, nn::Extents window,
                                                   nn::Extents strides, nn::Extents dilations) {
  if (mode != "causal")
    return nn::resolvePadding(mode == "same", spatial, window, strides, dilations);
  // All of a causal convolution's padding is in front: no output looks ahead. A reach that overflows is left to the shape rule.
  int64_t reach = 0;
  if (__builtin_mul_overflow(window[0] - 1, dilations[0], &reach))
    reach = 0;
  return {reach, 0};
}

std::optional<int64_t> frontend::normalizeAxis(int64_t axis, size_t sampleRank) {
  const int64_t rank = static_cast<int64_t>(sampleRank) + 1;
  if (axis < -rank || axis >= rank)
    return std::nullopt;
  const int64_t result = axis < 0 ? axis + rank : axis;
  return result == 0 ? std::nullopt : std::optional(result);
}

llvm::SmallVector<int64_t> frontend::signedPadding(const Value &pairs, int64_t sign) {
  llvm::SmallVector<int64_t> result;
  for (const Value &pair : pairs.elements())
    for (const Value &amount : pair.elements())
      result.push_back(sign * amount.integer);
  result.append({0, 0}); // the channels
  return result;
}

std::vector<int64_t> frontend::oneOrMore(const Value &value) {
  return value.is(Value::Kind::List) ? value.integers() : std::vector<int64_t>{value.integer};
}

std::vector<int64_t> frontend::attentionAxes(const Value &given, size_t rank) {
  if (!given.isNone())
    return oneOrMore(given);
  std::vector<int64_t> axes;
  for (size_t axis = 1; axis < rank; ++axis)
    axes.push_back(static_cast<int64_t>(axis));
  return axes;
}

std::vector<int64_t> frontend::transposedDilations(unsigned rank, const Value &given) {
  return rank == 3 ? std::vector<int64_t>(rank, 1) : given.integers();
}

namespace {

bool isAboveOne(int64_t value) { return value > 1; }

class Rule {
public:
  Rule(const LayerSpec &spec, const Bound &bound, llvm::ArrayRef<KnownShape> inputs, SourceRange where,
       Reporter &reporter)
      : spec(spec), bound(bound), inputs(inputs), where(where), reporter(reporter) {}

  LayerResult run() {
    switch (spec.kind) {
    case LayerKind::Convolution: convolution(); break;
    case LayerKind::DepthwiseConvolution: depthwiseConvolution(); break;
    case LayerKind::SeparableConvolution: separableConvolution(); break;
    case LayerKind::TransposedConvolution: transposedConvolution(); break;
    case LayerKind::LocallyConnected: locallyConnected(); break;
    case LayerKind::MaxPooling:
    case LayerKind::AveragePooling: pooling(); break;
    case LayerKind::GlobalMaxPooling:
    case LayerKind::GlobalAveragePooling: globalPooling(); break;
    case LayerKind::Dense: dense(); break;
    case LayerKind::Flatten: flatten(); break;
    case LayerKind::Reshape: reshape(); break;
    case LayerKind::Concatenate: concatenate(); break;
    case LayerKind::Permute: permute(); break;
    case LayerKind::RepeatVector: repeatVector(); break;
    case LayerKind::ZeroPadding: pad("padding", 1); break;
    case LayerKind::Cropping: pad("cropping", -1); break;
    case LayerKind::UpSampling: upSampling(); break;
    case LayerKind::Add:
    case LayerKind::Subtract:
    case LayerKind::Multiply:
    case LayerKind::Average:
    case LayerKind::Maximum:
    case LayerKind::Minimum: merge(); break;
    case LayerKind::BatchNormalization: batchNormalization(); break;
    case LayerKind::LayerNormalization: layerNormalization(); break;
    case LayerKind::PReLU: prelu(); break;
    case LayerKind::Softmax: softmax(); break;
    case LayerKind::MultiHeadAttention: multiHeadAttention(); break;
    case LayerKind::Attention: attention(); break;
    case LayerKind::Embedding: embedding(); break;
    case LayerKind::Dropout: dropout(); break;
    case LayerKind::SpatialDropout:
    case LayerKind::GaussianNoise:
    case LayerKind::Activation:
    case LayerKind::ReLU:
    case LayerKind::LeakyReLU:
    case LayerKind::Rescaling:
    case LayerKind::ELU: result.output = input(); break;
    case LayerKind::Unsupported: break;
    }
    return std::move(result);
  }

private:
  const KnownShape &input() const { return inputs.front(); }
  size_t rank() const { return input().extents.size(); }

  const Value &argument(StringRef name) const {
    for (size_t i = 0; i < spec.arguments.size(); ++i)
      if (spec.arguments[i].name == name)
        return bound.values[i];
    llvm_unreachable("the table has no such argument");
  }
  bool known(std::initializer_list<StringRef> names) const {
    return llvm::all_of(names, [&](StringRef name) { return argument(name).isKnown(); });
  }
  bool flag(StringRef name) const { return argument(name).isKnown() && argument(name).integer; }

  void fails(const Twine &clause) { result.shapeError = clause.str(); }
  void take(llvm::Expected<nn::Shape> shape) {
    if (shape)
      result.output = KnownShape::of(std::move(*shape));
    else
      fails(llvm::toString(shape.takeError()));
  }
  void variable(StringRef name, nn::Shape shape, StringRef initializer, bool isTrainable = true) {
    // A variable that does not fit 63 bits is told by its name.
    if (llvm::Expected<int64_t> count = nn::elementCount(shape); !count) {
      llvm::consumeError(count.takeError());
      if (result.shapeError.empty())
        fails("its " + name + " of " + nn::formatExtents(shape) + " elements does not fit 63 bits");
    }
    Variable &added = result.variables.emplace_back(name, std::move(shape), argument(initializer), isTrainable);
    // "kernel_initializer" goes with "kernel_regularizer", where the layer has that.
    const std::string regularizer = initializer.drop_back(StringRef("initializer").size()).str() + "regularizer";
    if (llvm::any_of(spec.arguments, [&](const ArgumentSpec &one) { return one.name == regularizer; }))
      added.regularizer = argument(regularizer);
  }

  /// An axis argument, checked against the input's rank; none after an error.
  std::optional<int64_t> axisOf(const Value &value, size_t sampleRank) {
    const Value &axis = value;
    if (std::optional<int64_t> normalized = normalizeAxis(axis.integer, sampleRank))
      return normalized;
    const int64_t full = static_cast<int64_t>(sampleRank) + 1;
    const bool isBatch = axis.integer == 0 || axis.integer == -full;
    reporter.error(axis.where, isBatch ? "the axis " + Twine(axis.integer) + " of " + spec.name + " is the batch"
                                       : "there is no axis " + Twine(axis.integer) + " for " + spec.name +
                                             ": its input has the rank " + Twine(full) + " with the batch")
        .note("axes count from 1 to " + Twine(full - 1) + ", or back from -1; 0 is the batch");
    result.isBroken = true;
    return std::nullopt;
  }

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
      reporter
          .error(argument("dilation_rate").where,
                 "a dilation_rate above 1 does not go with strides above 1 in " + spec.name)
          .note("strides are " + nn::formatExtents(strides) + ", dilation_rate is " + nn::formatExtents(dilations));
      result.isBroken = true;
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
    const std::vector<int64_t> strides = argument("strides").integers();
    const std::vector<int64_t> dilations = argument("dilation_rate").integers();
    take(nn::convShape(extents, kernel, strides,
                       windowPadding(argument("padding").text(), extents.drop_back(),
                                     kernel.take_front(spec.spatialRank), strides, dilations),
                       dilations, groups));
  }

  void convolution() {
    const Value &filters = argument("filters"), &groups = argument("groups");
    if (filters.isKnown() && groups.isKnown() && filters.integer % groups.integer != 0) {
      reporter.error(groups.where, "the " + Twine(filters.integer) + " filters of " + spec.name +
                                       " are not divisible by groups=" + Twine(groups.integer));
      result.isBroken = true;
    }
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
          reporter.error(more.where, "the output_padding of " + spec.name + " is not below its strides")
              .note("strides are " + nn::formatExtents(strides) + ", output_padding is " + nn::formatExtents(given));
          result.isBroken = true;
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
    const std::vector<int64_t> strides = argument("strides").integers();
    const std::vector<int64_t> dilations = transposedDilations(spec.spatialRank, argument("dilation_rate"));
    if (spec.spatialRank == 3 && argument("dilation_rate").integers() != dilations)
      reporter.warning(argument("dilation_rate").where, "the dilation_rate of " + spec.name + " has no effect, as in Keras");
    llvm::Expected<llvm::SmallVector<int64_t>> padding =
        nn::transposedPadding(argument("padding").text() == "same", extents.drop_back(),
                              nn::Extents(kernel).take_front(spec.spatialRank), strides, dilations,
                              more.isNone() ? std::vector<int64_t>() : more.integers());
    if (padding)
      take(nn::convTransposeShape(extents, kernel, strides, *padding, dilations));
    else
      fails(llvm::toString(padding.takeError()));
  }

  void locallyConnected() {
    const Value &filters = argument("filters");
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (filters.isKnown())
      result.output.extents.back() = filters.integer;
    if (!input().isComplete() || !known({"filters", "kernel_size", "strides", "use_bias", "implementation"}))
      return;
    const nn::Extents extents = input().extents;
    const std::vector<int64_t> window = argument("kernel_size").integers();
    llvm::Expected<nn::Shape> kernel =
        nn::localKernelShape(extents, window, argument("strides").integers(), filters.integer,
                             argument("implementation").integer);
    if (!kernel)
      return fails(llvm::toString(kernel.takeError()));
    variable("kernel", *kernel, "kernel_initializer");
    take(nn::localConvShape(extents, *kernel, window, argument("strides").integers(),
                            argument("implementation").integer));
    if (result.shapeError.empty() && flag("use_bias"))
      variable("bias", result.output.extents, "bias_initializer");
  }

  void pooling() {
    result.output = input();
    for (int64_t &extent : llvm::MutableArrayRef(result.output.extents).drop_back(rank() ? 1 : 0))
      extent = -1;
    if (!input().isComplete() || !known({"pool_size", "strides", "padding"}))
      return;
    const nn::Extents extents = input().extents;
    const std::vector<int64_t> window = argument("pool_size").integers();
    const Value &given = argument("strides");
    const std::vector<int64_t> strides = given.isNone() ? window : given.integers();
    const std::vector<int64_t> dilations(window.size(), 1);
    take(nn::poolShape(extents, window, strides,
                       windowPadding(argument("padding").text(), extents.drop_back(), window, strides, dilations)));
  }

  void globalPooling() {
    if (!known({"keepdims"}))
      return;
    const bool keepdims = flag("keepdims");
    result.output = KnownShape::of(nn::Shape(keepdims ? spec.spatialRank : 0, 1));
    result.output.extents.push_back(input().isRankKnown ? input().extents.back() : -1);
    if (input().isComplete())
      take(nn::globalPoolShape(input().extents, keepdims));
  }

  void dense() {
    const Value &units = argument("units");
    result.output = input();
    if (input().isRankKnown)
      result.output.extents.back() = units.isKnown() ? units.integer : -1;
    if (!input().isRankKnown || input().extents.back() < 0 || !known({"units", "use_bias"}))
      return;
    const nn::Shape kernel = {input().extents.back(), units.integer};
    variable("kernel", kernel, "kernel_initializer");
    if (flag("use_bias"))
      variable("bias", {units.integer}, "bias_initializer");
    if (result.shapeError.empty() && input().isComplete())
      take(nn::denseShape(input().extents, kernel));
  }

  void flatten() {
    result.output = KnownShape::ofRank(1);
    if (!input().isComplete())
      return;
    llvm::Expected<int64_t> count = nn::elementCount(input().extents);
    if (count)
      result.output.extents = {*count};
    else
      fails(llvm::toString(count.takeError()));
  }

  void reshape() {
    const Value &target = argument("target_shape");
    if (!target.isKnown())
      return;
    const std::vector<int64_t> shape = target.integers();
    if (shape.size() > kMaxRank) {
      reporter.error(target.where, "the target_shape of Reshape has " + Twine(shape.size()) + " axes; at most " +
                                       Twine(kMaxRank) + " are supported");
      result.isBroken = true;
      return;
    }
    if (llvm::count(shape, -1) > 1) {
      reporter.error(target.where, "the target_shape of Reshape has more than one -1")
          .note("at most one extent can be inferred");
      result.isBroken = true;
      return;
    }
    result.output = KnownShape::of(nn::Shape(shape.begin(), shape.end()));
    if (input().isComplete())
      take(nn::reshapeShape(input().extents, shape));
  }

  void concatenate() {
    for (const KnownShape &one : inputs)
      if (one.isRankKnown)
        result.output = KnownShape::ofRank(one.extents.size());
    if (!result.output.isRankKnown || !known({"axis"}))
      return;
    std::optional<int64_t> axis = axisOf(argument("axis"), result.output.extents.size());
    if (!axis || !llvm::all_of(inputs, [](const KnownShape &one) { return one.isComplete(); }))
      return;
    std::vector<nn::Extents> shapes;
    for (const KnownShape &one : inputs)
      shapes.push_back(one.extents);
    take(nn::concatenateShape(shapes, *axis - 1));
  }

  void merge() {
    // keras/layers/merging/subtract.py, build.
    if (spec.kind == LayerKind::Subtract && inputs.size() != 2)
      return fails("it takes two tensors, found " + Twine(inputs.size()));
    if (!llvm::all_of(inputs, [](const KnownShape &one) { return one.isComplete(); }))
      return;
    std::vector<nn::Extents> shapes;
    for (const KnownShape &one : inputs)
      shapes.push_back(one.extents);
    take(nn::broadcastShape(shapes));
  }

  void permute() {
    if (!known({"dims"}))
      return;
    const std::vector<int64_t> dims = argument("dims").integers();
    result.output = KnownShape::ofRank(dims.size());
    if (input().isComplete())
      take(nn::permuteShape(input().extents, dims));
  }

  void repeatVector() {
    const Value &n = argument("n");
    result.output = KnownShape::ofRank(2);
    if (n.isKnown())
      result.output.extents[0] = n.integer;
    if (!input().isRankKnown)
      return;
    if (rank() != 1)
      return fails("it takes samples of one axis, found " + Twine(rank()));
    result.output.extents[1] = input().extents[0];
    if (n.isKnown() && input().isComplete())
      take(nn::repeatShape({1, input().extents[0]}, {n.integer, input().extents[0]}));
  }

  void pad(StringRef name, int64_t sign) {
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (input().isRankKnown)
      result.output.extents.back() = input().extents.back();
    if (input().isComplete() && known({name}))
      take(nn::padShape(input().extents, signedPadding(argument(name), sign)));
  }

  void upSampling() {
    result.output = KnownShape::ofRank(spec.spatialRank + 1);
    if (input().isRankKnown)
      result.output.extents.back() = input().extents.back();
    if (!input().isComplete() || !known({"size"}))
      return;
    const std::vector<int64_t> size = argument("size").integers();
    nn::Shape apart, repeated, joined;
    for (size_t axis = 0; axis < size.size(); ++axis) {
      const int64_t extent = input().extents[axis];
      apart.append({extent, 1});
      repeated.append({extent, size[axis]});
      // An extent that overflows has overflown in `repeated` as well, which is looked at first.
      joined.push_back(static_cast<int64_t>(static_cast<uint64_t>(extent) * static_cast<uint64_t>(size[axis])));
    }
    for (nn::Shape *shape : {&apart, &repeated, &joined})
      shape->push_back(input().extents.back());
    if (llvm::Expected<nn::Shape> whole = nn::repeatShape(apart, repeated))
      take(nn::reshapeShape(*whole, joined));
    else
      take(std::move(whole));
  }

  /// noise_shape: none or the extent where each element has its own number, 1 where one holds for all.
  void dropout() {
    result.output = input();
    const Value &given = argument("noise_shape");
    if (!input().isRankKnown || !given.isKnown() || given.isNone())
      return;
    std::string problem;
    if (given.elements().size() != rank() + 1)
      problem = Twine(given.elements().size()).str() + " extents for an input of the rank " + Twine(rank() + 1).str() +
                " with the batch";
    for (size_t axis = 0; axis <= rank() && problem.empty(); ++axis) {
      const Value &one = given.elements()[axis];
      const int64_t extent = axis == 0 ? 1 : input().extents[axis - 1];
      if (one.isNone() || one.integer == 1 || extent < 0 || one.integer == extent)
        continue;
      problem = std::to_string(one.integer) + " for " +
                (axis == 0 ? "the batch, whose size is not known" : "the axis " + std::to_string(axis) + " of extent " +
                                                                       std::to_string(extent));
    }
    if (problem.empty())
      return;
    reporter.error(given.where, "the noise_shape of " + spec.name + " has " + problem)
        .note("each axis, the batch first, has none (a number for each element) or 1 (one for all)");
    result.isBroken = true;
  }

  void batchNormalization() {
    result.output = input();
    if (!input().isRankKnown || !known({"axis", "center", "scale"}))
      return;
    std::optional<std::vector<int64_t>> axes = axesOf(argument("axis"));
    if (!axes)
      return;
    // One axis: its extent. More: the input's shape with 1 elsewhere, the batch included.
    nn::Shape shape = axes->size() == 1 ? nn::Shape() : nn::Shape(rank() + 1, 1);
    for (int64_t axis : *axes) {
      const int64_t extent = input().extents[axis - 1];
      if (extent < 0)
        return;
      if (axes->size() == 1)
        shape.push_back(extent);
      else
        shape[axis] = extent;
    }
    if (flag("scale"))
      variable("gamma", shape, "gamma_initializer");
    if (flag("center"))
      variable("beta", shape, "beta_initializer");
    variable("moving_mean", shape, "moving_mean_initializer", /*isTrainable=*/false);
    variable("moving_variance", shape, "moving_variance_initializer", /*isTrainable=*/false);
  }

  /// A list of axes or a single one, each checked, in the order given; none after an error.
  std::optional<std::vector<int64_t>> axesOf(const Value &value) {
    std::vector<int64_t> axes;
    const std::vector<Value> all = value.is(Value::Kind::List) ? std::vector<Value>(value.elements()) : std::vector{value};
    for (const Value &one : all) {
      // An element that comes from a constant is blamed where the list is used.
      const bool isInside = one.where.begin >= value.where.begin && one.where.end <= value.where.end;
      std::optional<int64_t> axis = axisOf(isInside ? one : one.at(value.where), rank());
      if (!axis)
        return std::nullopt;
      if (llvm::is_contained(axes, *axis)) {
        reporter.error(value.where, "the axis " + Twine(*axis) + " of " + spec.name + " is there twice");
        result.isBroken = true;
        return std::nullopt;
      }
      axes.push_back(*axis);
    }
    return axes;
  }

  void layerNormalization() {
    result.output = input();
    if (!input().isComplete() || !known({"axis", "center", "scale"}))
      return;
    std::optional<std::vector<int64_t>> axes = axesOf(argument("axis"));
    if (!axes)
      return;
    nn::Shape shape; // in the order given
    for (int64_t axis : *axes)
      shape.push_back(input().extents[axis - 1]);
    if (flag("scale"))
      variable("gamma", shape, "gamma_initializer");
    if (flag("center"))
      variable("beta", shape, "beta_initializer");
  }

  void prelu() {
    result.output = input();
    if (!input().isComplete() || !known({"shared_axes"}))
      return;
    nn::Shape shape = input().extents;
    if (!argument("shared_axes").isNone()) {
      std::optional<std::vector<int64_t>> axes = axesOf(argument("shared_axes"));
      if (!axes)
        return;
      for (int64_t axis : *axes)
        shape[axis - 1] = 1;
    }
    variable("alpha", shape, "alpha_initializer");
  }

  void softmax() {
    result.output = input();
    if (input().isRankKnown && known({"axis"}))
      axesOf(argument("axis"));
  }

  /// Query, value and key; without a key it is the value, without a value the query.
  const KnownShape &value() const { return inputs[inputs.size() > 1 ? 1 : 0]; }
  const KnownShape &key() const { return inputs[inputs.size() > 2 ? 2 : inputs.size() - 1]; }

  void argumentError(StringRef name, const Twine &text) {
    reporter.error(argument(name).where, text);
    result.isBroken = true;
  }

  /// The error of a shape that does not fit 63 bits, if it is one.
  bool fits(llvm::Expected<nn::Shape> shape) {
    if (shape)
      return true;
    fails(llvm::toString(shape.takeError()));
    return false;
  }

  /// What all attention wants of its tensors: equal ranks of two or more; value and key of equal extents but the last.
  bool checkAttention() {
    for (const KnownShape &one : inputs)
      if (!one.isComplete())
        return false;
    const nn::Extents query = input().extents, values = value().extents, keys = key().extents;
    if (query.size() < 2)
      fails("it takes samples of two or more axes (places, features), found " + Twine(query.size()));
    else if (values.size() != query.size() || keys.size() != query.size())
      fails("its query " + nn::formatShape(query) + ", value " + nn::formatShape(values) + " and key " +
            nn::formatShape(keys) + " differ in their number of axes");
    else if (values.drop_back() != keys.drop_back())
      fails("its value " + nn::formatShape(values) + " and key " + nn::formatShape(keys) +
            " differ in more than the last axis");
    return result.shapeError.empty();
  }

  /// Groups that do not see each other, queries, and keys.
  struct Places {
    int64_t groups = 1, queries = 1, keys = 1;
  };
  /// Without axes: none where the others of query and value differ.
  std::optional<Places> places(llvm::ArrayRef<int64_t> axes) {
    Places found;
    for (size_t axis = 1; axis < rank(); ++axis) {
      const int64_t own = input().extents[axis - 1], other = value().extents[axis - 1];
      const bool attends = llvm::is_contained(axes, static_cast<int64_t>(axis));
      if (!attends && own != other) {
        fails("its query " + nn::formatShape(input().extents) + " and value " + nn::formatShape(value().extents) +
              " differ in axis " + Twine(axis) + ", over which it does not attend");
        return std::nullopt;
      }
      // No product overflows: a tensor's elements fit.
      (attends ? found.queries : found.groups) *= own;
      found.keys *= attends ? other : 1;
    }
    return found;
  }

  /// attention_axes and use_causal_mask; false after an error.
  bool checkAttentionAxes() {
    const Value &given = argument("attention_axes");
    std::vector<int64_t> axes = attentionAxes(given, rank());
    const int64_t last = static_cast<int64_t>(rank()) - 1;
    if (axes.empty() || llvm::any_of(axes, [&](int64_t axis) { return axis < 1 || axis > last; })) {
      argumentError("attention_axes", "expected axes from 1 to " + Twine(last) + " for 'attention_axes' of " + spec.name +
                                          " (0 is the batch, " + Twine(last + 1) + " the features), found " +
                                          describe(given));
      return false;
    }
    llvm::sort(axes);
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
      argumentError("attention_axes", "an axis of " + spec.name + " is there twice in " + describe(given));
      return false;
    }
    if (flag("use_causal_mask") && (last != 1 || axes.size() != 1)) {
      argumentError("use_causal_mask", "use_causal_mask of " + spec.name + " needs samples of one axis and features");
      return false;
    }
    return true;
  }

  void multiHeadAttention() {
    const Value &more = argument("output_shape");
    if (more.isKnown() && !more.isNone()) {
      const std::vector<int64_t> extents = oneOrMore(more);
      if (extents.empty() || llvm::any_of(extents, [](int64_t extent) { return extent < 1; })) {
        argumentError("output_shape",
                      "expected integers >= 1 for 'output_shape' of " + spec.name + ", found " + describe(more));
        return;
      }
    }
    if (input().isRankKnown && more.isKnown())
      result.output = KnownShape::ofRank(input().extents.size() - 1 + (more.isNone() ? 1 : oneOrMore(more).size()));
    if (!known({"num_heads", "key_dim", "value_dim", "use_bias", "output_shape", "attention_axes", "use_causal_mask"}) ||
        !checkAttention() || !checkAttentionAxes())
      return;
    const int64_t heads = argument("num_heads").integer, depth = argument("key_dim").integer;
    const int64_t width = argument("value_dim").isNone() ? depth : argument("value_dim").integer;
    nn::Shape output = {input().extents.back()};
    if (!more.isNone()) {
      const std::vector<int64_t> extents = oneOrMore(more);
      output.assign(extents.begin(), extents.end());
    }
    const size_t outputRank = rank() - 1 + output.size();
    if (outputRank > kMaxRank) {
      argumentError("output_shape", "the output of " + spec.name + " has " + Twine(outputRank) + " axes; at most " +
                                        Twine(kMaxRank) + " are supported");
      return;
    }
    // 1. Weights.
    auto projection = [&](StringRef kernel, StringRef bias, nn::Shape from, nn::Extents to) {
      from.append(to.begin(), to.end());
      variable(kernel, from, "kernel_initializer");
      if (flag("use_bias"))
        variable(bias, nn::Shape(to), "bias_initializer");
    };
    projection("query/kernel", "query/bias", {input().extents.back()}, {heads, depth});
    projection("key/kernel", "key/bias", {key().extents.back()}, {heads, depth});
    projection("value/kernel", "value/bias", {value().extents.back()}, {heads, width});
    projection("attention_output/kernel", "attention_output/bias", {heads, width}, output);
    if (!result.shapeError.empty())
      return;
    // 2. What stands between them fits too. (N * D and N * V are parts of a variable's elements.)
    std::optional<Places> all = places(attentionAxes(argument("attention_axes"), rank()));
    if (!all ||
        !fits(nn::denseShape({all->groups, all->queries, input().extents.back()}, {input().extents.back(), heads * depth})) ||
        !fits(nn::denseShape({all->groups, all->keys, key().extents.back()}, {key().extents.back(), heads * depth})) ||
        !fits(nn::denseShape({all->groups, all->keys, value().extents.back()}, {value().extents.back(), heads * width})) ||
        !fits(nn::attentionScoresShape({all->groups, all->queries, heads * depth}, {all->groups, all->keys, heads * depth},
                                       heads)) ||
        !fits(nn::attentionMixShape({all->groups, heads, all->queries, all->keys}, {all->groups, all->keys, heads * width},
                                    false)))
      return;
    nn::Shape shape(nn::Extents(input().extents).drop_back());
    shape.append(output);
    if (llvm::Expected<int64_t> count = nn::elementCount(shape))
      result.output = KnownShape::of(std::move(shape));
    else
      fails(llvm::toString(count.takeError()));
  }

  void attention() {
    if (input().isRankKnown)
      result.output = KnownShape::ofRank(input().extents.size());
    if (!known({"use_scale", "score_mode", "use_causal_mask"}) || !checkAttention())
      return;
    // tf.matmul: all axes but the last two are kept.
    const int64_t last = static_cast<int64_t>(rank()) - 1;
    if (input().extents.back() != key().extents.back())
      return fails("the last axes of its query " + nn::formatShape(input().extents) + " and key " +
                   nn::formatShape(key().extents) + " differ");
    std::optional<Places> all = places({last});
    if (!all)
      return;
    auto one = [&](StringRef name) {
      result.variables.push_back({name, {}, Value::call("Ones", {}, where), true});
    };
    if (flag("use_scale"))
      one("scale");
    if (argument("score_mode").text() == "concat") {
      one("concat_score_weight");
      llvm::Expected<int64_t> count =
          nn::elementCount(nn::Shape{all->groups, all->queries, all->keys, input().extents.back()});
      if (!count)
        return fails(llvm::toString(count.takeError()));
    }
    if (!fits(nn::attentionScoresShape({all->groups, all->queries, input().extents.back()},
                                       {all->groups, all->keys, input().extents.back()}, 1)) ||
        !fits(nn::attentionMixShape({all->groups, 1, all->queries, all->keys},
                                    {all->groups, all->keys, value().extents.back()}, false)))
      return;
    result.output = input();
    result.output.extents.back() = value().extents.back();
  }

  void embedding() {
    if (input().isRankKnown) {
      result.output = input();
      result.output.extents.push_back(argument("output_dim").isKnown() ? argument("output_dim").integer : -1);
    }
    if (!input().isComplete() || !known({"input_dim", "output_dim", "input_length"}))
      return;
    const Value &length = argument("input_length");
    if (!length.isNone()) {
      const std::vector<int64_t> extents = oneOrMore(length);
      if (nn::Extents(extents) != nn::Extents(input().extents))
        return fails("input_length is " + describe(length) + ", but its input has the shape " +
                     nn::formatShape(input().extents));
    }
    if (rank() + 1 > kMaxRank)
      return fails("its output has " + Twine(rank() + 1) + " axes; at most " + Twine(kMaxRank) + " are supported");
    const nn::Shape table = {argument("input_dim").integer, argument("output_dim").integer};
    variable("embeddings", table, "embeddings_initializer");
    if (result.shapeError.empty())
      take(nn::embeddingShape(input().extents, table));
  }

  const LayerSpec &spec;
  const Bound &bound;
  llvm::ArrayRef<KnownShape> inputs;
  SourceRange where;
  Reporter &reporter;
  LayerResult result;
};

} // namespace

LayerResult frontend::applyRule(const LayerSpec &spec, const Bound &bound, llvm::ArrayRef<KnownShape> inputs,
                                SourceRange where, Reporter &reporter) {
  return Rule(spec, bound, inputs, where, reporter).run();
}
