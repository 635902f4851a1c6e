# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Waiting for other work on the machine to pause: a busy core falsifies a time more than any difference of interest."""
import os
import time

SAMPLE, BUSY = 0.2, 0.15  # seconds; cores


def busy_seconds():
    """Processor time of the whole machine so far: user, nice, system, irq, softirq, steal."""
    with open("/proc/stat") as file:
        ticks = [int(number) for number in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


class Quiet:
    def __init__(self, budget):
        """budget: seconds to wait in all; when they are spent, times are taken as they come."""
        self.budget, self.disturbed = budget, 0

    def wait(self):
        """Returns when the machine has been idle for a moment. All contestants must be idle themselves."""
        while True:
            busy, begin = busy_seconds(), time.monotonic()
            time.sleep(SAMPLE)
            passed = time.monotonic() - begin
            if (busy_seconds() - busy) / passed < BUSY:
                return
            if self.budget <= 0:
                self.disturbed += 1
                return
            self.budget -= passed
