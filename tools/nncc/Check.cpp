// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"

#include "nncc/Reference/GradCheck.h"

#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

int runGradientCheck(pipeline::Compiler &compiler, const Arguments &arguments) {
  reference::GradCheckOptions options;
  options.seed = arguments.run.seed.value_or(options.seed);
  options.batch = arguments.run.batchSize.value_or(options.batch);
  options.training = arguments.run.training;
  options.report = &outs();
  return static_cast<int>(compiler.checkGradients(options));
}

} // namespace nncc::tool
