// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Keras' optimizer classes as ops of the nn dialect. Defaults are Keras 2.15's (keras/optimizers).

#include "nncc/Transforms/Optimizers.h"

#include "mlir/IR/Diagnostics.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"

using namespace mlir;

namespace nncc {

LogicalResult buildOptimizer(OpBuilder &builder, Location loc, nn::CallAttr optimizer) {
  DictionaryAttr arguments = optimizer.getArguments();
  auto number = [&](StringRef name, double standard) {
    auto attr = arguments.getAs<FloatAttr>(name);
    return builder.getF64FloatAttr(attr ? attr.getValueAsDouble() : standard);
  };
  auto flag = [&](StringRef name) {
    auto attr = arguments.getAs<BoolAttr>(name);
    return builder.getBoolAttr(attr && attr.getValue());
  };
  /// Null where it is absent or 0, which Keras takes for absent.
  auto optional = [&](StringRef name, double standard = 0) {
    FloatAttr attr = number(name, standard);
    return attr.getValueAsDouble() != 0 ? attr : FloatAttr();
  };

  // One kind of clipping is done, in this order of preference: keras/optimizers/optimizer.py, _clip_gradients.
  FloatAttr clipNorm = optional("clipnorm"), globalNorm = optional("global_clipnorm"), clip = optional("clipvalue");
  if (clipNorm || globalNorm) {
    nn::ClipGradientsOp::create(builder, loc, clipNorm ? clipNorm : globalNorm, builder.getBoolAttr(!clipNorm));
    clip = {};
  }
  StringRef name = optimizer.getName();
  FloatAttr decay = optional("weight_decay", name == "AdamW" ? 0.004 : 0), epsilon = number("epsilon", 1e-7);
  if (name == "SGD")
    nn::SgdOp::create(builder, loc, number("momentum", 0), flag("nesterov"), decay, clip);
  else if (name == "Adam" || name == "AdamW")
    nn::AdamOp::create(builder, loc, number("beta_1", 0.9), number("beta_2", 0.999), epsilon, flag("amsgrad"), decay,
                       clip);
  else if (name == "Nadam")
    nn::NadamOp::create(builder, loc, number("beta_1", 0.9), number("beta_2", 0.999), epsilon, decay, clip);
  else if (name == "RMSprop")
    nn::RmsPropOp::create(builder, loc, number("rho", 0.9), number("momentum", 0), epsilon, flag("centered"), decay,
                          clip);
  else if (name == "Adagrad")
    nn::AdagradOp::create(builder, loc, number("initial_accumulator_value", 0.1), epsilon, decay, clip);
  else if (name == "Adadelta")
    nn::AdadeltaOp::create(builder, loc, number("rho", 0.95), epsilon, decay, clip);
  else
    return emitError(loc) << "the optimizer '" << name
                          << "' is not supported; expected SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta or Nadam";
  return success();
}

} // namespace nncc
