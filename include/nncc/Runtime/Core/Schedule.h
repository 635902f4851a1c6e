/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Learning rate schedules, as Keras 2.15's (keras/optimizers/schedules/learning_rate_schedule.py). */
#ifndef NNCC_RUNTIME_CORE_SCHEDULE_H
#define NNCC_RUNTIME_CORE_SCHEDULE_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The rate of the step that `step` optimizer steps came before; `constant` where there is no schedule (name NULL).
 * NNCC_ERROR_UNSUPPORTED for a schedule that is not known: *rate is `constant` then.
 */
nncc_status nncc_scheduled_rate(const nncc_call *schedule, double constant, int64_t step, double *rate);

#ifdef __cplusplus
}
#endif
#endif /* NNCC_RUNTIME_CORE_SCHEDULE_H */
