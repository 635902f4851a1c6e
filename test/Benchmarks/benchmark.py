#!/usr/bin/env python3
# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times nncc and the frameworks that are installed, in turn, on the models of models/; prints one Markdown table.

A comparison, not a test: it fails nothing. A cell is the best of all calls in all rounds, in milliseconds.
"""
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

import peers
from contestants import TASKS, Nncc, Peer, find_peers
from quiet import Quiet
from table import table

HERE = pathlib.Path(__file__).parent
MODELS = {path.stem: path for path in sorted((HERE / "models").glob("*.nn"))}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    built = HERE.parent.parent / "build" / "bin" / "nncc"
    parser.add_argument("--nncc", default=str(built) if built.exists() else "nncc", help="the compiler")
    parser.add_argument("--python", action="append", metavar="PYTHON",
                        help="Python with peers installed; of several each peer takes the first that has it (this one)")
    parser.add_argument("--peers", nargs="*", choices=peers.PEERS, default=list(peers.PEERS), metavar="PEER",
                        help="what to compare with, if installed")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL",
                        help="which models")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 32], help="samples per call")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="threads, and cores to run on")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is asked")
    parser.add_argument("--seconds", type=float, default=1, help="of a peer's calls per variant, task and round")
    parser.add_argument("--allocators", nargs="+", choices=["kept", "default"], default=["kept", "default"],
                        help="settings of glibc's allocator to try for peers")
    parser.add_argument("--limit", type=float, default=600,
                        help="seconds after which a peer that doesn't answer has failed")
    parser.add_argument("--wait", type=float, default=120,
                        help="seconds to wait, in all, for other work on the machine to pause")
    parser.add_argument("--json", metavar="FILE", help="write all results there")
    parsed = parser.parse_args()
    parsed.python = parsed.python or [sys.executable]
    parsed.nncc = shutil.which(parsed.nncc) or parser.error(f"there is no {parsed.nncc}; build it, or give --nncc PATH")
    return parsed


def better(old, new):
    """Of two results the one with the best time; a time beats a failure."""
    return min(old, new, key=lambda times: times.get("best_ms", float("inf")))


def thread_count(threads):
    return f"{threads} thread{'s' if threads != 1 else ''}"


def measure_cell(contestants, model, batch, options):
    """{task: {name: best result}} over all rounds, in which the contestants take turns."""
    found = {task: {} for task in TASKS}
    for turn in range(options.rounds):
        for contestant in contestants:
            for task, times in contestant.time(MODELS[model], batch, options.seconds).items():
                old = found[task].get(contestant.name)
                found[task][contestant.name] = better(old, times) if old else times
        place = f"{model}, batch {batch}, {thread_count(contestants[0].threads)}"
        print(f"{place}: round {turn + 1} of {options.rounds}", file=sys.stderr)
    return found


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else 'unknown'}, {len(os.sched_getaffinity(0))} cores"


def main():
    options = arguments()
    pythons = find_peers(options.peers, options.python)
    result = {"machine": processor(), "load": [os.getloadavg()[0]], "peers": list(pythons), "peak_gflops": {},
              "rows": []}
    for name in options.peers:
        if name not in pythons:
            print(f"{name}: not installed", file=sys.stderr)
    quiet = Quiet(options.wait)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for threads in options.threads:
            nncc = Nncc(options.nncc, threads, folder, quiet)
            rivals = [Peer(name, python, options.nncc, threads, folder, quiet, options.allocators, options.limit)
                      for name, python in pythons.items()]
            rows = []
            try:
                for model in options.models:
                    for batch in options.batches:
                        found = measure_cell([nncc, *rivals], model, batch, options)
                        for task, times in found.items():
                            failed = {name: answer["failed"] for name, answer in times.items() if "failed" in answer}
                            flops = nncc.flops.get((MODELS[model], batch, task), 0)
                            rows.append({"model": model, "task": task, "batch": batch, "threads": threads,
                                         "times": times, "failed": failed, "flops": flops})
            finally:
                for rival in rivals:
                    rival.close()
            result["peak_gflops"][threads] = nncc.peak_gflops
            result["rows"] += [row | {"peak_gflops": nncc.peak_gflops} for row in rows]
    result["load"].append(os.getloadavg()[0])
    result["disturbed"] = quiet.disturbed
    result["rows"].sort(key=lambda row: (options.models.index(row["model"]), TASKS.index(row["task"]), row["batch"]))
    peaks = ", ".join(f"{peak:.0f} with {thread_count(threads)}" for threads, peak in result["peak_gflops"].items())
    before, after = result["load"]
    print(f"{result['machine']}; FMA peak in the same run, GFLOP/s: {peaks}; load average {before:.1f} before, "
          f"{after:.1f} after, {quiet.disturbed} answers began while other work ran. Milliseconds, best of "
          f"{options.rounds} rounds.\n")
    print(table(result))
    failures = {}
    for row in result["rows"]:
        for name, reason in row["failed"].items():
            failures.setdefault(f"{row['model']}, {row['task']}: {name} failed: {reason}")
    for failure in failures:
        print(f"\n{failure}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
