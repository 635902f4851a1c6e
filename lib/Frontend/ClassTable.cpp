// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The table of classes that are values: initializers, regularizers, constraints, optimizers, losses, metrics, callbacks.
// Names, order and defaults of arguments are Keras 2.15's (keras/initializers, regularizers, constraints, optimizers,
// losses, metrics, callbacks). A class that this version does not support is known by name, so that the error can say so.

#include "nncc/Frontend/LayerTable.h"
#include "nncc/Frontend/Signature.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace nncc;
using namespace nncc::frontend;
using llvm::StringRef;

namespace {

using Kind = ArgumentKind;

ArgumentSpec argument(llvm::StringLiteral name, Kind kind) {
  return ArgumentSpec{.name = name, .kind = kind};
}

ArgumentSpec number(llvm::StringLiteral name, StringRef value) { return argument(name, Kind::Number).defaults(value); }
ArgumentSpec boolean(llvm::StringLiteral name, StringRef value) { return argument(name, Kind::Boolean).defaults(value); }
ArgumentSpec seed() { return argument("seed", Kind::Integer).from(0).optional(); }

std::vector<ClassSpec> makeInitializers() {
  return {
      {"Zeros", "zeros", true, {}},
      {"Ones", "ones", true, {}},
      {"Constant", "constant", true, {number("value", "0.0")}},
      {"GlorotUniform", "glorot_uniform", true, {seed()}},
      {"GlorotNormal", "glorot_normal", true, {seed()}},
      {"HeUniform", "he_uniform", true, {seed()}},
      {"HeNormal", "he_normal", true, {seed()}},
      {"LecunUniform", "lecun_uniform", true, {seed()}},
      {"LecunNormal", "lecun_normal", true, {seed()}},
      {"RandomUniform", "random_uniform", true, {number("minval", "-0.05"), number("maxval", "0.05"), seed()}},
      {"RandomNormal", "random_normal", true, {number("mean", "0.0"), number("stddev", "0.05").from(0), seed()}},
      {"TruncatedNormal", "truncated_normal", true, {number("mean", "0.0"), number("stddev", "0.05").from(0), seed()}},
      {"Orthogonal", "orthogonal", true, {number("gain", "1.0"), seed()}},
  };
}

std::vector<ClassSpec> makeRegularizers() {
  return {
      {"L1", "", true, {number("l1", "0.01").from(0)}},
      {"L2", "", true, {number("l2", "0.01").from(0)}},
      {"L1L2", "", true, {number("l1", "0.0").from(0), number("l2", "0.0").from(0)}},
  };
}

std::vector<ClassSpec> makeConstraints() {
  const ArgumentSpec axis = argument("axis", Kind::Axes).optional().defaults("0");
  return {
      {"MaxNorm", "max_norm", true, {number("max_value", "2").from(0), axis}},
      {"MinMaxNorm",
       "min_max_norm",
       true,
       {number("min_value", "0.0").from(0), number("max_value", "1.0").from(0), number("rate", "1.0").from(0).upTo(1), axis}},
      {"NonNeg", "non_neg", true, {}},
      {"RadialConstraint", "radial_constraint", true, {}},
      {"UnitNorm", "unit_norm", true, {axis}},
  };
}

std::vector<ClassSpec> makeSchedules() {
  const ArgumentSpec initial = argument("initial_learning_rate", Kind::Number).from(0);
  const ArgumentSpec steps = argument("decay_steps", Kind::Integer).from(1);
  const ArgumentSpec rate = argument("decay_rate", Kind::Number).from(0), staircase = boolean("staircase", "false");
  return {
      {"ExponentialDecay", "", true, {initial, steps, rate, staircase}},
      {"CosineDecay",
       "",
       true,
       {initial, steps, number("alpha", "0.0").from(0),
        argument("warmup_target", Kind::Number).from(0).optional().namedOnly(),
        argument("warmup_steps", Kind::Integer).from(0).defaults("0").namedOnly()}},
      {"PiecewiseConstantDecay",
       "",
       true,
       {argument("boundaries", Kind::Numbers).from(0), argument("values", Kind::Numbers).from(0)}},
      {"PolynomialDecay",
       "",
       true,
       {initial, steps, number("end_learning_rate", "0.0001").from(0), number("power", "1.0").from(0),
        boolean("cycle", "false")}},
      {"InverseTimeDecay", "", true, {initial, steps, rate, staircase}},
  };
}

/// The arguments that all optimizers have, behind their own; what stands behind the clipping changes nothing, or is not supported.
Signature optimizer(Signature own, StringRef emaFrequency = "none") {
  for (llvm::StringLiteral name : {llvm::StringLiteral("weight_decay"), llvm::StringLiteral("clipnorm"),
                                   llvm::StringLiteral("clipvalue"), llvm::StringLiteral("global_clipnorm")})
    own.push_back(argument(name, Kind::Number).from(0).optional());
  const Signature last = {boolean("use_ema", "false").onlyDefault(), number("ema_momentum", "0.99").from(0).upTo(1),
                          argument("ema_overwrite_frequency", Kind::Integer).from(1).optional().defaults(emaFrequency),
                          boolean("jit_compile", "true"), argument("name", Kind::String).optional()};
  own.insert(own.end(), last.begin(), last.end());
  return own;
}

ArgumentSpec learningRate(StringRef value) {
  return argument("learning_rate", Kind::NumberOrClass).of(ClassFamily::Schedule).above(0).defaults(value);
}

std::vector<ClassSpec> makeOptimizers() {
  const ArgumentSpec beta1 = number("beta_1", "0.9").from(0).below(1), beta2 = number("beta_2", "0.999").from(0).below(1);
  const ArgumentSpec epsilon = number("epsilon", "1e-7").from(0), amsgrad = boolean("amsgrad", "false");
  const auto rho = [](StringRef value) { return number("rho", value).from(0).below(1); };
  // AdamW has its weight decay further in front.
  Signature adamW = optimizer({learningRate("0.001"), number("weight_decay", "0.004").from(0), beta1, beta2, epsilon, amsgrad});
  adamW.erase(adamW.begin() + 6);
  return {
      {"SGD", "", true,
       optimizer({learningRate("0.01"), number("momentum", "0.0").from(0).upTo(1), boolean("nesterov", "false")})},
      {"Adam", "", true,
       optimizer({learningRate("0.001"), beta1, beta2, epsilon, amsgrad})},
      {"AdamW", "", true, adamW},
      {"RMSprop", "", true,
       optimizer({learningRate("0.001"), rho("0.9"), number("momentum", "0.0").from(0).upTo(1), epsilon,
                  boolean("centered", "false")},
                 "100")},
      {"Adagrad", "", true,
       optimizer({learningRate("0.001"), number("initial_accumulator_value", "0.1").from(0), epsilon})},
      {"Adadelta", "", true, optimizer({learningRate("0.001"), rho("0.95"), epsilon})},
      {"Nadam", "", true, optimizer({learningRate("0.001"), beta1, beta2, epsilon})},
  };
}

std::vector<ClassSpec> makeLosses() {
  const ArgumentSpec fromLogits = boolean("from_logits", "false");
  const ArgumentSpec labelSmoothing = number("label_smoothing", "0.0").from(0).upTo(1);
  const ArgumentSpec axis = argument("axis", Kind::Integer).defaults("-1");
  const ArgumentSpec reduction = argument("reduction", Kind::Enumeration)
                                     .oneOf({"auto", "sum_over_batch_size", "sum"})
                                     .defaults("auto")
                                     .notNone("without a reduction there is a loss for each sample, but training needs one number");
  const ArgumentSpec name = argument("name", Kind::String).optional(); // the history's column is "loss", whatever it is
  return {
      {"BinaryCrossentropy", "", true, {fromLogits, labelSmoothing, axis, reduction, name}},
      {"CategoricalCrossentropy", "", true, {fromLogits, labelSmoothing, axis, reduction, name}},
      {"SparseCategoricalCrossentropy", "", true, {fromLogits, argument("ignore_class", Kind::Integer).optional(), reduction, name}},
      {"MeanSquaredError", "", true, {reduction, name}},
      {"MeanAbsoluteError", "", true, {reduction, name}},
      {"Huber", "", true, {number("delta", "1.0").above(0), reduction, name}},
  };
}

std::vector<ClassSpec> makeMetrics() {
  const ArgumentSpec name = argument("name", Kind::String).optional();
  const Signature ofPositives = {argument("thresholds", Kind::Numbers).orOneNumber().from(0).upTo(1).optional(),
                                 argument("top_k", Kind::Integer).from(1).optional(),
                                 argument("class_id", Kind::Integer).from(0).optional(), name};
  return {
      {"Accuracy", "", true, {name}},
      {"TopKCategoricalAccuracy", "", true, {argument("k", Kind::Integer).from(1).defaults("5"), name}},
      {"Precision", "", true, ofPositives},
      {"Recall", "", true, ofPositives},
      {"AUC",
       "",
       true,
       {argument("num_thresholds", Kind::Integer).from(2).defaults("200"),
        argument("curve", Kind::Enumeration).oneOf({"ROC", "PR"}).defaults("ROC"),
        argument("summation_method", Kind::Enumeration)
            .oneOf({"interpolation", "minoring", "majoring"})
            .defaults("interpolation"),
        name, argument("thresholds", Kind::Numbers).from(0).upTo(1).optional().namedOnly(),
        boolean("multi_label", "false").namedOnly(), argument("num_labels", Kind::Integer).from(1).optional().namedOnly(),
        argument("label_weights", Kind::Numbers).from(0).optional().namedOnly(), boolean("from_logits", "false").namedOnly()}},
      {"MeanAbsoluteError", "", true, {name}},
      {"MeanSquaredError", "", true, {name}},
  };
}

std::vector<ClassSpec> makeCallbacks() {
  const ArgumentSpec monitor = argument("monitor", Kind::String).defaults("\"val_loss\"");
  const ArgumentSpec verbose = argument("verbose", Kind::Integer).from(0).defaults("0");
  const ArgumentSpec mode = argument("mode", Kind::Enumeration).oneOf({"auto", "min", "max"}).defaults("auto");
  const auto count = [](llvm::StringLiteral name, StringRef value) {
    return argument(name, Kind::Integer).from(0).defaults(value);
  };
  return {
      {"EarlyStopping",
       "",
       true,
       {monitor, number("min_delta", "0.0"), count("patience", "0"), verbose, mode,
        argument("baseline", Kind::Number).optional(), boolean("restore_best_weights", "false"),
        count("start_from_epoch", "0")}},
      {"ReduceLROnPlateau",
       "",
       true,
       {monitor, number("factor", "0.1").from(0).below(1), count("patience", "10"), verbose, mode,
        number("min_delta", "0.0001"), count("cooldown", "0"), number("min_lr", "0.0").from(0)}},
      {"ModelCheckpoint",
       "",
       true,
       {argument("filepath", Kind::String), monitor, verbose, boolean("save_best_only", "false"),
        boolean("save_weights_only", "false"), mode, argument("save_freq", Kind::CountOrFull).oneOf({"epoch"}).defaults("epoch"),
        argument("initial_value_threshold", Kind::Number).optional().namedOnly()}},
      {"TerminateOnNaN", "", true, {}},
      {"CSVLogger", "", true, {argument("filename", Kind::String), argument("separator", Kind::String).defaults("\",\""), boolean("append", "false")}},
  };
}

std::vector<ClassSpec> makeAugmentations() {
  const auto factor = [](llvm::StringLiteral name) { return argument(name, Kind::Numbers).orOneNumber(); };
  // What the layers that move pixels have behind their factors.
  const auto moving = [](Signature own) {
    own.push_back(argument("fill_mode", Kind::Enumeration)
                      .oneOf({"reflect", "wrap", "constant", "nearest"})
                      .defaults("reflect")
                      .quotedToo());
    own.push_back(
        argument("interpolation", Kind::Enumeration).oneOf({"nearest", "bilinear"}).defaults("bilinear").quotedToo());
    own.push_back(seed());
    own.push_back(number("fill_value", "0.0"));
    return own;
  };
  return {
      {"RandomFlip",
       "",
       true,
       {argument("mode", Kind::Enumeration)
            .oneOf({"horizontal", "vertical", "horizontal_and_vertical"})
            .defaults("horizontal_and_vertical")
            .quotedToo(),
        seed()}},
      {"RandomTranslation", "", true,
       moving({factor("height_factor").from(-1).upTo(1), factor("width_factor").from(-1).upTo(1)})},
      {"RandomRotation", "", true, moving({factor("factor")})},
      {"RandomZoom", "", true,
       moving({factor("height_factor").from(-1).upTo(1), factor("width_factor").from(-1).upTo(1).optional()})},
  };
}

constexpr ClassFamily kFamilies[] = {ClassFamily::Initializer, ClassFamily::Regularizer, ClassFamily::Constraint,
                                     ClassFamily::Schedule,    ClassFamily::Optimizer,   ClassFamily::Loss,
                                     ClassFamily::Metric,      ClassFamily::Callback,    ClassFamily::Augmentation};

} // namespace

