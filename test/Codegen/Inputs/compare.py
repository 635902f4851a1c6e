# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare.py EXACT ROUNDED LOW HIGH [NAME...]: each line of numbers differs by LOW to HIGH, relative to its root mean square.

Lines of these names by 10 * HIGH: gradients that come through a max pool, whose maxima change places.
"""
import math
import sys

exact, rounded = (open(path).read().splitlines() for path in sys.argv[1:3])
low, high = map(float, sys.argv[3:5])
assert len(exact) == len(rounded) and exact
failed = False
for one, other in zip(exact, rounded):
    name, *values = one.split()
    errors = [float(a) - float(b) for a, b in zip(values, other.split()[1:], strict=True)]
    size = math.sqrt(sum(float(value) ** 2 for value in values))
    error = math.sqrt(sum(e * e for e in errors)) / size
    print(f"{name}: {error:.2e}")
    most = 10 * high if name.split("/")[0] in sys.argv[5:] else high
    failed |= not (0 if name.endswith("bias") else low) <= error <= most
sys.exit(failed)
