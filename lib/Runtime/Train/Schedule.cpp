// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"

#include "nncc/Runtime/Core/Schedule.h"

namespace nncc::runtime {

double scheduledRate(const nncc_call &schedule, double constant, int64_t step) {
  double rate;
  if (nncc_scheduled_rate(&schedule, constant, step, &rate) != NNCC_OK)
    fail(exitBadInput, "the learning rate schedule %s is not supported", schedule.name);
  return rate;
}

} // namespace nncc::runtime
