# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The process in which a peer runs: answers requests, one JSON object a line, until its input ends.

worker.py PEER THREADS NNCC FOLDER
"""
import json
import os
import pathlib
import sys
import time

import numpy as np

import peers
from case import Case

MOST_CALLS = 2000
TOLERANCE = 1e-3


def checked(peer, case, folder, task, call):
    """Compares the first result with nncc's. Where it is off, a time would be that of another program."""
    result = call()
    outputs = case.expected(folder)
    if task == "predict":
        found, expected = peer.outputs(result), outputs
    else:
        found, expected = np.asarray(result), case.expected_loss(outputs)
    if expected is None:
        return
    error = float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max()))
    if not error <= TOLERANCE:
        raise ValueError(f"the {'outputs' if task == 'predict' else 'first loss'} differ from nncc's by {error:.1e}")


def timed(call, seconds):
    """Milliseconds of each call; a few calls first only warm up."""
    begin = time.perf_counter()
    for _ in range(3):
        call()
        if time.perf_counter() - begin > seconds:
            break
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < end and len(times) < MOST_CALLS):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a framework prints to standard output is no answer
    name, threads, nncc, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4])
    peer, cell, case, calls = None, None, None, {}
    for line in sys.stdin:
        request = json.loads(line)
        task, layout = request["task"], request["layout"]
        try:
            peer = peer or peers.load(name, threads)
            if cell != (request["model"], request["batch"]):
                calls.clear()
                cell, case = None, Case(nncc, request["model"], request["batch"])
                cell = (request["model"], request["batch"])
            if layout is None:
                answer = {"layouts": peer.layouts(case.network) if hasattr(peer, task) else []}
            else:
                if (task, layout) not in calls:
                    call = getattr(peer, task)(case, layout)
                    checked(peer, case, folder, task, call)
                    calls[task, layout] = call
                answer = {"times": timed(calls[task, layout], request["seconds"])}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