llvm::ArrayRef<ClassSpec> frontend::classesOf(ClassFamily family) {
  switch (family) {
  case ClassFamily::Initializer: {
    static const std::vector<ClassSpec> table = makeInitializers();
    return table;
  }
  case ClassFamily::Regularizer: {
    static const std::vector<ClassSpec> table = makeRegularizers();
    return table;
  }
  case ClassFamily::Constraint: {
    static const std::vector<ClassSpec> table = makeConstraints();
    return table;
  }
  case ClassFamily::Schedule: {
    static const std::vector<ClassSpec> table = makeSchedules();
    return table;
  }
  case ClassFamily::Optimizer: {
    static const std::vector<ClassSpec> table = makeOptimizers();
    return table;
  }
  case ClassFamily::Loss: {
    static const std::vector<ClassSpec> table = makeLosses();
    return table;
  }
  case ClassFamily::Metric: {
    static const std::vector<ClassSpec> table = makeMetrics();
    return table;
  }
  case ClassFamily::Callback: {
    static const std::vector<ClassSpec> table = makeCallbacks();
    return table;
  }
  case ClassFamily::Augmentation: {
    static const std::vector<ClassSpec> table = makeAugmentations();
    return table;
  }
  }
  return {};
}

const ClassSpec *frontend::findClass(ClassFamily family, StringRef name) {
  for (const ClassSpec &spec : classesOf(family))
    if (spec.name == name || (!spec.alias.empty() && spec.alias == name))
      return &spec;
  return nullptr;
}

