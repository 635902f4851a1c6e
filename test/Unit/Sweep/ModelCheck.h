// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_TEST_UNIT_SWEEP_MODELCHECK_H
#define NNCC_TEST_UNIT_SWEEP_MODELCHECK_H

#include "Sweep/ModelGenerator.h"

namespace nncc::sweep {

/// Takes a model through the whole compiler, for a machine that the seed chooses among those whose code runs here, and
/// runs it in the runtime. Expected:
/// - the parameters that the summary counts are those of the program;
/// - outputs, losses, gradients of parameters and inputs, moving statistics and the optimizer's step are what the f64
///   reference makes of the model without fusion, in inference and in training form (ReferenceRun.h says how close);
/// - one and three threads give the same bits, and so do units from the last one on, and a second prediction, which finds
///   packed kernels made;
/// - the gradients of the fused graph agree with finite differences.
/// A failure tells the source and how to run the case again.
void checkModel(const GeneratedModel &model);

} // namespace nncc::sweep

#endif // NNCC_TEST_UNIT_SWEEP_MODELCHECK_H