StringRef frontend::familyName(ClassFamily family, bool withArticle) {
  StringRef name;
  switch (family) {
  case ClassFamily::Initializer: name = "an initializer"; break;
  case ClassFamily::Regularizer: name = "a regularizer"; break;
  case ClassFamily::Constraint: name = "a constraint"; break;
  case ClassFamily::Schedule: name = "a learning rate schedule"; break;
  case ClassFamily::Optimizer: name = "an optimizer"; break;
  case ClassFamily::Loss: name = "a loss"; break;
  case ClassFamily::Metric: name = "a metric"; break;
  case ClassFamily::Callback: name = "a callback"; break;
  case ClassFamily::Augmentation: name = "an augmentation"; break;
  }
  return withArticle ? name : name.split(' ').second;
}

llvm::ArrayRef<ActivationSpec> frontend::activations() {
  static constexpr ActivationSpec table[] = {
      {"linear", true}, {"relu", true},     {"relu6", true},    {"leaky_relu", true},  {"elu", true},
      {"selu", true},     {"gelu", true},     {"swish", true},        {"sigmoid", true},     {"hard_sigmoid", true},
      {"tanh", true},      {"softplus", true}, {"softsign", true},     {"exponential", true}, {"softmax", true},
  };
  return table;
}

const Signature &frontend::trainSignature() {
  static const Signature signature = {
      argument("data", Kind::String).optional(),
      argument("validation_data", Kind::String).optional(),
      number("validation_split", "0.0").from(0).below(1),
      argument("optimizer", Kind::Class).of(ClassFamily::Optimizer),
      argument("loss", Kind::Class).of(ClassFamily::Loss),
      argument("metrics", Kind::Classes).of(ClassFamily::Metric).optional(),
      argument("batch_size", Kind::CountOrFull).defaults("32"),
      argument("epochs", Kind::Integer).from(1).defaults("1"),
      argument("seed", Kind::Integer).from(0).defaults("0"),
      boolean("shuffle", "true"),
      argument("callbacks", Kind::Classes).of(ClassFamily::Callback).optional(),
      argument("class_weight", Kind::Numbers).from(0).optional(),
      argument("augment", Kind::Classes).of(ClassFamily::Augmentation).optional(),
  };
  return signature;
}

const std::vector<StringRef> &frontend::enumerationNames() {
  static const std::vector<StringRef> names = [] {
    std::set<StringRef> all = {"full"};
    for (const ActivationSpec &activation : activations())
      all.insert(activation.name);
    for (ClassFamily family : kFamilies)
      for (const ClassSpec &spec : classesOf(family)) {
        all.insert(spec.name);
        if (!spec.alias.empty())
          all.insert(spec.alias);
        for (const ArgumentSpec &argument : spec.arguments)
          all.insert(argument.symbols.begin(), argument.symbols.end());
      }
    for (const LayerSpec &layer : layers())
      for (const ArgumentSpec &argument : layer.arguments)
        all.insert(argument.symbols.begin(), argument.symbols.end());
    return std::vector<StringRef>(all.begin(), all.end());
  }();
  return names;
}
